/** Cuts long texts for the screen, so that a message of 10 MB costs no more than a short one. */

interface Clamped {
  shown: string
  /** False: `shown` is the whole text. */
  cut: boolean
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** How much the n-th step (0: first sight) may show; later steps grow by 100,000 characters each. */
export function clampStep(step: number): { characters: number; lines: number } {
  if (step <= 0) return { characters: 2_000, lines: 30 }
  if (step === 1) return { characters: 20_000, lines: 400 }
  return { characters: 100_000 * (step - 1), lines: 4_000 * (step - 1) }
}

/** Pure; reads no further than it shows. Characters are UTF-16 units; no grapheme is cut that began shortly before. */
export function clamp(text: string, limit: { characters: number; lines: number }): Clamped {
  // Searched in a slice: indexOf on the whole would read 10 MB when there is no line break.
  const head = text.slice(0, limit.characters)
  let end = head.length
  let at = -1
  for (let line = 0; line < limit.lines; line++) {
    at = head.indexOf('\n', at + 1)
    if (at === -1) break
  }
  if (at !== -1) end = at
  if (end >= text.length) return { shown: text, cut: false }
  return { shown: text.slice(0, graphemeStart(text, end)), cut: true }
}

/** The start of the grapheme that covers `end`, looking at most 64 units back: longer ones are an attack, not writing. */
function graphemeStart(text: string, end: number): number {
  const from = Math.max(0, end - 64)
  const safeFrom = isLowSurrogate(text, from) ? from + 1 : from
  const around = text.slice(safeFrom, end + 1)
  const covering = segmenter.segment(around).containing(end - safeFrom)
  const start = covering ? safeFrom + covering.index : end
  if (start > safeFrom) return start
  return isLowSurrogate(text, end) ? end - 1 : end
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index)
  return unit >= 0xdc00 && unit <= 0xdfff
}

// Controls other than tab, line feed and carriage return; zero-width space, word joiner and byte order mark; bidi
// embeddings, overrides and isolates; tags. Joiners and direction marks stay out: emoji, Persian and Hebrew need them.
const invisible =
  // oxlint-disable-next-line no-control-regex -- finding control characters is the purpose
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u2060-\u2064\u202a-\u202e\u2066-\u2069\ufeff]/

/** Whether a text holds characters that people cannot see but that can mislead them. */
export function hasInvisible(text: string): boolean {
  return invisible.test(text)
}
