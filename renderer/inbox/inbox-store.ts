/** The conversation list: everything known of it, and what of it is shown under the present filter. */
import { createStore } from 'zustand/vanilla'
import type { Client } from '../../shared/contracts/contract.ts'
import type { ConversationView, windowContract } from '../../shared/contracts/window.ts'

export const listLimit = 2_000

export interface InboxFilter {
  /** Null: all accounts. */
  account: string | null
  unread: boolean
}

export interface Inbox {
  conversations: ReadonlyMap<string, ConversationView>
  filter: InboxFilter
  selected: string | null
  /** Under the filter, newest first. */
  shown: readonly ConversationView[]
  loaded: boolean
  load(): Promise<void>
  setFilter(change: Partial<InboxFilter>): void
  select(conversation: string | null): void
  apply(changed: readonly ConversationView[]): void
  clear(): void
}

/** The selected conversation stays in place although it has just been read: a row must not vanish under the pointer. */
export function arrange(
  conversations: Iterable<ConversationView>,
  filter: InboxFilter,
  selected: string | null,
): ConversationView[] {
  const shown: ConversationView[] = []
  for (const conversation of conversations) {
    if (filter.account !== null && conversation.account !== filter.account) continue
    if (filter.unread && conversation.unread === 0 && conversation.id !== selected) continue
    shown.push(conversation)
  }
  return shown.sort((a, b) => b.lastAt - a.lastAt || (a.id < b.id ? -1 : 1)).slice(0, listLimit)
}

const empty = {
  conversations: new Map<string, ConversationView>(),
  filter: { account: null, unread: false },
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
    return {
      ...empty,
      async load() {
        const mine = ++loads
        const { conversations } = await call('conversations.list', { account: null, unread: false, limit: listLimit })
        if (mine !== loads) return
        put(conversations, new Map())
        set({ loaded: true })
      },
      setFilter(change) {
        set({ filter: { ...get().filter, ...change } })
        rearrange()
        // Beyond the newest of all accounts there may be more that fit the filter.
        if (get().conversations.size < listLimit) return
        const { filter } = get()
        void call('conversations.list', { ...filter, limit: listLimit }).then(
          ({ conversations }) => put(conversations, get().conversations),
          () => undefined,
        )
      },
      select(selected) {
        set({ selected })
        rearrange()
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
