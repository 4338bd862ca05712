/** The bars of a voice note: read from what came with it, or made from what was recorded. */

const mostBars = 256

/** One value a bar, 0 to 1, brought to `count` bars; null where there are none. */
export function readWaveform(base64: string | null, count: number): number[] | null {
  if (!base64) return null
  let raw: string
  try {
    raw = atob(base64)
  } catch {
    return null
  }
  const bars = Array.from(raw.slice(0, mostBars), (one) => Math.min(one.charCodeAt(0), 100) / 100)
  return bars.length === 0 ? null : resample(bars, count)
}

/** The loudest of each part. */
function resample(values: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_unused, i) => {
    const from = Math.floor((i * values.length) / count)
    const to = Math.max(from + 1, Math.floor(((i + 1) * values.length) / count))
    return Math.max(...values.slice(from, to))
  })
}

/** Base64 of `count` bytes, 0 to 100, from samples between -1 and 1; the loudest bar reaches 100. */
export function makeWaveform(samples: Float32Array, count = 64): string | null {
  if (samples.length < count) return null
  const step = samples.length / count
  const levels = Array.from({ length: count }, (_unused, i) => {
    let sum = 0
    const [from, to] = [Math.floor(i * step), Math.floor((i + 1) * step)]
    for (let at = from; at < to; at += 1) sum += (samples[at] ?? 0) ** 2
    return Math.sqrt(sum / Math.max(1, to - from))
  })
  const loudest = Math.max(...levels)
  if (loudest === 0) return btoa('\0'.repeat(count))
  return btoa(levels.map((level) => String.fromCharCode(Math.round((level / loudest) * 100))).join(''))
}
