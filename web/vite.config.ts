import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin } from 'vite'
import { packagesOfWeb, resolving, root, web } from './packages.ts'

/** The sources of the two pages; each is built into the Python package that serves it. */
const pages = {
  foyer: {
    source: 'foyer_display/src',
    out: 'foyer_display/_web',
    font: 'figtree',
    api: 'http://127.0.0.1:8081',
  },
  dashboard: {
    source: 'dashboard/src',
    out: 'dashboard/_web',
    font: 'atkinson-hyperlegible-next',
    api: 'http://127.0.0.1:8080',
  },
}

/** The notice that the font's licence asks for; the build itself writes those of the code it bundles. */
function fontNotice(font: string): Plugin {
  const licence = resolve(web, 'node_modules/@fontsource-variable', font, 'LICENSE')
  return {
    name: 'font-notice',
    generateBundle() {
      const source = `# ${font}\n\n${readFileSync(licence, 'utf8')}`
      this.emitFile({ type: 'asset', fileName: 'third-party-font.md', source })
    },
  }
}

/** The same sources give the same files, wherever they stand. */
const cssHash = ({ hash, css }: { hash: (text: string) => string; css: string }) => `s-${hash(css)}`

export default defineConfig(({ mode }) => {
  const page = mode === 'dashboard' ? pages.dashboard : pages.foyer
  return {
    root: resolve(root, page.source),
    base: './',
    cacheDir: resolve(web, 'node_modules/.vite', mode),
    publicDir: false,
    resolve: resolving,
    plugins: [packagesOfWeb(), svelte({ configFile: false, compilerOptions: { cssHash } }), fontNotice(page.font)],
    build: {
      outDir: resolve(root, page.out),
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      target: 'es2022',
      license: { fileName: 'third-party.md' },
    },
    server: {
      fs: { allow: [root] },
      proxy: Object.fromEntries(['/api', '/energy.json', '/energy'].map((path) => [path, page.api])),
    },
  }
})
