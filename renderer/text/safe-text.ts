/** How much of a stranger's text is shown, and as what; that it acts on nothing around it comes with it from the shared rule. */
import { cutAt, safeLine } from '../../shared/domain/safe-text.ts'

export { cutAt, safeLine, safeText } from '../../shared/domain/safe-text.ts'

export const previewLength = 1_500
export const previewLines = 24

/** The beginning of a long text, cut between characters; `cut` tells that there is more. */
export function preview(text: string): { text: string; cut: boolean } {
  let end = Math.min(text.length, previewLength)
  let lines = 0
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) {
    lines += 1
    if (lines >= previewLines) end = at
  }
  if (end === text.length) return { text, cut: false }
  return { text: cutAt(text, end), cut: true }
}

/** Up to two letters for an avatar. */
export function initials(title: string): string {
  const words = safeLine(title).match(/[\p{L}\p{N}]+/gu) ?? []
  const [first, second] = words
  if (!first) return '#'
  const letters = [...first]
  // A Chinese name is known by its last characters, not by two initials.
  if (/^\p{Script=Han}/u.test(first)) return letters.slice(-2).join('')
  return ((letters[0] ?? '') + ([...(second ?? '')][0] ?? '')).toLocaleUpperCase()
}
