/**
 * The exported audit log and its check with nothing but the root fingerprint. One JSON object a line:
 * first {"format":"sealdesk/audit/1","trust":…}, then {"entry":base64url of the entry's bytes} in order from sequence 1,
 * then {"checkpoint":signed document}; the last checkpoint covers the last entry.
 */
import { z } from 'zod'
import { sha256 } from '../../shared/formats/bytes.ts'
import { openTrust, openTrusted, trustSchema } from '../../shared/formats/trust.ts'
import { signedDocumentSchema } from '../../shared/contracts/signed-document.ts'
import { bad, firstFault, sound, type ChainEntry, type Verdict } from './chain.ts'

export const auditFormat = 'sealdesk/audit/1'
export const checkpointLabel = 'sealdesk/checkpoint/1'

export const auditRecordSchema = z.strictObject({
  v: z.literal(1),
  /** The process that writes this chain. */
  chain: z.string().max(32),
  seq: z.int().min(1),
  at: z.int(),
  /** Opaque ids only. */
  actor: z.string().max(64),
  action: z.string().max(64),
  subject: z.string().max(64).nullable(),
  /** HMAC-SHA256(salt, reason); salt and reason stand encrypted beside the log. */
  reason: z.string().length(43).nullable(),
  /** SHA-256 of the entry before; of the chain's name for the first. */
  prev: z.string().length(43),
})
export type AuditRecord = z.infer<typeof auditRecordSchema>

export const checkpointSchema = z.strictObject({
  chain: z.string().max(32),
  seq: z.int().min(1),
  head: z.string().length(43),
  at: z.int(),
})

export const auditGenesis = (chain: string): string => sha256(Buffer.from(chain, 'utf8')).toString('base64url')

const headSchema = z.strictObject({ format: z.literal(auditFormat), trust: trustSchema })
const lineSchema = z.union([
  z.strictObject({ entry: z.string() }),
  z.strictObject({ checkpoint: signedDocumentSchema }),
])

type Line = z.infer<typeof lineSchema>

function parse<T>(schema: z.ZodType<T>, line: string | undefined): T | null {
  try {
    return schema.parse(JSON.parse(line ?? ''))
  } catch {
    return null
  }
}

/** `fingerprint`: hex, as printed by init. Names the first entry that is not sound; sequence 0 is the file's first line. */
export function verifyAuditExport(lines: readonly string[], fingerprint: string): Verdict {
  const head = parse(headSchema, lines[0])
  if (!head) return bad(0, 'malformed')
  const keys = checkpointKeys(head.trust, fingerprint)
  if (!keys) return bad(0, 'other_root')
  const entries: ChainEntry[] = []
  const checkpoints: Extract<Line, { checkpoint: unknown }>[] = []
  for (const text of lines.slice(1)) {
    if (text === '') continue
    const line = parse(lineSchema, text)
    if (line && 'checkpoint' in line) checkpoints.push(line)
    else {
      const entry = line && decodeEntry(line.entry)
      if (!entry) return bad(entries.length + 1, 'malformed')
      entries.push(entry)
    }
  }
  const vouched = (seq: number): boolean =>
    checkpoints.some((one) => {
      const head = openCheckpoint(one.checkpoint, keys)
      return head?.seq === seq && head.head === entries[seq - 1]?.hash
    })
  const fault = firstFault(entries, auditGenesis('keeper'), vouched)
  if (fault) return { sound: false, firstBad: fault }
  return checkCheckpoints(entries, checkpoints, keys)
}

function checkpointKeys(trust: z.infer<typeof trustSchema>, fingerprint: string): Buffer[] | null {
  try {
    return openTrust(trust, fingerprint).all('checkpoint')
  } catch {
    return null
  }
}

function decodeEntry(text: string): ChainEntry | null {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) return null
  const record = parse(auditRecordSchema, bytes.toString('utf8'))
  return record && { seq: record.seq, prev: record.prev, hash: sha256(bytes).toString('base64url') }
}

function openCheckpoint(
  document: z.infer<typeof signedDocumentSchema>,
  keys: Buffer[],
): z.infer<typeof checkpointSchema> | null {
  try {
    return openTrusted(checkpointLabel, document, keys, checkpointSchema)
  } catch {
    return null
  }
}

function checkCheckpoints(
  entries: readonly ChainEntry[],
  checkpoints: readonly { checkpoint: z.infer<typeof signedDocumentSchema> }[],
  keys: Buffer[],
): Verdict {
  let covered = 0
  for (const { checkpoint } of checkpoints) {
    const value = openCheckpoint(checkpoint, keys)
    if (!value) return bad(covered + 1, 'checkpoint')
    const entry = entries[value.seq - 1]
    if (!entry) return bad(entries.length + 1, 'missing')
    if (entry.hash !== value.head) return bad(value.seq, 'changed')
    covered = Math.max(covered, value.seq)
  }
  return covered < entries.length ? bad(covered + 1, 'not_covered') : sound
}
