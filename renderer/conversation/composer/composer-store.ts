/** Drafts of all conversations and the way out: texts, edits, files piece by piece, places, cards and polls. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Client, Input } from '../../../shared/contracts/contract.ts'
import type { Channel } from '../../../shared/contracts/neutral-message.ts'
import type { MessageView, windowContract } from '../../../shared/contracts/window.ts'
import { codeOf } from '../../strings/errors.ts'
import type { OpenConversation } from '../conversation-store.ts'
import { readMarkup } from './markup.ts'
import { editableText, emptyDraft, findMentions, isEmpty, type Draft, type DraftFile, type Mention } from './draft.ts'

/** Small enough that typing and receiving share the line with an upload. */
const pieceBytes = 512 * 1024
export const mostFiles = 30
/** As many as the contract takes. */
const mostEntities = 200

type Saying = Pick<Input<typeof windowContract, 'send'>, 'location' | 'contacts' | 'poll'>

export interface Composer {
  drafts: ReadonlyMap<string, Draft>
  /** Files that are leaving, per conversation. */
  uploads: ReadonlyMap<string, { done: number; total: number }>
  /** The open conversation's. */
  draft(): Draft
  setText(text: string): void
  reply(message: MessageView | null): void
  edit(message: MessageView | null): void
  addMention(mention: Mention): void
  /** To the conversation for which they were chosen: reading them takes a moment. */
  addFiles(files: readonly DraftFile[], conversation: string): void
  changeFile(key: string, file: DraftFile | null): void
  /** `anyway`: although a colleague is at this customer. */
  send(anyway?: boolean): Promise<void>
  sendSaying(saying: Saying, anyway?: boolean): Promise<void>
  /** A recorded voice note, at once. */
  sendVoice(voice: DraftFile): Promise<void>
  clear(): void
}

/** After these nobody knows whether the engine has done it. */
const outcomeUnknown = new Set(['engine_away', 'deadline'])

function isOwn(message: MessageView): boolean {
  return message.direction === 'out' && message.path === 'workstation'
}

/** The same words and, where there is one, a file of the same kind and size. */
function says(message: MessageView, draft: Draft): boolean {
  const [file] = draft.files
  if (message.text !== draft.text && message.text !== readMarkup(draft.text).text) return false
  return file ? message.kind === file.kind && message.details?.file?.bytes === file.file.bytes : message.kind === 'text'
}

function release(file: DraftFile): void {
  if (file.url) URL.revokeObjectURL(file.url)
}

export function createComposer(call: Client<typeof windowContract>, conversation: StoreApi<OpenConversation>) {
  const store = createStore<Composer>()((set, get) => {
    const draftOf = (id: string | null): Draft => (id === null ? undefined : get().drafts.get(id)) ?? emptyDraft
    const change = (id: string | null, part: Partial<Draft>): void => {
      if (id === null) return
      const drafts = new Map(get().drafts)
      const draft = { ...draftOf(id), ...part }
      if (isEmpty(draft)) drafts.delete(id)
      else drafts.set(id, draft)
      set({ drafts })
    }
    const openId = (): string | null => conversation.getState().id
    const fail = (id: string, code: string): void => {
      if (openId() === id) conversation.getState().fail({ at: 'send', code })
    }
    /** A place, card or poll that was refused: it stands in no draft. */
    let held: { id: string; saying: Saying } | null = null
    /** Counts locks: what was under way then gives nothing back. */
    let era = 0

    /**
     * Sent, but without an answer: it may be in the ledger or not. The reloaded conversation tells; only a text that is not in it
     * goes back into the composer, so that nobody sends twice what was taken.
     */
    let unsettled: { conversation: string; draft: Draft; known: ReadonlySet<string> } | null = null
    const knownIds = (): ReadonlySet<string> =>
      new Set(conversation.getState().loaded.messages.map((message) => message.id))
    const settle = (): void => {
      const { id, loaded, fail: tell } = conversation.getState()
      if (!unsettled || unsettled.conversation !== id) return
      const { draft, known } = unsettled
      unsettled = null
      const taken = loaded.messages.some((message) => !known.has(message.id) && isOwn(message) && says(message, draft))
      if (taken) tell(null)
      else giveBack(id, draft)
    }
    conversation.subscribe((now, before) => {
      if (now.opening !== before.opening) settle()
    })

    const shownText = (message: MessageView): string => editableText(message, conversation.getState().view?.channel)

    /** What was typed meanwhile stands behind what comes back. */
    const giveBack = (id: string, back: Draft): void => {
      const typed = draftOf(id)
      change(id, {
        text: typed.text ? `${back.text}\n${typed.text}` : back.text,
        reply: typed.reply ?? back.reply,
        files: [...back.files, ...typed.files],
        mentions: [...back.mentions, ...typed.mentions],
      })
    }

    /** Refused: back into the composer. Unanswered: the reloaded conversation decides. */
    const takeBack = async (id: string, draft: Draft, known: ReadonlySet<string>, error: unknown): Promise<void> => {
      const code = codeOf(error)
      fail(id, code)
      if (!outcomeUnknown.has(code)) return giveBack(id, draft)
      unsettled = { conversation: id, draft, known }
      // An engine that is only slow is asked at once; after a restart the new port reopens the conversation.
      if (code === 'deadline' && openId() === id) await conversation.getState().reopen()
    }

    const say = async (id: string, said: Omit<Input<typeof windowContract, 'send'>, 'conversation'>): Promise<void> => {
      await call('send', { conversation: id, ...said })
      void conversation.getState().said(id)
    }

    const sendText = async (id: string, draft: Draft, anyway: boolean): Promise<void> => {
      const mine = era
      const channel = conversation.getState().view?.channel
      change(id, { text: '', reply: null, mentions: [] })
      const known = knownIds()
      try {
        await say(id, { ...words(draft, channel), ...asked(anyway) })
      } catch (error) {
        if (mine === era) await takeBack(id, draft, known, error)
      }
    }

    /** Brings one file over, whole. */
    const upload = async (file: DraftFile, mine: number): Promise<string> => {
      const { attachment } = await call('attachment.begin', {
        kind: file.kind,
        file: file.file,
        thumbnail: file.thumbnail,
      })
      for (let offset = 0; offset < file.blob.size; offset += pieceBytes) {
        const data = new Uint8Array(await file.blob.slice(offset, offset + pieceBytes).arrayBuffer())
        if (mine !== era) throw Object.assign(new Error('locked'), { code: 'locked' })
        await call('attachment.put', { attachment, offset, data })
      }
      return attachment
    }

    const setUpload = (id: string, upload: { done: number; total: number } | null): void => {
      const uploads = new Map(get().uploads)
      if (upload) uploads.set(id, upload)
      else uploads.delete(id)
      set({ uploads })
    }

    /** One after the other; the caption and the answer go with the first. What did not leave comes back. */
    const sendFiles = async (id: string, draft: Draft, anyway = false): Promise<void> => {
      const mine = era
      const channel = conversation.getState().view?.channel
      const { files } = draft
      for (const [i, file] of files.entries()) {
        setUpload(id, { done: i + 1, total: files.length })
        const said = i === 0 ? draft : emptyDraft
        const known = knownIds()
        let attachment: string
        try {
          attachment = await upload(file, mine)
        } catch (error) {
          if (mine !== era) return
          setUpload(id, null)
          fail(id, codeOf(error))
          return giveBack(id, { ...said, files: files.slice(i) })
        }
        try {
          // The first one has asked; the others belong to it.
          await say(id, { ...words(said, channel), attachment, ...asked(anyway || i > 0) })
        } catch (error) {
          if (mine !== era) return
          setUpload(id, null)
          // Those behind it have certainly not left.
          giveBack(id, { ...emptyDraft, files: files.slice(i + 1) })
          return takeBack(id, { ...said, files: [file] }, known, error)
        }
        if (mine !== era) return
        release(file)
      }
      setUpload(id, null)
    }

    const sendEdit = async (id: string, draft: Draft, edit: NonNullable<Draft['edit']>): Promise<void> => {
      change(id, { edit: null })
      if (edit.text === shownText(edit.message)) return
      try {
        await call('message.edit', { message: edit.message.id, text: edit.text })
      } catch (error) {
        fail(id, codeOf(error))
        // Nobody has to type it again; an edit may safely be sent twice.
        if (!draftOf(id).edit) change(id, { edit })
      }
    }

    return {
      drafts: new Map(),
      uploads: new Map(),
      draft: () => draftOf(openId()),
      setText(text) {
        const { edit } = draftOf(openId())
        change(openId(), edit ? { edit: { ...edit, text } } : { text })
      },
      reply: (reply) => change(openId(), { reply, edit: null }),
      edit: (message) => change(openId(), { edit: message && { message, text: shownText(message) } }),
      addMention(mention) {
        const { mentions } = draftOf(openId())
        change(openId(), { mentions: [...mentions.filter((one) => one.ref !== mention.ref), mention] })
      },
      addFiles(added, id) {
        const files = [...draftOf(id).files, ...added]
        for (const file of files.slice(mostFiles)) release(file)
        change(id, { files: files.slice(0, mostFiles) })
      },
      changeFile(key, file) {
        const { files } = draftOf(openId())
        if (!file) files.filter((one) => one.key === key).forEach(release)
        change(openId(), { files: files.flatMap((one) => (one.key === key ? (file ?? []) : one)) })
      },
      async send(anyway = false) {
        const id = openId()
        const draft = draftOf(id)
        if (id === null || get().uploads.has(id)) return
        conversation.getState().fail(null)
        if (draft.edit) {
          if (draft.edit.text.trim()) await sendEdit(id, draft, draft.edit)
        } else if (draft.files.length > 0) {
          change(id, { text: '', reply: null, files: [], mentions: [] })
          await sendFiles(id, draft, anyway)
        } else if (draft.text.trim()) await sendText(id, draft, anyway)
        else if (anyway && held?.id === id) await get().sendSaying(held.saying, true)
      },
      async sendSaying(saying, anyway = false) {
        const id = openId()
        if (id === null) return
        conversation.getState().fail(null)
        const { reply } = draftOf(id)
        change(id, { reply: null })
        held = { id, saying }
        await say(id, { text: '', reply: reply?.id ?? null, ...saying, ...asked(anyway) }).then(
          () => (held = null),
          (error: unknown) => fail(id, codeOf(error)),
        )
      },
      async sendVoice(voice) {
        const id = openId()
        if (id === null) return
        conversation.getState().fail(null)
        const { reply } = draftOf(id)
        change(id, { reply: null })
        await sendFiles(id, { ...emptyDraft, reply, files: [voice] })
      },
      clear() {
        era += 1
        unsettled = null
        held = null
        for (const draft of get().drafts.values()) draft.files.forEach(release)
        set({ drafts: new Map(), uploads: new Map() })
      },
    }
  })
  return store
}

/** Said only where the person wants it although a colleague is at this customer. */
function asked(anyway: boolean): { anyway?: true } {
  return anyway ? { anyway } : {}
}

function words(
  draft: Draft,
  channel: Channel | undefined,
): Pick<Input<typeof windowContract, 'send'>, 'text' | 'reply' | 'entities' | 'mentions'> {
  const { text, entities } = channel === 'telegram' ? readMarkup(draft.text) : { text: draft.text, entities: [] }
  const mentions = findMentions(text, draft.mentions)
  const all = [...entities, ...mentions.entities].sort((a, b) => a.offset - b.offset)
  return {
    text,
    reply: draft.reply?.id ?? null,
    ...(all.length > 0 ? { entities: all.slice(0, mostEntities) } : {}),
    ...(mentions.refs.length > 0 ? { mentions: mentions.refs } : {}),
  }
}
