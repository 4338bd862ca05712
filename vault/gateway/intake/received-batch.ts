/**
 * What a batch says before anything is stored. The gateway reads of a header what it routes by, and no more: what else
 * is in it is the keeper's to judge, and a batch that its device has signed is never refused for it. (Half the cost of an
 * intake was the full check of headers that nobody here looks at.)
 */
import { hash, verify, type KeyObject } from 'node:crypto'
import { CodedError } from '../../../shared/contracts/contract.ts'
import { batchLimits } from '../../../shared/formats/batch.ts'
import { FormatError, sha256, unframe } from '../../../shared/formats/bytes.ts'
import type { Device } from '../devices/devices.ts'

export interface ReceivedBatch {
  bytes: Uint8Array
  device: Device
  ledger: string
  /** First sequence; the others follow without a gap. */
  from: number
  count: number
  /** `prev` of the first header, base64url. */
  prev: string
  /** SHA-256 of every header in order, 32 bytes each. */
  links: Buffer
  /** Accounts and the epochs claimed for them, each pair once. */
  claims: { account: string; epoch: string }[]
  signature: Buffer
}

interface Parts {
  headersFrame: Buffer
  headers: Buffer[]
  sealed: Buffer
  signature: Buffer
}
interface Route {
  ledger: string
  seq: number
  prev: string
  account: string | null
  epoch: string
}

// As in shared/formats/batch; received-batch.test.ts holds the two together.
const magic = Buffer.from('SDB1')
const label = Buffer.from('sealdesk/batch/1\0')
const maxIdLength = 64
const linkLength = 43
const epochPattern = /^\d{1,9}\.\d{1,9}$/

/**
 * Parses and checks the signature, which another thread computes meanwhile. `admit` is called before that with the ledger's device and
 * may throw. Throws FormatError: 'batch_malformed', 'batch_too_large', 'format_truncated', 'header_malformed', 'batch_broken_chain';
 * CodedError 'ledger_unknown' for a ledger that was never enrolled. `authentic` is false when the signature does not hold.
 */
export async function readBatch(
  bytes: Uint8Array,
  findByLedger: (ledger: string) => Device | null,
  admit: (device: Device) => void,
): Promise<{ received: ReceivedBatch; authentic: boolean }> {
  const parts = split(bytes)
  const first = readRoute(parts.headers[0]!)
  const device = findByLedger(first.ledger)
  if (!device) throw new CodedError('ledger_unknown', 'this ledger is not enrolled')
  admit(device)
  const verdict = signatureHolds(parts, device.signingKey)
  // Should the parsing below throw, nobody waits for the verdict any more; it never rejects.
  const { links, claims } = followChain(parts.headers, first)
  const received: ReceivedBatch = {
    bytes,
    device,
    ledger: first.ledger,
    from: first.seq,
    count: parts.headers.length,
    prev: first.prev,
    links,
    claims,
    signature: parts.signature,
  }
  return { received, authentic: await verdict }
}

function split(bytes: Uint8Array): Parts {
  if (bytes.length > batchLimits.bytes) throw new FormatError('batch_too_large', 'a batch has at most 24 MiB')
  const parts = unframe(bytes)
  const [head, headersFrame, sealed, signature] = parts
  if (parts.length !== 4 || !head?.equals(magic) || !headersFrame || !sealed || signature?.length !== 64)
    throw new FormatError('batch_malformed', 'not a batch of version 1')
  const headers = unframe(headersFrame)
  if (headers.length === 0 || headers.length > batchLimits.events)
    throw new FormatError('batch_malformed', 'a batch has 1 to 1000 events')
  return { headersFrame, headers, sealed, signature }
}

function signatureHolds({ headersFrame, sealed, signature }: Parts, key: KeyObject): Promise<boolean> {
  const signed = Buffer.concat([label, sha256(headersFrame), sha256(sealed)])
  return new Promise((resolve) => verify(null, signed, key, signature, (error, holds) => resolve(!error && holds)))
}

function followChain(headers: Buffer[], first: Route): Pick<ReceivedBatch, 'links' | 'claims'> {
  const links = Buffer.allocUnsafe(headers.length * 32)
  const claims = new Map<string, { account: string; epoch: string }>()
  let link = ''
  for (const [index, bytes] of headers.entries()) {
    const route = index === 0 ? first : readRoute(bytes)
    const follows = index === 0 || (route.ledger === first.ledger && route.prev === link)
    if (!follows || route.seq !== first.seq + index)
      throw new FormatError('batch_broken_chain', `the chain breaks at sequence ${route.seq}`)
    link = hash('sha256', bytes, 'base64url')
    links.write(link, index * 32, 32, 'base64url')
    if (route.account !== null)
      claims.set(`${route.epoch} ${route.account}`, { account: route.account, epoch: route.epoch })
  }
  return { links, claims: [...claims.values()] }
}

function readRoute(bytes: Buffer): Route {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new FormatError('header_malformed', 'a header is not JSON')
  }
  if (!isRoute(value)) throw new FormatError('header_malformed', 'a header has another shape')
  return value
}

function isRoute(value: unknown): value is Route {
  if (typeof value !== 'object' || value === null) return false
  const { ledger, seq, prev, account, epoch } = value as Partial<Record<keyof Route, unknown>>
  return (
    isId(ledger) &&
    Number.isSafeInteger(seq) &&
    (seq as number) >= 1 &&
    typeof prev === 'string' &&
    prev.length === linkLength &&
    (account === null || isId(account)) &&
    typeof epoch === 'string' &&
    epochPattern.test(epoch)
  )
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= maxIdLength
}
