/** Exports of a real vault are checked with nothing but the root fingerprint; whoever changes one is named by the place. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enrolmentLabel, enrolmentSchema } from '../../shared/contracts/device.ts'
import { signedDocumentSchema } from '../../shared/contracts/signed-document.ts'
import { frame, sha256 } from '../../shared/formats/bytes.ts'
import { generateRawKeyPair, privateKeyObject, signFor } from '../../shared/formats/keys.ts'
import { certificateLabel, rootFingerprint, signDocument, trustSchema } from '../../shared/formats/trust.ts'
import { verifyAuditExport } from '../../vault/verify/audit-export.ts'
import type { Verdict } from '../../vault/verify/chain.ts'
import { verifyLedgerExport, type LedgerLine } from '../../vault/verify/ledger-export.ts'
import { Profile } from '../../engine/profile.ts'
import { findUnusual } from '../../vault/verify/export-form.ts'
import { root } from '../../scripts/root.ts'
import { plant, untilVaultHasAll } from '../harness/planted.ts'
import { SmallCompany } from '../harness/small-company.ts'
import { admin } from '../harness/vault.ts'

type Kind = 'ledger' | 'audit'
type Batch = LedgerLine['batch']

let company: SmallCompany
let fingerprint: string
const files: Record<Kind, string[]> = { ledger: [], audit: [] }

beforeAll(async () => {
  company = await SmallCompany.open(47_001)
  const { customers } = await plant(company, true)
  // Later batches than those of the burst.
  for (const customer of customers.slice(0, 2)) {
    await company.control.say(customer.id, company.account(customer.channel).simulated.id, 'one more')
    await company.engine.event('recorded', (line) => line['text'] === 'one more')
    await untilVaultHasAll(company)
  }
  fingerprint = company.vault.ready.rootFingerprint
  const workstation = String(company.engine.ready['workstation'])
  await company.engine.process.stop()
  files.ledger = await exported('ledger', 'export', `--workstation=${workstation}`)
  files.audit = await exported('audit', 'export')
})

afterAll(() => company?.close())

async function exported(...words: string[]): Promise<string[]> {
  const { file } = await admin(company.data, ...words)
  return readFileSync(String(file), 'utf8').trimEnd().split('\n')
}

/** Runs the command as somebody with nothing but the file would. */
function verify(lines: readonly string[], rootPrint = fingerprint): { code: number | null; line: unknown } {
  const file = join(company.folder, 'export.jsonl')
  writeFileSync(file, `${lines.join('\n')}\n`)
  const script = join(root, 'scripts', 'commands', 'verify.ts')
  const args = ['--disable-warning=ExperimentalWarning', script, file, '--root', rootPrint, '--json']
  const ran = spawnSync(process.execPath, args, { cwd: company.folder, env: {}, encoding: 'utf8' })
  return { code: ran.status, line: JSON.parse(ran.stdout) }
}

const notSound = (kind: Kind, seq: number, reason: string): unknown => ({
  code: 2,
  line: { kind, sound: false, firstBad: { seq, reason } },
})

const batchOf = (line: string): Batch => (JSON.parse(line) as LedgerLine).batch
const lineOf = (batch: Batch): string => JSON.stringify({ batch })

function replaced(lines: readonly string[], at: number, line: string): string[] {
  return lines.map((one, n) => (n === at ? line : one))
}

function without(lines: readonly string[], at: number): string[] {
  return lines.filter((_, n) => n !== at)
}

function swapped(lines: readonly string[], at: number): string[] {
  return lines.map((one, n) => (n === at ? lines[at + 1]! : n === at + 1 ? lines[at]! : one))
}

/** The header's bytes as base64url with one member changed. */
function edited(header: string, change: Record<string, unknown>): string {
  const value = JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as Record<string, unknown>
  return Buffer.from(JSON.stringify({ ...value, ...change })).toString('base64url')
}

const linkOf = (header: string): string => sha256(Buffer.from(header, 'base64url')).toString('base64url')

/** Changes one event of a batch and chains everything behind it anew; signatures stay what they were. */
function rechained(lines: readonly string[], at: number, change: Record<string, unknown>): string[] {
  let prev: string | null = null
  return lines.map((line, n) => {
    if (n < at) return line
    const batch = batchOf(line)
    const headers = batch.headers.map((header, index) => {
      const next = n === at && index === 0 ? edited(header, change) : edited(header, { prev })
      prev = linkOf(next)
      return next
    })
    return lineOf({ ...batch, headers })
  })
}

function signed(batch: Batch, key: Parameters<typeof signFor>[2]): Batch {
  const bytes = Buffer.concat([
    sha256(frame(batch.headers.map((one) => Buffer.from(one, 'base64url')))),
    Buffer.from(batch.sealedHash, 'base64url'),
  ])
  return { ...batch, signature: signFor('sealdesk/batch/1', bytes, key).toString('base64url') }
}

/** Another company: its own root, keys certified by it, and the ledger signed by a device that it has enrolled. */
function forgedLedger(lines: readonly string[]): { lines: string[]; fingerprint: string } {
  const pair = () => {
    const raw = generateRawKeyPair('ed25519')
    return { publicKey: raw.publicKey, privateKey: privateKeyObject('ed25519', raw.privateKey) }
  }
  const [otherRoot, policy, device] = [pair(), pair(), pair()]
  const value = { purpose: 'policy', publicKey: policy.publicKey.toString('base64url'), number: 1, issuedAt: 1 }
  const trust = {
    root: otherRoot.publicKey.toString('base64url'),
    certificates: [signDocument(certificateLabel, value, otherRoot)],
    tlsCa: null,
  }
  const head = JSON.parse(lines[0]!) as { format: string; enrolment: unknown }
  const body = Buffer.from(signedDocumentSchema.parse(head.enrolment).body, 'base64url').toString('utf8')
  const enrolment = { ...enrolmentSchema.parse(JSON.parse(body)), signingKey: device.publicKey.toString('base64url') }
  const first = { ...head, trust, enrolment: signDocument(enrolmentLabel, enrolment, policy) }
  const rest = lines.slice(1).map((line) => lineOf(signed(batchOf(line), device.privateKey)))
  return { lines: [JSON.stringify(first), ...rest], fingerprint: rootFingerprint(otherRoot.publicKey) }
}

/** The place of the longest batch but the last one. */
function middleBatch(): number {
  const lengths = files.ledger.slice(1, -1).map((line) => batchOf(line).headers.length)
  const longest = Math.max(...lengths)
  if (!(longest > 1)) throw new Error('no batch of two events')
  return lengths.indexOf(longest) + 1
}

describe('a ledger', () => {
  test('as exported is sound', () => {
    expect(files.ledger.length).toBeGreaterThan(3)
    expect(verify(files.ledger)).toEqual({ code: 0, line: { kind: 'ledger', sound: true, firstBad: null } })
  })

  test('with an edited event is named at that event', () => {
    const at = middleBatch()
    const batch = batchOf(files.ledger[at]!)
    const [first, ...rest] = batch.headers
    const changed = lineOf({ ...batch, headers: [edited(first!, { at: 1 }), ...rest] })
    expect(verify(replaced(files.ledger, at, changed))).toEqual(notSound('ledger', batch.from, 'changed'))
  })

  test('edited and chained anew fails at the first signature that does not hold', () => {
    const at = middleBatch()
    const { from } = batchOf(files.ledger[at]!)
    expect(verify(rechained(files.ledger, at, { at: 1 }))).toEqual(notSound('ledger', from, 'signature'))
  })

  test('without a batch, or without one event of it, is named at what is missing', () => {
    const at = middleBatch()
    const batch = batchOf(files.ledger[at]!)
    expect(verify(without(files.ledger, at))).toEqual(notSound('ledger', batch.from, 'missing'))
    const shorter = lineOf({ ...batch, headers: batch.headers.slice(0, 1) })
    expect(verify(replaced(files.ledger, at, shorter))).toEqual(notSound('ledger', batch.from + 1, 'missing'))
  })

  test('with batches or events in another order is named at the first that is out of place', () => {
    const at = middleBatch()
    const batch = batchOf(files.ledger[at]!)
    expect(verify(swapped(files.ledger, at))).toEqual(notSound('ledger', batch.from, 'out_of_order'))
    const turned = lineOf({ ...batch, headers: batch.headers.toReversed() })
    expect(verify(replaced(files.ledger, at, turned))).toEqual(notSound('ledger', batch.from, 'out_of_order'))
  })

  test('forked by the device’s own key is named where the two ways part', () => {
    const stored = new Profile(company.profile).find('device.json')!
    const key = privateKeyObject('ed25519', Buffer.from(stored.signingKey, 'base64url'))
    const at = middleBatch()
    const batch = batchOf(files.ledger[at]!)
    const second = signed({ ...batch, headers: [edited(batch.headers[0]!, { at: 1 })] }, key)
    const forked = [...files.ledger, lineOf(second)]
    expect(verify(forked)).toEqual(notSound('ledger', batch.from, 'changed'))
  })

  test('signed anew under another root is refused, however consistent it is', () => {
    const forged = forgedLedger(files.ledger)
    expect(verify(forged.lines, forged.fingerprint).code).toBe(0)
    expect(verify(forged.lines)).toEqual(notSound('ledger', 0, 'other_root'))
    const mixed = [files.ledger[0]!, ...forged.lines.slice(1)]
    expect(verify(mixed)).toMatchObject({ code: 2, line: { firstBad: { seq: 1, reason: 'signature' } } })
  })
})

test('a ledger whose batch tells another beginning than its events is named there', () => {
  const at = middleBatch()
  const batch = batchOf(files.ledger[at]!)
  const other = lineOf({ ...batch, from: batch.from + 1 })
  expect(verify(replaced(files.ledger, at, other))).toEqual(notSound('ledger', batch.from, 'malformed'))
})

describe('an audit log', () => {
  const entries = (): number => files.audit.filter((line) => line.startsWith('{"entry"')).length

  test('as exported is sound', () => {
    expect(entries()).toBeGreaterThan(8)
    expect(verify(files.audit)).toEqual({ code: 0, line: { kind: 'audit', sound: true, firstBad: null } })
  })

  test('with an edited, a removed or a moved entry is named there', () => {
    const { entry } = JSON.parse(files.audit[4]!) as { entry: string }
    const changed = JSON.stringify({ entry: edited(entry, { actor: 'somebody' }) })
    expect(verify(replaced(files.audit, 4, changed))).toEqual(notSound('audit', 4, 'changed'))
    expect(verify(without(files.audit, 4))).toEqual(notSound('audit', 4, 'missing'))
    expect(verify(swapped(files.audit, 4))).toEqual(notSound('audit', 4, 'out_of_order'))
  })

  test('whose end was cut off lacks what its signed head names', () => {
    expect(verify(without(files.audit, entries()))).toEqual(notSound('audit', entries(), 'missing'))
  })

  test('whose last signed head was taken away is not covered', () => {
    expect(verify(files.audit.filter((line) => !line.startsWith('{"checkpoint"')))).toEqual(
      notSound('audit', 1, 'not_covered'),
    )
  })

  test('of another root is refused', () => {
    const other = rootFingerprint(generateRawKeyPair('ed25519').publicKey)
    expect(verify(files.audit, other)).toEqual(notSound('audit', 0, 'other_root'))
  })
})

test.each([
  ['ledger', verifyLedgerExport],
  ['audit', verifyAuditExport],
] as const)('one flipped bit anywhere in a %s is noticed', (kind, check: (l: string[], f: string) => Verdict) => {
  // The TLS authority travels with the trust document; it has its own signature and says nothing about these entries.
  const head = JSON.parse(files[kind][0]!) as { trust: unknown }
  const trust = trustSchema.parse(head.trust)
  const lines = [JSON.stringify({ ...head, trust: { ...trust, tlsCa: null } }), ...files[kind].slice(1)]
  expect(check(lines, fingerprint).sound).toBe(true)
  expect(findUnusual(lines)).toBeNull()
  const bytes = Buffer.from(lines.join('\n'))
  const unnoticed: string[] = []
  for (let at = 0; at < bytes.length; at += 37) {
    const flipped = Buffer.from(bytes)
    flipped[at]! ^= 1 << (at % 7)
    const text = flipped.toString('utf8')
    const changed = text.split('\n')
    if (check(changed, fingerprint).sound && findUnusual(changed) === null)
      unnoticed.push(`${at}: ${text.slice(at - 20, at + 20)}`)
  }
  expect(unnoticed).toEqual([])
})

test('what is no export, or cannot be read, is told apart', () => {
  expect(verify(['{"format":"something/else"}'])).toEqual({
    code: 2,
    line: { kind: null, sound: false, firstBad: { seq: 0, reason: 'malformed' } },
  })
  const script = join(root, 'scripts', 'commands', 'verify.ts')
  const ran = spawnSync(process.execPath, [script, join(company.folder, 'nothing'), '--root', fingerprint])
  expect(ran.status).toBe(1)
})
