/** The bytes under which something of Telegram's is kept that nobody understands. */

const depthAtMost = 8
const itemsAtMost = 100
const textAtMost = 4096

/** As they came; where they cannot be had, JSON of class and fields stands in for them. Never throws. */
export function rawBytes(value: unknown): Buffer {
  try {
    if (hasBytes(value)) return value.getBytes()
  } catch {
    // Something stands in a field that does not belong there.
  }
  return Buffer.from(JSON.stringify({ standIn: described(value, 0) }), 'utf8')
}

function hasBytes(value: unknown): value is { getBytes(): Buffer } {
  return typeof value === 'object' && value !== null && 'getBytes' in value && typeof value.getBytes === 'function'
}

function described(value: unknown, depth: number): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
  if (typeof value === 'string') return value.slice(0, textAtMost)
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return { hex: Buffer.from(value.subarray(0, textAtMost)).toString('hex') }
  if (typeof value !== 'object') return typeof value
  if (depth >= depthAtMost) return '…'
  if (Array.isArray(value)) return value.slice(0, itemsAtMost).map((item) => described(item, depth + 1))
  const className = 'className' in value && typeof value.className === 'string' ? value.className : null
  // Of what is no object of the API only the library's long numbers say something.
  if (className === null) return 'bitLength' in value ? (value as { toString(): string }).toString() : '…'
  const fields = Object.entries(value).filter(([name]) => name !== 'originalArgs')
  return Object.fromEntries(fields.slice(0, itemsAtMost).map(([name, field]) => [name, described(field, depth + 1)]))
}
