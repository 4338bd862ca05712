/** The unit that travels from a ledger to the vault: a run of headers in clear, their payloads under one seal, one signature. */
import type { KeyObject } from 'node:crypto'
import { FormatError, frame, sha256, unframe } from './bytes.ts'
import { decodeHeader, type EncodedEvent } from './event.ts'
import type { EventHeader } from '../contracts/events.ts'
import { signFor, verifyFor } from './keys.ts'
import { openSealed, seal, type OpeningKey } from './seal.ts'

export const batchLimits = { events: 1000, bytes: 24 * 1024 * 1024 }
const magic = Buffer.from('SDB1')
const label = 'sealdesk/batch/1'

export interface Batch {
  ledger: string
  /** First sequence; the others follow without a gap. */
  from: number
  headers: EventHeader[]
  headerBytes: Buffer[]
  /** All header bytes as they travel: what seal and signature are bound to. */
  headersFrame: Buffer
  /** SHA-256 of every header. */
  links: Buffer[]
  sealed: Buffer
  signature: Buffer
}

function signedBytes(headersFrame: Uint8Array, sealed: Uint8Array): Buffer {
  return Buffer.concat([sha256(headersFrame), sha256(sealed)])
}

/** Seals to the keeper's seal key and signs with the device signing key. Events must be consecutive and of one ledger. */
export function encodeBatch(
  events: Pick<EncodedEvent, 'headerBytes' | 'payloadBytes'>[],
  sealKey: Uint8Array,
  signingKey: KeyObject,
): Buffer {
  const headersFrame = frame(events.map((event) => event.headerBytes))
  const sealed = seal(frame(events.map((event) => event.payloadBytes)), sealKey, 'batch', sha256(headersFrame))
  const signature = signFor(label, signedBytes(headersFrame, sealed), signingKey)
  return frame([magic, headersFrame, sealed, signature])
}

/**
 * Parses without checking the signature. Throws FormatError: 'batch_malformed', 'batch_too_large', 'header_malformed',
 * 'batch_broken_chain' (other ledgers, gaps or links inside the batch).
 */
export function decodeBatch(bytes: Uint8Array): Batch {
  if (bytes.length > batchLimits.bytes) throw new FormatError('batch_too_large', 'a batch has at most 24 MiB')
  const parts = unframe(bytes)
  const [head, headersFrame, sealed, signature] = parts
  if (parts.length !== 4 || !head?.equals(magic) || !headersFrame || !sealed || signature?.length !== 64) {
    throw new FormatError('batch_malformed', 'not a batch of version 1')
  }
  const headerBytes = unframe(headersFrame)
  if (headerBytes.length === 0 || headerBytes.length > batchLimits.events)
    throw new FormatError('batch_malformed', 'a batch has 1 to 1000 events')
  const headers = headerBytes.map(decodeHeader)
  const links = headerBytes.map((header) => sha256(header))
  for (let i = 1; i < headers.length; i++) {
    const [before, here] = [headers[i - 1]!, headers[i]!]
    const linked = here.prev === links[i - 1]!.toString('base64url')
    if (here.ledger !== before.ledger || here.seq !== before.seq + 1 || !linked) {
      throw new FormatError('batch_broken_chain', `the chain breaks at sequence ${here.seq}`)
    }
  }
  return {
    ledger: headers[0]!.ledger,
    from: headers[0]!.seq,
    headers,
    headerBytes,
    headersFrame,
    links,
    sealed,
    signature,
  }
}

export function batchSignatureHolds(
  batch: Pick<Batch, 'headersFrame' | 'sealed' | 'signature'>,
  deviceKey: KeyObject,
): boolean {
  return verifyFor(label, signedBytes(batch.headersFrame, batch.sealed), batch.signature, deviceKey)
}

/** The payloads in the headers' order. Throws FormatError as openSealed, or 'batch_malformed' when the counts differ. */
export function openBatch(batch: Pick<Batch, 'headerBytes' | 'headersFrame' | 'sealed'>, key: OpeningKey): Buffer[] {
  const payloads = unframe(openSealed(batch.sealed, key, 'batch', sha256(batch.headersFrame)))
  if (payloads.length !== batch.headerBytes.length)
    throw new FormatError('batch_malformed', 'headers and payloads differ in number')
  return payloads
}
