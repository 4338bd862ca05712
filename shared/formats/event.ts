/** One event of a ledger: header bytes, salted payload bytes, the commitment between them and the chain. */
import { timingSafeEqual } from 'node:crypto'
import {
  eventHeaderSchema,
  isPayloadKind,
  payloadSchemas,
  type EventHeader,
  type Payload,
  type PayloadKind,
} from '../contracts/events.ts'
import { drawRandom, FormatError, hmacBlock, hmacOfTail, hmacSha256, sha256 } from './bytes.ts'

const saltBytes = 16

export interface EncodedEvent {
  header: EventHeader
  headerBytes: Buffer
  /** salt (16 bytes) | UTF-8 JSON. */
  payloadBytes: Buffer
  /** SHA-256 of headerBytes: the next event's `prev`. */
  link: Buffer
}

export type EventDraft<K extends PayloadKind = PayloadKind> = Pick<
  EventHeader,
  'account' | 'epoch' | 'conversation' | 'identity' | 'message' | 'at'
> & { kind: K; payload: Payload<K> }

/** `prev` of the first event of a ledger. */
export function genesisLink(ledger: string): Buffer {
  return sha256(Buffer.from(ledger, 'utf8'))
}

export function encodeEvent<K extends PayloadKind>(
  draft: EventDraft<K>,
  ledger: string,
  seq: number,
  prev: Buffer,
): EncodedEvent {
  const salt = drawRandom(saltBytes)
  const json = JSON.stringify(draft.payload)
  // Written once: the room that the commitment needs before the text becomes the salt's.
  const block = Buffer.allocUnsafe(hmacBlock + Buffer.byteLength(json))
  block.write(json, hmacBlock, 'utf8')
  const commitment = hmacOfTail(salt, block, 'base64url')
  const payloadBytes = block.subarray(hmacBlock - saltBytes)
  payloadBytes.set(salt)
  const header: EventHeader = {
    v: 1,
    ledger,
    seq,
    kind: draft.kind,
    account: draft.account,
    epoch: draft.epoch,
    conversation: draft.conversation,
    identity: draft.identity,
    message: draft.message,
    at: draft.at,
    commitment,
    prev: prev.toString('base64url'),
  }
  const headerBytes = Buffer.from(JSON.stringify(header), 'utf8')
  return { header, headerBytes, payloadBytes, link: sha256(headerBytes) }
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

/** Throws FormatError('header_malformed'). The bytes themselves are what is hashed and kept. */
export function decodeHeader(headerBytes: Uint8Array): EventHeader {
  let value: unknown
  try {
    value = JSON.parse(utf8(headerBytes))
  } catch {
    throw new FormatError('header_malformed', 'a header is not JSON')
  }
  const parsed = eventHeaderSchema.safeParse(value)
  if (!parsed.success) throw new FormatError('header_malformed', 'a header has another shape')
  return parsed.data
}

/** True when the payload is the one that the header committed to. */
export function commitmentHolds(header: EventHeader, payloadBytes: Uint8Array): boolean {
  if (payloadBytes.length < saltBytes) return false
  const actual = hmacSha256(payloadBytes.subarray(0, saltBytes), payloadBytes.subarray(saltBytes))
  const expected = Buffer.from(header.commitment, 'base64url')
  return expected.length === actual.length && timingSafeEqual(actual, expected)
}

export type DecodedPayload =
  | { [K in PayloadKind]: { kind: K; payload: Payload<K> } }[PayloadKind]
  /** A kind of a later version, kept as it is. */
  | { kind: null; json: string }

/** Throws FormatError('payload_malformed') when a known kind has another shape. */
export function decodePayload(kind: string, payloadBytes: Uint8Array): DecodedPayload {
  const json = Buffer.from(payloadBytes.subarray(saltBytes)).toString('utf8')
  if (!isPayloadKind(kind)) return { kind: null, json }
  try {
    const payload = payloadSchemas[kind].parse(JSON.parse(json))
    return { kind, payload } as DecodedPayload
  } catch {
    throw new FormatError('payload_malformed', `the payload of ${kind} has another shape`)
  }
}
