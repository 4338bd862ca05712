/** Checks that an export is written letter by letter as a vault writes it, so that no byte of it changes unnoticed. */

/**
 * The first entry that stands in a line of another form, 0 for the first line, null when there is none. Decoders are lenient (spare bits
 * of base64, white space): what they let pass is found here. Lines that are no JSON at all are left to the checks of the chain.
 */
export function findUnusual(lines: readonly string[]): number | null {
  let entries = 0
  for (const [index, line] of lines.entries()) {
    const value = parse(line)
    const first = firstEntry(value)
    if (value !== undefined && !isUsual(line, value, first)) return index === 0 ? 0 : (first ?? entries + 1)
    entries += typeof value === 'object' && value !== null && 'entry' in value ? 1 : 0
  }
  return null
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function isUsual(line: string, value: unknown, first: number | null): boolean {
  if (JSON.stringify(value) !== line) return false
  // A batch says twice where it begins.
  if (first !== null && (value as { batch: { from: unknown } }).batch.from !== first) return false
  return stringsOf(value).every(
    (text) => !/^[A-Za-z0-9_-]+$/.test(text) || Buffer.from(text, 'base64url').toString('base64url') === text,
  )
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : []
}

/** The sequence of a batch's first event, by its header; null for other lines. */
function firstEntry(value: unknown): number | null {
  const { batch } = (value ?? {}) as { batch?: { headers?: unknown[] } }
  const text = Array.isArray(batch?.headers) ? batch.headers[0] : null
  if (typeof text !== 'string') return null
  const header = parse(Buffer.from(text, 'base64url').toString('utf8'))
  const { seq } = (header ?? {}) as { seq?: unknown }
  return typeof seq === 'number' ? seq : null
}
