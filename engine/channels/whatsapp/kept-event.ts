/** The form in which raw events stand in the inbox: a JSON header of stanza attributes, then the decrypted bytes. */

/** The account's own addresses at the time of the event, neutral form. */
export interface OwnAddresses {
  lid: string | null
  number: string | null
}

export interface KeptHeader {
  v: 1
  /** The stanza's attributes as they came, all strings. */
  attrs: Record<string, string>
  me: OwnAddresses
  /** Ids of a receipt's list beyond its own id; empty otherwise. */
  ids: string[]
  /** What else a reader needs to know, for example the encryption type or why a body is missing. */
  note: string
}

const HEADER_LIMIT_BYTES = 1 << 20

/** u32 header length, big-endian · header as UTF-8 JSON · body as it was decrypted, without padding. */
export function encodeKept(header: KeptHeader, body: Uint8Array): Uint8Array {
  const head = Buffer.from(JSON.stringify(header), 'utf8')
  const length = Buffer.alloc(4)
  length.writeUInt32BE(head.length)
  return Buffer.concat([length, head, body])
}

function isStringRecord(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((entry) => typeof entry === 'string')
}

function isHeader(value: unknown): value is KeptHeader {
  if (typeof value !== 'object' || value === null) return false
  const { v, attrs, me, ids, note } = value as Record<string, unknown>
  if (v !== 1 || !isStringRecord(attrs) || typeof note !== 'string') return false
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) return false
  if (typeof me !== 'object' || me === null) return false
  const own = me as Record<string, unknown>
  return [own['lid'], own['number']].every((entry) => entry === null || typeof entry === 'string')
}

/** Throws RangeError or SyntaxError for bytes that encodeKept did not write. */
export function decodeKept(raw: Uint8Array): { header: KeptHeader; body: Uint8Array } {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  if (bytes.length < 4) throw new RangeError('kept event is cut')
  const length = bytes.readUInt32BE(0)
  if (length > HEADER_LIMIT_BYTES || length > bytes.length - 4)
    throw new RangeError('kept event has a bad header length')
  const header: unknown = JSON.parse(bytes.toString('utf8', 4, 4 + length))
  if (!isHeader(header)) throw new RangeError('kept event has a bad header')
  return { header, body: raw.subarray(4 + length) }
}
