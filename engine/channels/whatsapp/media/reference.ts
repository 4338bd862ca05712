/** What a download needs to know of a file, in the form in which it is handed to the engine and back. */

/** Names under which WhatsApp derives keys and keeps files. */
export const MEDIA_TYPES = {
  image: { keys: 'WhatsApp Image Keys', path: '/mms/image' },
  video: { keys: 'WhatsApp Video Keys', path: '/mms/video' },
  audio: { keys: 'WhatsApp Audio Keys', path: '/mms/audio' },
  document: { keys: 'WhatsApp Document Keys', path: '/mms/document' },
  sticker: { keys: 'WhatsApp Image Keys', path: '/mms/image' },
} as const
export type MediaType = keyof typeof MEDIA_TYPES

export interface MediaReference {
  type: MediaType
  /** 32 bytes. */
  key: Uint8Array
  /** Path at the media host, or null where only a whole URL is known. */
  directPath: string | null
  url: string | null
  /** SHA-256 of the plain file and of the encrypted one, lower-case hex. */
  sha256: string | null
  encSha256: string | null
  bytes: number | null
}

const PATH_LIMIT = 4096

function hex(value: unknown): string | null {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value : null
}

function shortText(value: unknown): string | null {
  return typeof value === 'string' && value.length > 0 && value.length <= PATH_LIMIT ? value : null
}

export function encodeReference(reference: MediaReference): Uint8Array {
  const { key, ...rest } = reference
  return Buffer.from(JSON.stringify({ v: 1, ...rest, key: Buffer.from(key).toString('base64') }), 'utf8')
}

/** Null for what `encodeReference` did not write. */
export function decodeReference(bytes: Uint8Array): MediaReference | null {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const given = value as Record<string, unknown>
  const { type } = given
  const key = typeof given['key'] === 'string' ? Buffer.from(given['key'], 'base64') : null
  if (given['v'] !== 1 || typeof type !== 'string' || !Object.hasOwn(MEDIA_TYPES, type) || key?.length !== 32)
    return null
  return {
    type: type as MediaType,
    key,
    directPath: shortText(given['directPath']),
    url: shortText(given['url']),
    sha256: hex(given['sha256']),
    encSha256: hex(given['encSha256']),
    bytes: typeof given['bytes'] === 'number' && Number.isSafeInteger(given['bytes']) ? given['bytes'] : null,
  }
}
