/** The open conversation: its messages, the way to earlier ones, and what is done to a single message. */
import { createStore } from 'zustand/vanilla'
import type { Client } from '../../shared/contracts/contract.ts'
import type { ConversationView, MessageView, windowContract } from '../../shared/contracts/window.ts'
import { codeOf } from '../strings/errors.ts'
import { firstUnread, maxRows, mergeMessages, prependPage, type Loaded } from './message-list.ts'

const firstPage = 50
const nextPage = 100
/** A message that a search found is looked for in this many pages of 200. */
const seekPages = 10
const mostFound = 200

export interface OpenConversation {
  id: string | null
  view: ConversationView | null
  loaded: Loaded
  unreadMark: { message: string; count: number } | null
  loadingEarlier: boolean
  /** Code of what went wrong with opening or sending; null after the next try. */
  failure: { at: 'open' | 'send' | 'act'; code: string } | null
  /** A message to be scrolled to and marked; each call for it is another turn. */
  target: { message: string; turn: number } | null
  /** Counts the answers that brought the conversation anew, with its newest messages. */
  opening: number
  /** Incoming messages that came while the newest ones were out of sight. */
  unseen: number
  /** The search in this conversation is open. */
  finding: boolean
  setFinding(finding: boolean): void
  /** Ids of the messages that contain the words, newest first. */
  find(text: string): Promise<string[]>
  open(conversation: string, target?: string): Promise<void>
  /** The same conversation again, from its newest message. */
  reopen(): Promise<void>
  loadEarlier(): Promise<void>
  apply(changed: readonly MessageView[], seen: boolean): void
  applyView(changed: readonly ConversationView[]): void
  markRead(): void
  /** Scrolls to a message of this conversation, paging back for it. */
  jump(message: string): Promise<void>
  fail(failure: OpenConversation['failure']): void
  resend(message: string): Promise<void>
  remove(message: string): Promise<void>
  /** The newest own reaction counts; null takes it back. */
  react(message: string, emoji: string | null): Promise<void>
  vote(message: string, options: string[]): Promise<void>
  fetchMedia(message: string): Promise<void>
  fullText(message: string): Promise<string>
  clear(): void
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
  finding: false,
}

export function createConversation(call: Client<typeof windowContract>) {
  return createStore<OpenConversation>()((set, get) => {
    /** True as long as nothing else has been opened since. */
    let openings = 0
    let turns = 0

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
          opening: get().opening + 1,
        })
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
      turns += 1
      set({ target: { message: target, turn: turns } })
    }

    /** What a person asked for and the engine refused is told above the composer. */
    const attempt = async (work: () => Promise<unknown>): Promise<void> => {
      const { id } = get()
      set({ failure: null })
      try {
        await work()
      } catch (error) {
        if (get().id === id) set({ failure: { at: 'act', code: codeOf(error) } })
      }
    }

    return {
      ...closed,
      opening: 0,
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
      setFinding: (finding) => set({ finding }),
      async find(text) {
        const { id } = get()
        if (id === null || text.trim() === '') return []
        const { hits } = await call('search', { text: text.trim(), limit: mostFound, conversation: id })
        return hits.map(({ message }) => message.id)
      },
      async jump(message) {
        const { id } = get()
        if (id === null) return
        await seek(id, message, openings).catch(() => undefined)
      },
      fail: (failure) => set({ failure }),
      resend: (message) => attempt(() => call('resend', { message })),
      remove: (message) => attempt(() => call('message.delete', { message })),
      react: (message, emoji) => attempt(() => call('message.react', { message, emoji })),
      vote: (message, options) => attempt(() => call('message.vote', { message, options })),
      fetchMedia: (message) => attempt(() => call('media.fetch', { message })),
      fullText: async (message) => (await call('message.text', { message })).text,
      clear() {
        openings += 1
        set({ ...closed })
      },
    }
  })
}
