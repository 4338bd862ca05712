/** Why a message is kept without being shown, as a sentence for people. */
import type { TFunction } from 'i18next'
import type { IconName } from '../design/icons.tsx'

/** Codes are `reason` or `reason:detail`; both channels have their own words for the same thing. */
const reasons = [
  [/^view[-_]?once/, 'raw.viewOnce', 'eye'],
  [/^(?:undecrypt|no[-_]session|cipher|retry)/, 'raw.undecrypted', 'lock'],
  [/^(?:expired|ttl|destroyed|self[-_]destruct)/, 'raw.expired', 'timer'],
  [/^secret/, 'raw.secretChat', 'lock'],
  [/^(?:edit|delete|revoke|reaction|vote)/, 'raw.change', 'question'],
  [/^(?:channel|broadcast|newsletter|status|community)/, 'raw.channel', 'question'],
  [/^(?:malformed|out_of_bounds|too_|not_recordable|varint|truncated)/, 'raw.malformed', 'warning'],
  [/^(?:empty|no_text)/, 'raw.empty', 'question'],
  [/^(?:call)/, 'raw.call', 'call'],
  [/^(?:payment|invoice|order|product|catalog)/, 'raw.trade', 'file'],
  [/^(?:story)/, 'raw.story', 'picture'],
] as const satisfies readonly (readonly [RegExp, string, IconName])[]

export function rawWords(t: TFunction, code: string): { icon: IconName; text: string } {
  const known = code.slice(0, 256).toLowerCase()
  // A code may name its channel or the general case first: `whatsapp: …`, `unknown:payment`.
  const bare = known.replace(/^(?:whatsapp|telegram|unknown|kind|message)\s*[:_-]\s*/, '')
  for (const [pattern, key, icon] of reasons) {
    if (pattern.test(bare)) return { icon, text: t(key) }
  }
  return { icon: 'question', text: t('conversation.raw') }
}
