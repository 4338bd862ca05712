import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeTls } from './gateway/test-company.ts'
import { ask } from './gateway/test-network.ts'
import { launchVault, programs, type RunningVault, type VaultOptions } from './launcher.ts'

const fingerprint = 'ab'.repeat(32)
/** Says what a keeper says, and writes down who it is: the launcher is tested, not the keeper. */
const standIn = `
import { readFileSync, writeFileSync } from 'node:fs'
const given = process.argv[process.argv.indexOf('--passphrase-file') + 1]
writeFileSync('keeper/seen.json', JSON.stringify({
  uid: process.getuid(), args: process.argv.slice(2),
  passphrase: process.argv.includes('--passphrase-file') ? readFileSync(given, 'utf8') : null,
}))
if (readFileSync('keeper/mood', 'utf8') === 'refuse') {
  console.error('keeper: a test endpoint is set')
  process.exit(78)
}
process.once('SIGTERM', () => process.exit(0))
setInterval(() => {}, 1000)
console.log(JSON.stringify({ ready: true, console: 'https://127.0.0.1:9', rootFingerprint: '${fingerprint}' }))
`

let data: string
let ca: string
let vault: RunningVault | null
let restarts: { process: string; pid: number }[]
let restarted: () => void
let said: string[]
let gaveUp: string[]

const options = (more: Partial<VaultOptions> = {}): VaultOptions => ({
  data,
  gateway: '127.0.0.1:0',
  console: '127.0.0.1:0',
  passphraseFile: null,
  onRestart: (event) => {
    restarts.push(event)
    restarted()
  },
  onGiveUp: (error) => gaveUp.push(error.code),
  complain: (line) => said.push(line),
  programs: { ...programs, keeper: join(data, 'keeper.mjs') },
  ...more,
})
const seen = () =>
  JSON.parse(readFileSync(join(data, 'keeper', 'seen.json'), 'utf8')) as {
    uid: number
    args: string[]
    passphrase: string | null
  }
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'sealdesk-vault-'))
  vault = null
  restarts = []
  restarted = () => undefined
  said = []
  gaveUp = []
  mkdirSync(join(data, 'keeper'))
  writeFileSync(join(data, 'keeper', 'mood'), 'good')
  writeFileSync(join(data, 'keeper.mjs'), standIn)
  ca = makeTls(data)
})
afterEach(async () => {
  await vault?.stop()
  rmSync(data, { recursive: true, force: true })
})

test('a folder without a vault is refused with the command that makes one', async () => {
  rmSync(join(data, 'gateway'), { recursive: true })
  await expect(launchVault(options())).rejects.toMatchObject({
    code: 'not_initialised',
    message: expect.stringContaining('vault:admin init') as string,
  })
})

test('both processes run, say where they are, and end together', async () => {
  vault = await launchVault(options())
  const { ready } = vault
  expect(ready).toMatchObject({ ready: true, console: 'https://127.0.0.1:9', rootFingerprint: fingerprint })
  expect(ready.pids.vault).toBe(process.pid)
  expect(await ask(`${ready.gateway}/v1/trust`, ca)).toMatchObject({ status: 503 })
  await vault.stop()
  expect([ready.pids.gateway, ready.pids.keeper].map(isAlive)).toEqual([false, false])
})

test('a process that is killed comes back at the same address, and the other one is left alone', async () => {
  vault = await launchVault(options())
  const { gateway, pids } = vault.ready
  for (const pid of [pids.gateway, pids.keeper]) {
    const back = new Promise<void>((resolve) => (restarted = resolve))
    process.kill(pid, 'SIGKILL')
    await back
  }
  expect(restarts.map((event) => event.process)).toEqual(['gateway', 'keeper'])
  expect(restarts.every((event) => isAlive(event.pid))).toBe(true)
  expect(await ask(`${gateway}/v1/trust`, ca)).toMatchObject({ status: 503 })
  expect(said.some((line) => line.includes('the gateway has ended'))).toBe(true)
})

test('a process that does not start fails the launch with its own words, and nothing is left running', async () => {
  rmSync(join(data, 'gateway', 'tls', 'server.crt'))
  await expect(launchVault(options())).rejects.toMatchObject({
    code: 'not_ready',
    message: expect.stringContaining('tls_missing') as string,
  })
})

test('a process that refuses its configuration is not started again', async () => {
  writeFileSync(join(data, 'keeper', 'mood'), 'refuse')
  await expect(launchVault(options())).rejects.toMatchObject({
    code: 'refused_configuration',
    message: 'keeper: a test endpoint is set',
  })
  writeFileSync(join(data, 'keeper', 'mood'), 'good')
  vault = await launchVault(options())
  writeFileSync(join(data, 'keeper', 'mood'), 'refuse')
  const given = new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (gaveUp.length === 0) return
      clearInterval(timer)
      resolve()
    }, 20)
  })
  process.kill(vault.ready.pids.keeper, 'SIGKILL')
  await given
  expect(gaveUp).toEqual(['refused_configuration'])
})

test('when the launcher is killed, both processes end by themselves', async () => {
  const script = join(data, 'launch.mts')
  writeFileSync(
    script,
    `import { launchVault, programs } from ${JSON.stringify(join(import.meta.dirname, 'launcher.ts'))}
const vault = await launchVault({ data: ${JSON.stringify(data)}, gateway: '127.0.0.1:0', console: '127.0.0.1:0',
  passphraseFile: null, onRestart() {}, onGiveUp() {}, complain() {},
  programs: { ...programs, keeper: ${JSON.stringify(join(data, 'keeper.mjs'))} } })
console.log(JSON.stringify(vault.ready))`,
  )
  const launcher = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const outcome = await Promise.race([once(createInterface(launcher.stdout), 'line'), once(launcher, 'exit')])
  const { pids } = JSON.parse(String(outcome[0])) as { pids: { gateway: number; keeper: number } }
  launcher.kill('SIGKILL')
  const bothGone = async (): Promise<void> => {
    while (isAlive(pids.gateway) || isAlive(pids.keeper)) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await bothGone()
  expect([pids.gateway, pids.keeper].map(isAlive)).toEqual([false, false])
})

test('the keeper gets its arguments and its passphrase, readable for it alone', async () => {
  const passphraseFile = join(data, 'passphrase')
  writeFileSync(passphraseFile, 'correct horse', { mode: 0o600 })
  vault = await launchVault(options({ passphraseFile, console: '127.0.0.1:4321' }))
  const { args, passphrase } = seen()
  expect(passphrase).toBe('correct horse')
  expect(args.slice(0, 5)).toEqual(['--data', data, '--console', '127.0.0.1:4321', '--passphrase-file'])
})

test.runIf(process.getuid?.() === 0)('started as root, the two are two users who share only the socket', async () => {
  mkdirSync(join(data, 'keeper', 'root'))
  vault = await launchVault(options())
  const uidOf = (pid: number): number => statSync(`/proc/${pid}`).uid
  const { pids } = vault.ready
  expect(said).toEqual([])
  expect([uidOf(pids.gateway), seen().uid]).toEqual([64_001, 64_002])
  const modes = (path: string) => {
    const { mode, uid, gid } = statSync(join(data, path))
    return [(mode & 0o777).toString(8), uid, gid]
  }
  expect(modes('gateway')).toEqual(['710', 64_001, 64_003])
  expect(modes('keeper')).toEqual(['700', 64_002, 64_003])
  expect(modes('keeper/root')[1]).toBe(0)
  expect(modes('gateway/gateway.db')).toEqual(['600', 64_001, 64_003])
  expect(modes('gateway/gateway.sock')).toEqual(['660', 64_001, 64_003])
})

test.runIf(process.getuid?.() === 0)(
  'where other users cannot reach the folder, both run as root and one line says so',
  async () => {
    const closed = mkdtempSync(join(tmpdir(), 'sealdesk-closed-'))
    chmodSync(closed, 0o700)
    const inner = join(closed, 'vault')
    mkdirSync(join(inner, 'keeper'), { recursive: true })
    writeFileSync(join(inner, 'keeper', 'mood'), 'good')
    makeTls(inner)
    vault = await launchVault(options({ data: inner }))
    expect(statSync(`/proc/${vault.ready.pids.gateway}`).uid).toBe(0)
    expect(said).toEqual([expect.stringContaining('both run as root')])
    await vault.stop()
    rmSync(closed, { recursive: true })
  },
)
