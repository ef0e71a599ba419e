import { defineConfig } from 'vitest/config'
import { packagesOfWeb, resolving, root } from './packages.ts'

export default defineConfig({
  resolve: resolving,
  plugins: [packagesOfWeb()],
  test: {
    root,
    include: ['web/src', 'foyer_display/src', 'dashboard/src'].map((folder) => `${folder}/**/*.test.ts`),
    environment: 'node',
  },
})
