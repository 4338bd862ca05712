/** Turns text into what a unicode61 full-text index can find in any script: runs of CJK become overlapping bigrams. */

const cjk = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+/gu

/** The words of a text for the index, separated by spaces. A lone CJK character and the last one of a run stand singly as well. */
export function indexText(text: string): string {
  return text.replace(cjk, (run) => {
    const signs = [...run]
    const pairs = signs.map((sign, i) => (i + 1 < signs.length ? sign + signs[i + 1]! : sign))
    return ` ${pairs.join(' ')} `
  })
}

/**
 * An FTS5 query that finds every text containing all words of the search text; null when nothing can be searched.
 * Words of letters match as prefixes, CJK runs as consecutive bigrams, a single CJK character as the start of any bigram.
 */
export function indexQuery(search: string): string | null {
  const terms: string[] = []
  const rest = search.slice(0, 200).replace(cjk, (run) => {
    const signs = [...run]
    if (signs.length === 1) terms.push(`"${signs[0]!}"*`)
    else
      terms.push(
        `"${signs
          .slice(0, -1)
          .map((sign, i) => sign + signs[i + 1]!)
          .join(' ')}"`,
      )
    return ' '
  })
  for (const word of rest.match(/[\p{L}\p{N}]+/gu) ?? []) terms.push(`"${word}"*`)
  return terms.length > 0 ? terms.join(' AND ') : null
}
