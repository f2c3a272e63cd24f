import preact from '@preact/preset-vite'
import { join } from 'node:path'
import { defineConfig } from 'vite'

const root = join(import.meta.dirname, '../../src/dashboard')

/** The pages of the node: one folder of files that it serves at /ui/. */
export default defineConfig({
  root,
  base: '/ui/',
  plugins: [preact({ devToolsEnabled: false, prefreshEnabled: false })],
  build: {
    outDir: join(import.meta.dirname, '../../dist/ui'),
    emptyOutDir: true,
    target: 'es2023',
    cssMinify: true,
    // The policy of the pages allows no script but files of their own.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
})
