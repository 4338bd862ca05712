/** What a message is called where there is no room for it: list rows, quotes, announcements. */
import type { TFunction } from 'i18next'
import type { ConversationView } from '../../shared/contracts/window.ts'
import type { IconName } from '../design/icons.tsx'
import { safeLine } from '../text/safe-text.ts'
import { rawWords } from './raw-words.ts'

type Kind = ConversationView['lastKind']

export function kindWord(t: TFunction, kind: Exclude<Kind, 'raw'>): string {
  return t(`kind.${kind}`)
}

/** The text where there is one, else what it is. */
export function summary(t: TFunction, kind: Kind, text: string): string {
  if (kind === 'raw') return rawWords(t, text).text
  const line = safeLine(text, 200)
  // A sticker's text is only the emoji that it stands for; a reaction's is the emoji given.
  if (line && kind === 'sticker') return `${line} ${kindWord(t, kind)}`
  return line || kindWord(t, kind)
}

/** Before a row's text; text and notices have none. */
export const kindIcons: Partial<Record<Kind, IconName>> = {
  image: 'picture',
  video: 'video',
  voice: 'microphone',
  audio: 'play',
  document: 'file',
  location: 'place',
  contact: 'person',
  poll: 'poll',
  call: 'call',
}
