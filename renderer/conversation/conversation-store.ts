/** The open conversation: its messages, the way to earlier ones, drafts and sending. */
import { createStore } from 'zustand/vanilla'
import type { Client } from '../../shared/contracts/contract.ts'
import type { ConversationView, MessageView, windowContract } from '../../shared/contracts/window.ts'
import { codeOf } from '../strings/errors.ts'
import { firstUnread, maxRows, mergeMessages, prependPage, type Loaded } from './message-list.ts'

const firstPage = 50
const nextPage = 100
/** A message that a search found is looked for in this many pages of 200. */
const seekPages = 10

export interface OpenConversation {
  id: string | null
  view: ConversationView | null
  loaded: Loaded
  unreadMark: { message: string; count: number } | null
  loadingEarlier: boolean
  /** Code of what went wrong with opening or sending; null after the next try. */
  failure: { at: 'open' | 'send'; code: string } | null
  /** A found message to be scrolled to and marked. */
  target: string | null
  /** Incoming messages that came while the newest ones were out of sight. */
  unseen: number
  drafts: ReadonlyMap<string, string>
  open(conversation: string, target?: string): Promise<void>
  /** The same conversation again, from its newest message. */
  reopen(): Promise<void>
  loadEarlier(): Promise<void>
  apply(changed: readonly MessageView[], seen: boolean): void
  applyView(changed: readonly ConversationView[]): void
  markRead(): void
  setDraft(text: string): void
  send(): Promise<void>
  resend(message: string): Promise<void>
  fullText(message: string): Promise<string>
  clear(): void
}

/** After these nobody knows whether the engine has done it. */
const outcomeUnknown = new Set(['engine_away', 'deadline'])

function isOwn(message: MessageView): boolean {
  return message.direction === 'out' && message.path === 'workstation'
}

const nothing: Loaded = { messages: [], before: null, atNewest: true }
const closed = {
  id: null,
  view: null,
  loaded: nothing,
  unreadMark: null,
  loadingEarlier: false,
  failure: null,
  target: null,
  unseen: 0,
}

export function createConversation(call: Client<typeof windowContract>) {
  return createStore<OpenConversation>()((set, get) => {
    /** True as long as nothing else has been opened since. */
    let openings = 0

    const open = async (conversation: string, target: string | null): Promise<void> => {
      const mine = ++openings
      const same = get().id === conversation
      set(same ? { target: null } : { ...closed, id: conversation })
      try {
        const reply = await call('conversation.open', { conversation, limit: firstPage })
        if (mine !== openings) return
        set({
          view: reply.conversation,
          loaded: { messages: reply.messages, before: reply.before, atNewest: true },
          unreadMark: firstUnread(reply.messages, reply.conversation.unread),
          unseen: 0,
        })
        settle()
        if (target) await seek(conversation, target, mine)
      } catch (error) {
        if (mine === openings) set({ failure: { at: 'open', code: codeOf(error) } })
      }
    }

    /** Pages back until the target is loaded. */
    const seek = async (conversation: string, target: string, mine: number): Promise<void> => {
      for (let page = 0; page < seekPages; page += 1) {
        const { loaded } = get()
        if (loaded.messages.some((message) => message.id === target) || loaded.before === null) break
        const reply = await call('conversation.page', { conversation, before: loaded.before, limit: 200 })
        if (mine !== openings) return
        set({ loaded: prependPage(loaded, reply.messages, reply.before) })
      }
      set({ target })
    }

    /**
     * Sent, but without an answer: it may be in the ledger or not. The reloaded conversation tells; only a text that is not in it
     * goes back into the composer, so that nobody sends twice what was taken.
     */
    let unsettled: { conversation: string; text: string; known: ReadonlySet<string> } | null = null
    const settle = (): void => {
      const { id, loaded } = get()
      if (!unsettled || unsettled.conversation !== id) return
      const { text, known } = unsettled
      unsettled = null
      const taken = loaded.messages.some((message) => isOwn(message) && message.text === text && !known.has(message.id))
      if (taken) set({ failure: null })
      else giveBack(id, text)
    }

    /** What was typed meanwhile stands behind what comes back. */
    const giveBack = (conversation: string, text: string): void => {
      const typed = get().drafts.get(conversation)
      setDraft(conversation, typed ? `${text}\n${typed}` : text)
    }

    const setDraft = (conversation: string, text: string): void => {
      const drafts = new Map(get().drafts)
      if (text) drafts.set(conversation, text)
      else drafts.delete(conversation)
      set({ drafts })
    }

    return {
      ...closed,
      drafts: new Map(),
      open: (conversation, target) => open(conversation, target ?? null),
      async reopen() {
        const { id } = get()
        if (id !== null) await open(id, null)
      },
      async loadEarlier() {
        const { id, loaded, loadingEarlier } = get()
        if (id === null || loadingEarlier || loaded.before === null) return
        const mine = openings
        set({ loadingEarlier: true })
        try {
          const reply = await call('conversation.page', { conversation: id, before: loaded.before, limit: nextPage })
          if (mine === openings) set({ loaded: prependPage(get().loaded, reply.messages, reply.before) })
        } catch {
          // Scrolling on tries again.
        } finally {
          if (mine === openings) set({ loadingEarlier: false })
        }
      },
      apply(changed, seen) {
        const { id, loaded, unseen } = get()
        const mine = changed.filter((message) => message.conversation === id)
        if (mine.length === 0) return
        const known = new Set(loaded.messages.map((message) => message.id))
        const arrived = mine.filter((message) => message.direction === 'in' && !known.has(message.id)).length
        const merged = mergeMessages(loaded, mine)
        set({ loaded: merged, unseen: seen ? 0 : unseen + arrived })
        if (merged.messages.length > maxRows) void get().reopen()
      },
      applyView(changed) {
        const view = changed.find((conversation) => conversation.id === get().id)
        if (view) set({ view })
      },
      markRead() {
        const { id, view } = get()
        set({ unseen: 0 })
        if (id === null || !view || view.unread === 0) return
        set({ view: { ...view, unread: 0 } })
        void call('conversation.read', { conversation: id }).catch(() => undefined)
      },
      setDraft(text) {
        const { id } = get()
        if (id !== null) setDraft(id, text)
      },
      async send() {
        const { id, drafts } = get()
        const text = id === null ? undefined : drafts.get(id)
        if (id === null || !text?.trim()) return
        set({ failure: null })
        setDraft(id, '')
        const known = new Set(get().loaded.messages.map((message) => message.id))
        try {
          await call('send', { conversation: id, text })
        } catch (error) {
          const code = codeOf(error)
          if (get().id === id) set({ failure: { at: 'send', code } })
          if (!outcomeUnknown.has(code)) return giveBack(id, text)
          unsettled = { conversation: id, text, known }
          // An engine that is only slow is asked at once; after a restart the new port reopens the conversation.
          if (code === 'deadline' && get().id === id) await get().reopen()
        }
      },
      async resend(message) {
        set({ failure: null })
        try {
          await call('resend', { message })
        } catch (error) {
          set({ failure: { at: 'send', code: codeOf(error) } })
        }
      },
      fullText: async (message) => (await call('message.text', { message })).text,
      clear() {
        openings += 1
        unsettled = null
        set({ ...closed, drafts: new Map() })
      },
    }
  })
}
