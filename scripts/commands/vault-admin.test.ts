/** vault:admin as a person calls it: against no vault, a fresh one and a running one. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const base = mkdtempSync(join(tmpdir(), 'sealdesk-admin-'))
const data = join(base, 'vault')
let keeper: ChildProcess | null = null

const run = (...args: string[]) => {
  const file = join(import.meta.dirname, 'vault-admin.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8' })
  return { status, stdout, errors: stderr.trimEnd().split('\n') }
}
const admin = (...args: string[]): Record<string, unknown>[] => {
  const { status, stdout, errors } = run(...args, '--data', data, '--json')
  expect([status, errors]).toEqual([0, ['']])
  return stdout
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

let made: Record<string, unknown>
beforeAll(async () => {
  made = admin('init', '--company', 'Acme')[0]!
  const entry = join(import.meta.dirname, '../../vault/keeper/index.ts')
  // Without a gateway: what an administrator does must not need one.
  keeper = spawn(process.execPath, [entry, '--data', data], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => keeper!.stdout!.once('data', resolve))
})
afterAll(async () => {
  const ended = new Promise((resolve) => keeper?.once('exit', resolve))
  keeper?.kill('SIGTERM')
  expect(await ended).toBe(0)
  rmSync(base, { recursive: true, force: true })
})

test('help names every command and no other', () => {
  const { status, stdout } = run('--help')
  expect(status).toBe(0)
  for (const name of ['init', 'employee add', 'service add', 'enrol', 'account add', 'workstation revoke', 'erase-key'])
    expect(stdout).toContain(name)
  expect(stdout).not.toMatch(/backup|restore/)
})

test('what is missing, unknown, impossible or not offered is refused in one line', () => {
  const nowhere = join(base, 'nowhere')
  for (const [args, words] of [
    [['init'], '--data is missing'],
    [['backup', '--data', data], 'not offered'],
    [['restore', '--data', data], 'not offered'],
    [['toString', '--data', data], 'no command'],
    [['status', '--data', nowhere], 'no vault runs'],
    [['init', '--data', data], 'already holds a vault'],
    [['employee', 'add', '--data', data], '--name is missing'],
    [['employee', 'add', '--data', data, '--name', 'X', '--role', 'king'], '--role'],
    [['enrol', '--data', data, '--employee', 'nobody'], 'no such employee'],
    [['account', 'add', '--data', data, '--channel', 'fax', '--name', 'X', '--employee', 'Y'], '--channel'],
    [['status', '--data', data, '--nonsense'], '--nonsense'],
  ] as const) {
    const { status, stdout, errors } = run(...args)
    expect([args, status, stdout, errors.length]).toEqual([args, 1, '', 1])
    expect(errors[0]).toContain(words)
  }
})

test('people, accounts, codes and exports, one JSON object a line', () => {
  expect(Object.keys(made).toSorted()).toEqual(['login', 'rootFingerprint', 'rootKeyFile'])
  const [manager] = admin('employee', 'add', '--name', 'Max', '--role', 'manager', '--team', 'north')
  expect(manager).toMatchObject({ login: { name: 'max' } })
  const [ana] = admin('employee', 'add', '--name', 'Ana')
  expect(ana).toMatchObject({ login: null })
  const employee = String(ana!['employee'])
  expect(admin('enrol', '--employee', employee)[0]!['code']).toMatch(/^SD1-/)
  expect(admin('service', 'add', '--name', 'Box')[0]!['code']).toMatch(/^SD1-/)
  const file = join(base, 'api.json')
  writeFileSync(file, '{"id":7,"hash":"abc"}')
  const channel = ['--channel', 'telegram', '--name', 'TG', '--employee', employee]
  const account = String(admin('account', 'add', ...channel, '--telegram-api-file', file)[0]!['account'])
  expect(admin('identity', 'list', '--account', account)).toEqual([])
  expect(admin('messages', 'export', '--account', account, '--purpose', 'a test')).toEqual([])
  expect(admin('messages', 'export', '--account', account, '--purpose', 'a test', '--raw')).toEqual([])
  expect(admin('workstation', 'list')).toEqual([])
  expect(admin('status')).toEqual([{ applied: 0, head: 0, quarantined: 0, messages: 0 }])
  const exported = String(admin('audit', 'export')[0]!['file'])
  expect(readFileSync(exported, 'utf8').split('\n')[0]).toContain('sealdesk/audit/1')
})
