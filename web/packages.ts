import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

export const web = dirname(fileURLToPath(import.meta.url))
export const root = dirname(web)

/** The pages' sources stand outside web/, where no node_modules is in sight: look packages up from here instead. */
export function packagesOfWeb(): Plugin {
  const here = resolve(web, 'package.json')
  return {
    name: 'packages-of-web',
    enforce: 'pre',
    resolveId(source, importer, options) {
      const bare = /^[@a-z]/i.test(source) && !source.startsWith('/')
      if (!bare || importer === undefined || importer.startsWith(web)) return null
      return this.resolve(source, here, { ...options, skipSelf: true })
    },
  }
}

export const resolving = {
  alias: {
    $shared: resolve(web, 'src/shared'),
    '@fontsource-variable': resolve(web, 'node_modules/@fontsource-variable'),
  },
}
