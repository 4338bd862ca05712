/** Making a vault: what init leaves behind, and that nobody can do it twice or open it with the wrong secret. */
import { X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { policyLabel, policySchema } from '../../../../shared/domain/policy.ts'
import { openTrust, openTrusted } from '../../../../shared/formats/trust.ts'
import { systemClockSource } from '../../../../shared/clock/clock.ts'
import { dataFolder } from '../../data-folder.ts'
import { openKeeper } from '../../keeper.ts'
import { createLog } from '../../report.ts'
import { initialise } from './service.ts'
import { issueAuthority, issueServer } from './x509.ts'

let base: string
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'sealdesk-init-'))
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

const options = (name: string, passphraseFile: string | null = null) => ({
  data: join(base, name),
  company: 'Acme',
  gateway: 'vault.example:8443',
  passphraseFile,
  clock: systemClockSource,
})
const away = () => Promise.reject(new Error('no gateway here'))
const open = (name: string, passphraseFile: string | null = null) =>
  openKeeper({
    data: join(base, name),
    passphraseFile,
    clock: systemClockSource,
    log: createLog(() => undefined),
    gateway: { presence: away, push: away, decide: away },
  })

test('trust, policy and TLS stand under the printed root, and the keeper never needs the root key', async () => {
  const made = await initialise(options('one'))
  const folder = dataFolder(join(base, 'one'))
  expect(statSync(made.rootKeyFile).mode & 0o777).toBe(0o600)
  expect(statSync(folder.keeper).mode & 0o777).toBe(0o700)
  renameSync(made.rootKeyFile, join(base, 'offline.key'))
  const keeper = await open('one')
  const trust = openTrust(keeper.keyring.trust, made.rootFingerprint)
  const policy = openTrusted(policyLabel, (await keeper.policies.document())!, trust.all('policy'), policySchema)
  expect(policy).toMatchObject({ number: 1, offline: { hours: 12, days: 7 }, send: { afterVault: false } })
  expect(trust.current('seal').equals(keeper.keyring.current('seal').publicKey)).toBe(true)
  const server = new X509Certificate(readFileSync(folder.gatewayTls.certificate))
  expect(server.verify(new X509Certificate(keeper.keyring.trust.tlsCa!).publicKey)).toBe(true)
  expect([server.checkHost('vault.example'), server.checkHost('localhost')]).toEqual(['vault.example', 'localhost'])
  expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1')
  await keeper.close()
})

test('a second init is refused and changes nothing', async () => {
  const made = await initialise(options('two'))
  await expect(initialise(options('two'))).rejects.toMatchObject({ code: 'already_initialised' })
  expect(readFileSync(made.rootKeyFile, 'utf8')).toContain('PRIVATE KEY')
  await (await open('two')).close()
})

test('an init that fails leaves nothing behind and may be repeated', async () => {
  const missing = join(base, 'no-such-file')
  await expect(initialise(options('three', missing))).rejects.toMatchObject({ code: 'passphrase_unreadable' })
  expect(existsSync(dataFolder(join(base, 'three')).rootKey)).toBe(false)
  await expect(initialise({ ...options('three'), gateway: 'nonsense' })).rejects.toMatchObject({ code: 'bad_input' })
  await initialise(options('three'))
})

test('with a passphrase only this passphrase opens the vault, and no key lies beside it', async () => {
  const [right, wrong] = [join(base, 'right'), join(base, 'wrong')]
  writeFileSync(right, 'correct horse battery\n')
  writeFileSync(wrong, 'incorrect horse battery\n')
  await initialise(options('four', right))
  expect(existsSync(dataFolder(join(base, 'four')).masterKey)).toBe(false)
  await expect(open('four')).rejects.toMatchObject({ code: 'passphrase_missing' })
  await expect(open('four', wrong)).rejects.toMatchObject({ code: 'database_key_wrong' })
  await (await open('four', right)).close()
})

test('a folder without a vault is refused', async () => {
  await expect(open('nowhere')).rejects.toMatchObject({ code: 'not_initialised' })
})

test('certificates hold addresses of both families', () => {
  const authority = issueAuthority(Date.now())
  const issued = issueServer(authority, ['10.0.0.7', '2001:db8::7', '::1', 'a.example'], Date.now())
  const server = new X509Certificate(issued.certificatePem)
  expect(server.subjectAltName).toBe(
    'IP Address:10.0.0.7, IP Address:2001:DB8:0:0:0:0:0:7, IP Address:0:0:0:0:0:0:0:1, DNS:a.example',
  )
  const ca = new X509Certificate(authority.certificatePem)
  expect([ca.ca, server.ca, server.checkIssued(ca)]).toEqual([true, false, true])
})
