/** The conversation list: everything known of it, and what of it is shown under the present filter. */
import { createStore } from 'zustand/vanilla'
import type { Client, Input } from '../../shared/contracts/contract.ts'
import type { ConversationView, windowContract } from '../../shared/contracts/window.ts'

export const listLimit = 2_000

export interface InboxFilter {
  /** Null: all accounts. */
  account: string | null
  show: InboxShow
}

/**
 * mine: whose customer the person here has taken. waiting: a customer wrote last and nobody has answered. What is archived stands in
 * `archived` only.
 */
export const inboxShows = ['all', 'unread', 'mine', 'waiting', 'groups', 'archived'] as const
export type InboxShow = (typeof inboxShows)[number]
export type OwnMarks = Omit<Input<typeof windowContract, 'conversation.mark'>, 'conversation'>

export interface Inbox {
  conversations: ReadonlyMap<string, ConversationView>
  filter: InboxFilter
  selected: string | null
  /** Under the filter: what is pinned in the order of pinning, then newest first. */
  shown: readonly ConversationView[]
  loaded: boolean
  load(): Promise<void>
  setFilter(change: Partial<InboxFilter>): void
  /** The end of the list is in sight: what stands behind it. */
  loadMore(): void
  select(conversation: string | null): void
  apply(changed: readonly ConversationView[]): void
  /** Pins, mutes, archives; what is not given stays. */
  mark(conversation: string, marks: OwnMarks): void
  clear(): void
}

export function isUnread(conversation: ConversationView): boolean {
  return conversation.unread > 0 || conversation.markedUnread
}

export function isWaiting({ lastDirection, lastKind, group }: ConversationView): boolean {
  return lastDirection === 'in' && lastKind !== 'service' && !group
}

function fits(conversation: ConversationView, show: InboxShow): boolean {
  if (conversation.archived !== (show === 'archived')) return false
  switch (show) {
    case 'unread':
      return isUnread(conversation)
    case 'mine':
      return conversation.claim?.self === true
    case 'waiting':
      return isWaiting(conversation)
    case 'groups':
      return conversation.group
    case 'all':
    case 'archived':
      return true
  }
}

/** What a person does on purpose, archiving or letting go of a customer, takes the row away; reading does not. */
const taking: readonly InboxShow[] = ['archived', 'mine']

/** The selected conversation stays in place although it has just been read: a row must not vanish under the pointer. */
export function arrange(
  conversations: Iterable<ConversationView>,
  filter: InboxFilter,
  selected: string | null,
): ConversationView[] {
  const shown: ConversationView[] = []
  for (const conversation of conversations) {
    if (filter.account !== null && conversation.account !== filter.account) continue
    const stays = conversation.id === selected && !taking.includes(filter.show) && !conversation.archived
    if (fits(conversation, filter.show) || stays) shown.push(conversation)
  }
  return shown.sort(byPlace)
}

function byPlace(a: ConversationView, b: ConversationView): number {
  const pinned = (a.pinnedAt ?? Number.POSITIVE_INFINITY) - (b.pinnedAt ?? Number.POSITIVE_INFINITY)
  // Neither pinned: the difference of two infinities.
  return (Number.isNaN(pinned) ? 0 : pinned) || b.lastAt - a.lastAt || (a.id < b.id ? -1 : 1)
}

const empty: Pick<Inbox, 'conversations' | 'filter' | 'selected' | 'shown' | 'loaded'> = {
  conversations: new Map<string, ConversationView>(),
  filter: { account: null, show: 'all' },
  selected: null,
  shown: [],
  loaded: false,
}

export function createInbox(call: Client<typeof windowContract>) {
  return createStore<Inbox>()((set, get) => {
    const put = (changed: readonly ConversationView[], known: ReadonlyMap<string, ConversationView>): void => {
      const conversations = new Map(known)
      for (const conversation of changed) conversations.set(conversation.id, conversation)
      set({ conversations, shown: arrange(conversations.values(), get().filter, get().selected) })
    }
    const rearrange = (): void => {
      const { conversations, filter, selected } = get()
      set({ shown: arrange(conversations.values(), filter, selected) })
    }
    // Each load answers for its own moment only: an older answer must not overwrite a newer one.
    let loads = 0
    /** Where the list under the present filter goes on; null: all of it is here. */
    let behind: string | null = null
    const ask = (filter: InboxFilter, before: string | null) =>
      call('conversations.list', {
        account: filter.account,
        unread: filter.show === 'unread',
        mine: filter.show === 'mine',
        before,
        limit: listLimit,
      })
    const fetchPage = (before: string | null): void => {
      const { filter } = get()
      const turn = loads
      behind = null
      ask(filter, before).then(
        (page) => {
          if (turn !== loads) return
          put(page.conversations, get().conversations)
          if (filter === get().filter) behind = page.before
        },
        () => undefined,
      )
    }
    return {
      ...empty,
      async load() {
        const turn = ++loads
        const page = await ask({ account: null, show: 'all' }, null)
        if (turn !== loads) return
        put(page.conversations, new Map())
        set({ loaded: true })
        behind = page.before
        // Beyond the newest of all accounts there may be more that fit the filter.
        if (behind !== null && get().filter !== empty.filter) fetchPage(null)
      },
      setFilter(change) {
        set({ filter: { ...get().filter, ...change } })
        rearrange()
        if (get().conversations.size >= listLimit) fetchPage(null)
      },
      loadMore() {
        if (behind !== null) fetchPage(behind)
      },
      select(selected) {
        set({ selected })
        rearrange()
      },
      mark(conversation, marks) {
        void call('conversation.mark', { conversation, ...marks }).catch(() => undefined)
      },
      apply(changed) {
        put(changed, get().conversations)
      },
      clear() {
        loads += 1
        set({ ...empty })
      },
    }
  })
}
