/** The packaged program as a folder: what is in it, how it is closed, what it refuses. Installing it is in long/package.test.ts. */
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkOwnFiles, checkRuntimeFiles, readManifest } from '../../electron/main/package-files.ts'
import { findPageFile } from '../../electron/main/page-files.ts'
import { findWrongFuses } from '../../scripts/package/fuses.ts'
import { root } from '../../scripts/root.ts'
import { startVirtualDisplay, type VirtualDisplay } from '../../scripts/virtual-display.ts'
import { makePackage, readArchive, runToEnd, type Ended, type MadePackage } from '../harness/package.ts'

const exitConfig = 78

let work: string
let made: MadePackage
let program: string
let archive: Map<string, Buffer>
let display: VirtualDisplay

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'sd-package-'))
  display = await startVirtualDisplay()
  made = await makePackage('dir', work)
  program = join(made.path, 'sealdesk-test')
  archive = readArchive(join(made.path, 'resources', 'app.asar'))
})
afterAll(async () => {
  await display?.stop()
  rmSync(work, { recursive: true, force: true })
})

/** Chromium does not start as root with its sandbox; the first lines of the program come in both cases. */
function start(args: string[], env: Record<string, string> = {}, from = program): Promise<Ended> {
  const rootArgs = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return runToEnd(from, [...rootArgs, `--profile=${join(work, 'profile')}`, ...args], {
    env: { DISPLAY: display.name, HOME: work, ...env },
  })
}

describe('what is in it', () => {
  test('it is named and marked as a test build', () => {
    expect(made.version).toMatch(/^\d+\.\d+\.\d+-test$/)
    const manifest: unknown = JSON.parse(archive.get('package.json')!.toString())
    expect(manifest).toMatchObject({ name: 'sealdesk-test', productName: 'Sealdesk TEST', version: made.version })
  })

  test('the four bundles, the native module for this machine, and the licences are there', () => {
    const names = [...archive.keys()]
    for (const bundle of [
      'electron/main/index.js',
      'electron/preload/index.cjs',
      'engine/index.js',
      'renderer/index.html',
    ]) {
      expect(names).toContain(`dist/${bundle}`)
    }
    const native = names.filter((name) => name.endsWith('.node'))
    expect(native).toEqual(['node_modules/@signalapp/sqlcipher/prebuilds/linux-x64/@signalapp+sqlcipher.node'])
    expect(statSync(join(made.path, 'resources', 'app.asar.unpacked', native[0]!)).size).toBeGreaterThan(1_000_000)
    for (const owner of ['', 'node_modules/libsignal/', 'node_modules/@signalapp/sqlcipher/']) {
      expect(names).toContain(`${owner}LICENSE`)
    }
    const licences = (bundle: string): string => archive.get(`dist/${bundle}/license.md`)?.toString() ?? ''
    for (const bundle of ['engine', 'electron/main', 'renderer']) expect(licences(bundle)).toContain('## zod - ')
    for (const owner of ['react-dom', 'i18next', 'pdfjs-dist']) expect(licences('renderer')).toContain(`## ${owner} - `)
  })

  test('what reads and draws PDFs is there, is served to the page, and has its licences', () => {
    const ours = [...archive.keys()].filter((name) => name.startsWith('dist/renderer/'))
    const parts = [
      /^assets\/(?:parser|drawer)-worker-[\w-]+\.js$/,
      /^assets\/UniGB-UCS2-H-[\w-]+\.js$/,
      /^assets\/FoxitSerif-[\w-]+\.js$/,
      /^pdf\/(?:openjpeg|jbig2)_nowasm_fallback\.js$/,
    ]
    const found = parts.map((part) =>
      ours.map((name) => name.slice('dist/renderer/'.length)).filter((name) => part.test(name)),
    )
    expect(found.map((names) => names.length)).toEqual([2, 1, 1, 2])
    for (const name of found.flat()) {
      const served = findPageFile(root, `app://sealdesk/${name}`)
      expect(served).toEqual({ path: join(root, name), type: 'text/javascript; charset=utf-8' })
    }
    for (const owner of ['', '_CMAPS', '_FOXIT', '_LIBERATION', '_OPENJPEG', '_JBIG2']) {
      expect(ours).toContain(`dist/renderer/pdf/LICENSE${owner}`)
    }
  })

  test('nothing of the vault, of tests, of tools and of the machine that made it is there', () => {
    const unwanted = [...archive.keys()].filter(
      (name) =>
        /^(?:dist\/(?:vault|console)|e2e|bench|vault|console|scripts|docs)\//.test(name) ||
        /\.(?:map|ts|test\.js|spec\.js|md|markdown)$/.test(name.replace(/(?:^|\/)licen[cs]e\.(?:md|markdown)$/i, '')) ||
        /node_modules\/(?:better-sqlite3|fastify|vitest|vite|electron|antd|react|pdfjs-dist|@playwright|typescript)[^/]*\//.test(
          name,
        ),
    )
    expect(unwanted).toEqual([])
    const ours = [...archive].filter(([name]) => name.startsWith('dist/'))
    const telling = ours
      .filter(([, bytes]) => bytes.includes(root) || bytes.includes('sourceMappingURL='))
      .map(([name]) => name)
    expect(telling).toEqual([])
  })

  test('every file is in its list, and the list holds', async () => {
    const manifest = readManifest(made.path)
    const entries = readdirSync(made.path, { recursive: true, withFileTypes: true })
    expect(Object.keys(manifest.files)).toHaveLength(entries.filter((entry) => entry.isFile()).length - 1)
    expect(() => checkOwnFiles(made.path, manifest)).not.toThrow()
    await expect(checkRuntimeFiles(made.path, manifest)).resolves.toBeUndefined()
  })

  test('the fuses are as they should be, read from the binary', async () => {
    expect(await findWrongFuses(program)).toEqual([])
  })
})

describe('what it refuses, with 78', () => {
  test.each([
    '--remote-debugging-port=0',
    '--inspect=0',
    '--js-flags=--expose-gc',
    '--load-extension=/tmp',
    '--proxy-server=x:1',
  ])('%s', async (given) => {
    const ended = await start([given])
    expect(ended).toEqual({
      code: exitConfig,
      output: expect.stringContaining('is refused in a packaged build') as string,
    })
    expect(ended.output).not.toMatch(/listening/i)
  })

  test('a test endpoint', async () => {
    const ended = await start([], { SEALDESK_WHATSAPP_URL: 'ws://127.0.0.1:9/' })
    expect(ended).toEqual({
      code: exitConfig,
      output: expect.stringContaining('SEALDESK_WHATSAPP_URL is refused') as string,
    })
  })

  test('Node variables change nothing: it is neither plain Node, nor does it load what they name', async () => {
    const script = join(work, 'foreign.cjs')
    const trace = join(work, 'foreign-was-here')
    writeFileSync(script, `require('node:fs').writeFileSync(${JSON.stringify(trace)}, '')`)
    for (const [name, value] of [
      ['ELECTRON_RUN_AS_NODE', '1'],
      ['NODE_OPTIONS', `--require=${script}`],
    ] as const) {
      expect(await start(['--inspect=0'], { [name]: value })).toMatchObject({ code: exitConfig })
    }
    expect(readdirSync(work)).not.toContain('foreign-was-here')
  })

  test.each([
    [
      'changed by one byte in the engine',
      'app.asar',
      (bytes: Buffer) => bytes.fill('M', bytes.indexOf('message.recorded/1'), bytes.indexOf('message.recorded/1') + 1),
    ],
    ['made anew', 'manifest.json', () => Buffer.from('{"format":"sealdesk/package/1","files":{}}')],
  ])('its own file, %s: %s', async (_how, file, change) => {
    const copy = join(work, 'changed')
    cpSync(made.path, copy, { recursive: true })
    try {
      const path = join(copy, 'resources', file)
      writeFileSync(path, change(readFileSync(path)))
      const ended = await start([], {}, join(copy, 'sealdesk-test'))
      expect(ended).toEqual({
        code: exitConfig,
        output: expect.stringContaining('is not as it was installed') as string,
      })
    } finally {
      rmSync(copy, { recursive: true })
    }
  })
})

test.each(['nsis', 'msi', 'dmg', 'pkg', 'rpm'])('--target %s is refused with one line', async (target) => {
  const command = join(root, 'scripts', 'commands', 'package.ts')
  const ended = await runToEnd(process.execPath, ['--disable-warning=ExperimentalWarning', command, '--target', target])
  expect(ended.code).toBe(1)
  expect(ended.output).toMatch(/^package: --target [^\n]+\n$/)
})
