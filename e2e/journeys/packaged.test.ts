/** A build with the packages' flag holds no code for test endpoints and does not start where one is set. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildGroup } from '../../scripts/bundles.ts'
import { ensureElectron } from '../../scripts/electron-runtime.ts'
import { root } from '../../scripts/root.ts'
import { startVirtualDisplay } from '../../scripts/virtual-display.ts'
import { closedTwins, engineBundle, mainBundle } from '../../vite.bundles.config.ts'

/** What only the code of test endpoints says: names of variables, and the lines that move a trust root or an address. */
const desktopMarks = [
  'SEALDESK_WHATSAPP_URL',
  'SEALDESK_WHATSAPP_ROOT',
  'SEALDESK_TELEGRAM_ADDRESS',
  'SEALDESK_TELEGRAM_RSA',
  'SEALDESK_CLOCK_URL',
  '.PUBLIC_KEY = ',
  'readBigInt64LE(12)',
  'super.connect(endpoint.port',
  'text/event-stream',
]
const vaultMarks = ['SEALDESK_CLOCK_URL', 'text/event-stream']
const endpoints = ['SEALDESK_WHATSAPP_URL', 'SEALDESK_TELEGRAM_ADDRESS', 'SEALDESK_CLOCK_URL']
const exitConfig = 78

let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-packaged-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const [out, open] = [join(folder, 'packaged'), join(folder, 'open')]
  await buildGroup('desktop', { packaged: true, out })
  await buildVault(true, join(out, 'vault'))
  for (const bundle of [mainBundle, engineBundle]) await build(bundle({ packaged: false, out: open }))
  await buildVault(false, join(open, 'vault'))
  const main = 'packaged/electron/main/index.js'
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'sealdesk', version: '0.0.0', type: 'module', main }),
  )
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The vault's two programs, as the desktop's are built: each module gives way to its closed twin. */
async function buildVault(packaged: boolean, outDir: string): Promise<void> {
  const at = (name: string): string => join(root, 'vault', name, 'index.ts')
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [closedTwins(packaged)],
    build: {
      ssr: true,
      outDir,
      target: 'node24',
      minify: false,
      rolldownOptions: {
        input: { 'gateway/index': at('gateway'), 'keeper/index': at('keeper') },
        external: [...builtinModules, /^node:/, /^[^./]/],
        output: { format: 'es', entryFileNames: '[name].js' },
      },
    },
  })
}

function textOf(...parts: string[]): string {
  const under = join(folder, ...parts)
  const names = readdirSync(under, { recursive: true, encoding: 'utf8' }).filter((name) => /\.c?js$/.test(name))
  expect(names).not.toEqual([])
  return names.map((name) => readFileSync(join(under, name), 'utf8')).join('\n')
}

const marksIn = (text: string, marks: string[]): string[] => marks.filter((mark) => text.includes(mark))

interface Ended {
  code: number | null
  output: string
}

function run(command: string, args: string[], env: Record<string, string>): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()))
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code, output })
    })
  })
}

describe('the bundles', () => {
  test('desktop: nothing of the test endpoints is in the packaged build, all of it in the other', () => {
    const open = `${textOf('open', 'electron')}${textOf('open', 'engine')}`
    expect(marksIn(open, desktopMarks)).toEqual(desktopMarks)
    const packaged = ['electron', 'engine', 'renderer'].map((part) => textOf('packaged', part)).join('\n')
    expect(marksIn(packaged, desktopMarks)).toEqual([])
  })

  test('vault: nothing of the movable clock is in the packaged build', () => {
    expect(marksIn(textOf('open', 'vault'), vaultMarks)).toEqual(vaultMarks)
    expect(marksIn(textOf('packaged', 'vault'), vaultMarks)).toEqual([])
  })
})

describe('started with a test endpoint, a packaged build exits with 78', () => {
  const value = 'http://127.0.0.1:9/'

  test.each(endpoints)('main: %s', async (name) => {
    const electron = await ensureElectron(() => {})
    const display = await startVirtualDisplay()
    const args = [...electron.args(folder), ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
    try {
      const env = { DISPLAY: display.name, [name]: value }
      const ended = await run(electron.executable, [...args, `--profile=${join(folder, 'profile')}`], env)
      expect(ended).toEqual({ code: exitConfig, output: expect.stringContaining(`${name} is refused`) as string })
    } finally {
      await display.stop()
    }
  })

  test.each(endpoints)('engine: %s', async (name) => {
    // Stands in for the utility process around it: hands over the start message and nothing else.
    const host = join(folder, 'engine-host.mjs')
    const start = {
      host: 'start',
      profile: join(folder, 'profile'),
      platform: 'test',
      hostKind: 'electron',
      deviceShare: null,
      signingKey: null,
      cacheKey: null,
      enrol: null,
      capture: 'marked-only',
      software: 'test',
    }
    writeFileSync(
      host,
      `process.parentPort = {
        on: (event, listen) => event === 'message' && setTimeout(() => listen({ data: ${JSON.stringify(start)}, ports: [] }), 0),
        postMessage: (message) => process.exit(message.engine === 'ready' ? 7 : 8),
        start: () => {},
      }
      await import('./packaged/engine/index.js')`,
    )
    expect(await run(process.execPath, [host], { [name]: value })).toEqual({
      code: exitConfig,
      output: expect.stringContaining('endpoint_refused') as string,
    })
    expect((await run(process.execPath, [host], {})).code).toBe(7)
  })

  test.each(['gateway', 'keeper'])('%s: every endpoint', async (program) => {
    for (const name of endpoints) {
      const args = [join(folder, 'packaged', 'vault', program, 'index.js'), '--data', join(folder, 'vault-data')]
      const ended = await run(process.execPath, args, { [name]: value })
      expect(ended).toEqual({ code: exitConfig, output: expect.stringContaining(`${name} is refused`) as string })
    }
  })
})
