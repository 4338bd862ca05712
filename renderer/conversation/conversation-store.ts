/** The open conversation: its messages, the way to earlier ones, and what is done to a single message. */
import { createStore } from 'zustand/vanilla'
import type { Client, Input } from '../../shared/contracts/contract.ts'
import type { ConversationView, MessageView, windowContract } from '../../shared/contracts/window.ts'
import { codeOf } from '../strings/errors.ts'
import { appendPage, findFrom, firstUnread, maxRows, mergeMessages, prependPage, type Loaded } from './message-list.ts'

const firstPage = 50
const nextPage = 100
/** So many messages on either side of a place that is far from what is loaded. */
const aroundPage = 60
const mostFound = 200

export interface OpenConversation {
  id: string | null
  view: ConversationView | null
  loaded: Loaded
  unreadMark: { message: string; count: number } | null
  loadingEarlier: boolean
  loadingLater: boolean
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
  /** The choice of a date is open: the moment at which it begins, and when the first message was written; null: it is closed. */
  dating: { at: number; first: number | null } | null
  setFinding(finding: boolean): void
  /** Opens the choice of a date; without a moment, at the newest message that is loaded. */
  startDating(at?: number): Promise<void>
  stopDating(): void
  /** Scrolls to the first message at or after a moment, else to the last one. */
  jumpToDate(at: number): Promise<void>
  /** Ids of the messages that contain the words, newest first. */
  find(text: string): Promise<string[]>
  open(conversation: string, target?: string): Promise<void>
  /** The same conversation again, from its newest message. */
  reopen(): Promise<void>
  /** Something was said in this conversation: whoever was reading far back wants to see it. */
  said(conversation: string): Promise<void>
  loadEarlier(): Promise<void>
  /** Of a window that is detached from the newest messages. */
  loadLater(): Promise<void>
  apply(changed: readonly MessageView[], seen: boolean): void
  applyView(changed: readonly ConversationView[]): void
  markRead(): void
  /** Scrolls to a message of this conversation; where it is not loaded, what stands around it is. */
  jump(message: string): Promise<void>
  fail(failure: OpenConversation['failure']): void
  resend(message: string): Promise<void>
  withdraw(message: string): Promise<void>
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
  loadingLater: false,
  failure: null,
  target: null,
  unseen: 0,
  finding: false,
  dating: null,
}
/** What is under way for another window must not be waited for. */
const settled = { loadingEarlier: false, loadingLater: false }

type Place = Input<typeof windowContract, 'conversation.around'>['place']

export function createConversation(call: Client<typeof windowContract>) {
  return createStore<OpenConversation>()((set, get) => {
    /** Grows with each window of messages: what was asked for an earlier one is dropped. */
    let windows = 0
    let turns = 0

    const open = async (conversation: string, target: string | null): Promise<void> => {
      const mine = ++windows
      const same = get().id === conversation
      set(same ? { target: null, ...settled } : { ...closed, id: conversation })
      try {
        const reply = await call('conversation.open', { conversation, limit: firstPage })
        if (mine !== windows) return
        set({
          view: reply.conversation,
          loaded: { messages: reply.messages, before: reply.before, atNewest: true },
          unreadMark: firstUnread(reply.messages, reply.conversation.unread),
          unseen: 0,
          opening: get().opening + 1,
        })
        if (target) await seek(target)
      } catch (error) {
        if (mine === windows) set({ failure: { at: 'open', code: codeOf(error) } })
      }
    }

    const aim = (message: string): void => {
      turns += 1
      set({ target: { message, turn: turns } })
    }

    const seek = async (message: string): Promise<void> => {
      if (get().loaded.messages.some((one) => one.id === message)) aim(message)
      else await showAround({ message })
    }

    /** Another window of messages, detached from the newest ones where they are far. */
    const showAround = async (place: Place): Promise<void> => {
      const { id } = get()
      if (id === null) return
      const mine = ++windows
      set(settled)
      const reply = await call('conversation.around', { conversation: id, place, limit: aroundPage })
      if (mine !== windows) return
      set({ loaded: { messages: reply.messages, before: reply.before, atNewest: reply.atNewest } })
      if (reply.target !== null) aim(reply.target)
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
      async said(conversation) {
        const { id, loaded } = get()
        if (id === conversation && !loaded.atNewest) await open(id, null)
      },
      async loadEarlier() {
        const { id, loaded, loadingEarlier } = get()
        if (id === null || loadingEarlier || loaded.before === null) return
        const mine = windows
        set({ loadingEarlier: true })
        try {
          const reply = await call('conversation.page', { conversation: id, before: loaded.before, limit: nextPage })
          if (mine === windows) set({ loaded: prependPage(get().loaded, reply.messages, reply.before) })
        } catch {
          // Scrolling on tries again.
        } finally {
          if (mine === windows) set({ loadingEarlier: false })
        }
      },
      async loadLater() {
        const { id, loaded, loadingLater } = get()
        const last = loaded.messages.at(-1)
        if (id === null || loadingLater || loaded.atNewest || !last) return
        const mine = windows
        set({ loadingLater: true })
        try {
          const reply = await call('conversation.later', { conversation: id, after: last.id, limit: nextPage })
          if (mine === windows) set({ loaded: appendPage(get().loaded, reply.messages, reply.atNewest) })
        } catch {
          // Scrolling on tries again.
        } finally {
          if (mine === windows) set({ loadingLater: false })
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
        if (id !== null) await seek(message).catch(() => undefined)
      },
      async startDating(at) {
        const { id, view, loaded } = get()
        if (id === null || !view) return
        const { at: first } = await call('conversation.first', { conversation: id }).catch(() => ({ at: null }))
        if (get().id === id) set({ dating: { at: at ?? loaded.messages.at(-1)?.at ?? view.lastAt, first } })
      },
      stopDating: () => set({ dating: null }),
      async jumpToDate(at) {
        set({ dating: null })
        const here = findFrom(get().loaded, at)
        if (here !== null) aim(here)
        else await attempt(() => showAround({ at }))
      },
      fail: (failure) => set({ failure }),
      resend: (message) => attempt(() => call('resend', { message })),
      withdraw: (message) => attempt(() => call('message.withdraw', { message })),
      remove: (message) => attempt(() => call('message.delete', { message })),
      react: (message, emoji) => attempt(() => call('message.react', { message, emoji })),
      vote: (message, options) => attempt(() => call('message.vote', { message, options })),
      fetchMedia: (message) => attempt(() => call('media.fetch', { message })),
      fullText: async (message) => (await call('message.text', { message })).text,
      clear() {
        windows += 1
        set({ ...closed })
      },
    }
  })
}
