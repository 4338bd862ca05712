/** How each bundle of the desktop is built: engine and main for the oldest Node they meet, preload as one file, the pages for Chromium. */
import { existsSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import type { InlineConfig, Plugin } from 'vite'

const root = dirname(fileURLToPath(import.meta.url))

export interface BundleOptions {
  /** The flag that packages are built with: twins `X.closed.ts` stand in for `X.ts`. */
  packaged: boolean
  /** Absolute folder of all bundles. */
  out: string
}

/** Electron 33's Node, the oldest that main and engine run on. */
const nodeTarget = 'node20.18'
const chromiumTarget = 'chrome130'

/** In packaged builds a module gives way to its closed twin: what it held is not in the bundle at all. */
export function closedTwins(packaged: boolean): Plugin {
  return {
    name: 'sealdesk:closed-twins',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      if (!packaged || !importer) return null
      const resolved = await this.resolve(source, importer, { ...options, skipSelf: true })
      if (!resolved || !/\.tsx?$/.test(resolved.id) || resolved.id.includes('/node_modules/')) return null
      const twin = resolved.id.replace(/(\.tsx?)$/, '.closed$1')
      return existsSync(twin) ? { ...resolved, id: twin } : null
    },
  }
}

/** What is bundled leaves its folder behind: its licence comes along in a file beside the bundle. */
const licences = { fileName: 'license.md' }

/** `bundled` are packages that go into the file; every other package is loaded from node_modules at run time. */
function nodeBundle(options: BundleOptions, entry: string, folder: string, bundled: RegExp | null): InlineConfig {
  return {
    root,
    configFile: false,
    logLevel: 'warn',
    plugins: [closedTwins(options.packaged)],
    resolve: { conditions: ['node', 'import', 'module', 'default'] },
    ssr: { noExternal: bundled ? [bundled] : [] },
    build: {
      ssr: join(root, entry),
      outDir: join(options.out, folder),
      emptyOutDir: true,
      target: nodeTarget,
      minify: false,
      sourcemap: !options.packaged,
      license: bundled ? licences : false,
      rolldownOptions: {
        external: ['electron', ...builtinModules, /^node:/],
        output: { format: 'es', entryFileNames: 'index.js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  }
}

export function mainBundle(options: BundleOptions): InlineConfig {
  return nodeBundle(options, 'electron/main/index.ts', 'electron/main', /^zod/)
}

export function engineBundle(options: BundleOptions): InlineConfig {
  return nodeBundle(options, 'engine/index.ts', 'engine', /^zod/)
}

export function gatewayBundle(options: BundleOptions): InlineConfig {
  return nodeBundle(options, 'vault/gateway/index.ts', 'vault/gateway', null)
}

export function keeperBundle(options: BundleOptions): InlineConfig {
  return nodeBundle(options, 'vault/keeper/index.ts', 'vault/keeper', null)
}

/** Sandboxed preloads are CommonJS and may require nothing but `electron`. */
export function preloadBundle(options: BundleOptions): InlineConfig {
  const base = nodeBundle(options, 'electron/preload/index.ts', 'electron/preload', /.*/)
  return {
    ...base,
    build: {
      ...base.build,
      sourcemap: false,
      license: false,
      rolldownOptions: {
        external: ['electron'],
        output: { format: 'cjs', entryFileNames: 'index.cjs' },
      },
    },
  }
}

/**
 * Two decoders of pictures in PDFs, which its reader loads by their names when a file has such pictures, and the licences of what stands
 * in the page for reading PDFs.
 */
function pdfFiles(): Plugin {
  const files = {
    'openjpeg_nowasm_fallback.js': 'wasm/openjpeg_nowasm_fallback.js',
    'jbig2_nowasm_fallback.js': 'wasm/jbig2_nowasm_fallback.js',
    LICENSE: 'LICENSE',
    LICENSE_CMAPS: 'cmaps/LICENSE',
    LICENSE_FOXIT: 'standard_fonts/LICENSE_FOXIT',
    LICENSE_LIBERATION: 'standard_fonts/LICENSE_LIBERATION',
    LICENSE_OPENJPEG: 'wasm/LICENSE_OPENJPEG',
    LICENSE_PDFJS_OPENJPEG: 'wasm/LICENSE_PDFJS_OPENJPEG',
    LICENSE_JBIG2: 'wasm/LICENSE_JBIG2',
    LICENSE_PDFJS_JBIG2: 'wasm/LICENSE_PDFJS_JBIG2',
  }
  return {
    name: 'sealdesk:pdf-files',
    generateBundle() {
      for (const [name, from] of Object.entries(files)) {
        const source = readFileSync(join(root, 'node_modules', 'pdfjs-dist', from))
        this.emitFile({ type: 'asset', fileName: `pdf/${name}`, source })
      }
    },
  }
}

export function rendererBundle(options: BundleOptions): InlineConfig {
  return {
    root: join(root, 'renderer'),
    base: './',
    configFile: false,
    logLevel: 'warn',
    plugins: [closedTwins(options.packaged), react(), pdfFiles()],
    worker: { format: 'es' },
    build: {
      outDir: join(options.out, 'renderer'),
      emptyOutDir: true,
      target: chromiumTarget,
      // An inlined asset would be a data: address, which the policy allows for pictures only.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      sourcemap: false,
      license: licences,
      chunkSizeWarningLimit: 1500,
      // Where the time goes is no news to whoever starts the program.
      rolldownOptions: { checks: { pluginTimings: false } },
    },
  }
}

/** The console brings its own configuration. */
export function consoleBundle(options: BundleOptions): InlineConfig {
  return {
    configFile: join(root, 'console', 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: join(options.out, 'console'), license: licences },
  }
}
