/**
 * An exported ledger and its check with nothing but the root fingerprint. One JSON object a line: first
 * {"format":"sealdesk/ledger/1","trust":…,"enrolment":signed document}, then in order
 * {"batch":{"from","headers":[base64url of the header's bytes],"sealedHash","signature"}}. Batches may overlap where one was sent again.
 */
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { enrolmentLabel, enrolmentSchema } from '../../shared/contracts/device.ts'
import type { EventHeader } from '../../shared/contracts/events.ts'
import { signedDocumentSchema } from '../../shared/contracts/signed-document.ts'
import { frame, sha256 } from '../../shared/formats/bytes.ts'
import { decodeHeader, genesisLink } from '../../shared/formats/event.ts'
import { publicKeyObject, verifyFor } from '../../shared/formats/keys.ts'
import { openTrust, openTrusted, trustSchema } from '../../shared/formats/trust.ts'
import { bad, firstFault, sound, type ChainEntry, type Verdict } from './chain.ts'

export const ledgerFormat = 'sealdesk/ledger/1'
/** The label of formats/batch. */
const batchLabel = 'sealdesk/batch/1'

const headSchema = z.strictObject({
  format: z.literal(ledgerFormat),
  trust: trustSchema,
  enrolment: signedDocumentSchema,
})
const lineSchema = z.strictObject({
  batch: z.strictObject({
    from: z.int().min(1),
    headers: z.array(z.string()).min(1).max(1000),
    sealedHash: z.string().length(43),
    signature: z.string().length(86),
  }),
})
export type LedgerLine = z.infer<typeof lineSchema>

interface Parsed {
  entries: ChainEntry[]
  headers: Buffer[]
  line: LedgerLine['batch']
}

/** `fingerprint`: hex, as printed by init. Names the first event that is not sound; sequence 0 is the file's first line. */
export function verifyLedgerExport(lines: readonly string[], fingerprint: string): Verdict {
  const opened = openHead(lines[0], fingerprint)
  if (!opened) return bad(0, 'other_root')
  const batches: Parsed[] = []
  const chain: ChainEntry[] = []
  for (const text of lines.slice(1)) {
    if (text === '') continue
    const batch = parseBatch(text, opened.ledger)
    if (typeof batch === 'number') return bad(Math.max(batch, chain.length + 1), 'malformed')
    const fault = append(chain, batch)
    if (fault !== null) return bad(fault, 'changed')
    batches.push(batch)
  }
  const sealed = new Set(batches.filter((batch) => signatureHolds(batch, opened.signingKey)))
  const vouched = (seq: number): boolean =>
    [...sealed].some((batch) => batch.entries.some((entry) => entry.seq === seq))
  const fault = firstFault(chain, genesisLink(opened.ledger).toString('base64url'), vouched)
  if (fault) return { sound: false, firstBad: fault }
  for (const batch of batches) {
    if (sealed.has(batch)) continue
    const last = batch.entries.at(-1)?.seq ?? batch.line.from
    // What comes after vouches for every header of this batch: then its signature or payload hash was changed.
    return bad(last < chain.length ? batch.line.from : last, 'signature')
  }
  return sound
}

function openHead(line: string | undefined, fingerprint: string): { ledger: string; signingKey: KeyObject } | null {
  try {
    const head = headSchema.parse(JSON.parse(line ?? ''))
    const keys = openTrust(head.trust, fingerprint).all('policy')
    const enrolment = openTrusted(enrolmentLabel, head.enrolment, keys, enrolmentSchema)
    const signingKey = publicKeyObject('ed25519', Buffer.from(enrolment.signingKey, 'base64url'))
    return { ledger: enrolment.ledger, signingKey }
  } catch {
    return null
  }
}

/** A number: the sequence at which the line cannot be read. */
function parseBatch(text: string, ledger: string): Parsed | number {
  let line: LedgerLine['batch']
  try {
    line = lineSchema.parse(JSON.parse(text)).batch
  } catch {
    return 0
  }
  const headers = line.headers.map((one) => Buffer.from(one, 'base64url'))
  const entries: ChainEntry[] = []
  for (const [index, bytes] of headers.entries()) {
    const header = tryDecode(bytes)
    if (!header || header.ledger !== ledger) return line.from + index
    entries.push({ seq: header.seq, prev: header.prev, hash: sha256(bytes).toString('base64url') })
  }
  return { entries, headers, line }
}

function tryDecode(bytes: Buffer): EventHeader | null {
  try {
    return decodeHeader(bytes)
  } catch {
    return null
  }
}

/** Adds what is new; returns the sequence at which a repeated event differs from the first one, or null. */
function append(chain: ChainEntry[], batch: Parsed): number | null {
  for (const entry of batch.entries) {
    const known = entry.seq <= chain.length ? chain[entry.seq - 1] : undefined
    if (known?.seq === entry.seq) {
      if (known.hash !== entry.hash) return entry.seq
      continue
    }
    chain.push(entry)
  }
  return null
}

function signatureHolds(batch: Parsed, key: KeyObject): boolean {
  const signed = Buffer.concat([sha256(frame(batch.headers)), Buffer.from(batch.line.sealedHash, 'base64url')])
  return verifyFor(batchLabel, signed, Buffer.from(batch.line.signature, 'base64url'), key)
}
