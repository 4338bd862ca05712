/** What customers do now in the conversations on the screen, and telling the engine which these are. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Client } from '../../../shared/contracts/contract.ts'
import { mostRows, type CustomerActivityView } from '../../../shared/contracts/customer-activity.ts'
import type { windowContract } from '../../../shared/contracts/window.ts'
import type { OpenConversation } from '../conversation-store.ts'

export interface CustomerActivity {
  /** By conversation. */
  known: ReadonlyMap<string, CustomerActivityView>
  /** The rows of the list that are in sight. */
  showRows(conversations: readonly string[]): void
  /** Says once more what is on the screen: to a new engine, or after a lock. */
  load(): Promise<void>
  apply(changed: readonly CustomerActivityView[]): void
  clear(): void
}

/** While somebody scrolls nothing is asked. */
const scrollPauseMs = 200

export function createCustomerActivity(call: Client<typeof windowContract>, conversation: StoreApi<OpenConversation>) {
  let open: string | null = null
  let rows: readonly string[] = []
  let pause: ReturnType<typeof setTimeout> | undefined
  /** An answer that comes behind a lock, or behind a newer question, is nobody's. */
  let watches = 0

  const store = createStore<CustomerActivity>()((set, get) => ({
    known: new Map(),
    showRows(conversations) {
      const wanted = conversations.slice(0, mostRows)
      if (wanted.join() === rows.join()) return
      rows = wanted
      clearTimeout(pause)
      pause = setTimeout(() => void watch(), scrollPauseMs)
    },
    load: () => watch(),
    apply(changed) {
      const known = new Map(get().known)
      for (const one of changed) known.set(one.conversation, one)
      set({ known })
    },
    clear() {
      clearTimeout(pause)
      watches += 1
      open = null
      rows = []
      set({ known: new Map() })
    },
  }))

  const watch = async (): Promise<void> => {
    clearTimeout(pause)
    const mine = ++watches
    try {
      const { activities } = await call('activity.watch', { open, rows: [...rows] })
      if (mine === watches) store.setState({ known: new Map(activities.map((one) => [one.conversation, one])) })
    } catch {
      // Locked, or between two engines: what is on the screen then is said again.
    }
  }
  conversation.subscribe(({ view }) => {
    const now = view?.id ?? null
    if (now === open) return
    open = now
    void watch()
  })
  return store
}
