/** What is being written in one conversation: text, answer or edit, files, and the members that it mentions. */
import type { Channel, Entity, FileDetails, MediaKind } from '../../../shared/contracts/neutral-message.ts'
import type { MessageView } from '../../../shared/contracts/window.ts'

export interface DraftFile {
  key: string
  kind: MediaKind
  blob: Blob
  file: FileDetails
  /** JPEG, base64. */
  thumbnail: string | null
  /** For the strip; revoked with the draft. */
  url: string | null
}

export interface Mention {
  ref: string
  /** As it stands in the text behind `@`. */
  name: string
}

export interface Draft {
  text: string
  reply: MessageView | null
  /** An own message that is being changed; the draft waits meanwhile. */
  edit: { message: MessageView; text: string } | null
  files: readonly DraftFile[]
  mentions: readonly Mention[]
}

export const emptyDraft: Draft = { text: '', reply: null, edit: null, files: [], mentions: [] }

export function isEmpty(draft: Draft): boolean {
  return draft.text === '' && !draft.reply && !draft.edit && draft.files.length === 0
}

const editable = new Set<MessageView['state']>(['sent', 'delivered', 'read'])
const withText = new Set<MessageView['kind']>(['text', 'image', 'video', 'document', 'audio'])

/** Whether the provider could take a change; whether it still does, only the provider knows. */
export function canEdit(message: MessageView): boolean {
  return (
    message.direction === 'out' &&
    editable.has(message.state) &&
    message.deleted === null &&
    withText.has(message.kind) &&
    !message.clipped
  )
}

export function canDelete(message: MessageView): boolean {
  return (
    message.direction === 'out' &&
    editable.has(message.state) &&
    message.deleted === null &&
    message.kind !== 'service' &&
    message.kind !== 'call' &&
    message.kind !== 'raw'
  )
}

/** The newest own message that may be edited; none when a newer own one may not. */
export function lastEditable(messages: readonly MessageView[]): MessageView | null {
  const last = messages.findLast((message) => message.direction === 'out' && message.kind !== 'service')
  return last && canEdit(last) ? last : null
}

/** An own text as it is changed: names stand where WhatsApp has digits, and become digits again when it is sent. */
export function editableText({ text, entities, details }: MessageView, channel: Channel | undefined): string {
  if (channel !== 'whatsapp') return text
  let made = ''
  let from = 0
  const places = entities.filter(({ type }) => type === 'mention_name')
  places.forEach(({ offset, length }, i) => {
    made += `${text.slice(from, offset)}@${details?.mentions?.[i] ?? ''}`
    from = offset + length
  })
  return made + text.slice(from)
}

/** Entities and members of the mentions that are still in the text, each in the order of the text. */
export function findMentions(text: string, mentions: readonly Mention[]): { entities: Entity[]; refs: string[] } {
  const found: { at: number; length: number; ref: string }[] = []
  // Longer names first: `@Ana Souza` must not be taken for `@Ana`.
  for (const { name, ref } of [...mentions].sort((a, b) => b.name.length - a.name.length)) {
    const word = `@${name}`
    for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + word.length)) {
      const taken = found.some((one) => at < one.at + one.length && at + word.length > one.at)
      if (!taken) found.push({ at, length: word.length, ref })
    }
  }
  found.sort((a, b) => a.at - b.at)
  return {
    entities: found.map(({ at, length }) => ({ type: 'mention_name', offset: at, length })),
    refs: found.map(({ ref }) => ref),
  }
}

/** What is typed behind `@` at the caret; null: no name is being typed. */
export function mentionQuery(text: string, caret: number): { from: number; query: string } | null {
  const before = text.slice(0, caret)
  const from = before.lastIndexOf('@')
  if (from === -1 || (from > 0 && !/[\s(]/u.test(before[from - 1] ?? ''))) return null
  const query = before.slice(from + 1)
  return query.length <= 30 && !/\n|\s{2}|^\s/u.test(query) ? { from, query } : null
}
