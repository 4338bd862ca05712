/** Wires the engine's line to the stores: what is fetched when, and what a lock destroys. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { StatusView, WindowEvent } from '../../shared/contracts/window.ts'
import { createPairing, type Pairing } from '../accounts/pairing-store.ts'
import { createConversation, type OpenConversation } from '../conversation/conversation-store.ts'
import { createInbox, type Inbox } from '../inbox/inbox-store.ts'
import { createSearch, type Search } from '../search/search-store.ts'
import { codeOf } from '../strings/errors.ts'
import { isLookedAt } from './looked-at.ts'
import { openEngineLine, type Call } from './port.ts'

export interface Presence {
  /** Null until the first engine has answered. */
  status: StatusView | null
  /** The engine's clock minus this machine's, ms. */
  clockOffsetMs: number
  /** False while an engine restarts. */
  connected: boolean
}

export interface Session {
  call: Call
  presence: StoreApi<Presence>
  inbox: StoreApi<Inbox>
  conversation: StoreApi<OpenConversation>
  pairing: StoreApi<Pairing>
  search: StoreApi<Search>
  /** Opens a conversation in list and pane alike. */
  openConversation(conversation: string, target?: string): void
  refreshStatus(): Promise<void>
}

const typingPauseMs = 150

export function startSession(): Session {
  const presence = createStore<Presence>()(() => ({ status: null, clockOffsetMs: 0, connected: false }))
  const line = openEngineLine({
    onConnected: () => {
      presence.setState({ connected: true })
      void refresh()
    },
    onEvent: (event) => apply(event),
    onLost: () => presence.setState({ connected: false }),
  })
  const inbox = createInbox(line.call)
  const conversation = createConversation(line.call)
  const pairing = createPairing(line.call)
  const search = createSearch(line.call, () => new Promise((resolve) => setTimeout(resolve, typingPauseMs)))

  const isOpen = (): boolean => presence.getState().status?.lock === 'open'

  /** A lock leaves nothing behind: the stores are emptied, and with them the page. */
  const destroyContent = (): void => {
    inbox.getState().clear()
    conversation.getState().clear()
    pairing.getState().close()
    search.getState().clear()
  }

  const load = async (): Promise<void> => {
    await Promise.all([inbox.getState().load(), conversation.getState().reopen()])
  }

  const setStatus = (status: StatusView): void => {
    const wasOpen = isOpen()
    presence.setState({ status, clockOffsetMs: status.now - Date.now() })
    if (status.lock !== 'open') destroyContent()
    else if (!wasOpen) void load().catch(() => undefined)
  }

  /** After a new port: everything again, also when the lock has not changed. */
  const refresh = async (): Promise<void> => {
    try {
      const status = await line.call('status.get', {})
      const wasOpen = isOpen()
      setStatus(status)
      if (wasOpen && status.lock === 'open') await load()
    } catch (error) {
      // An engine that went away is followed by another port, which starts again; anything else is a bug.
      if (codeOf(error) !== 'engine_away') reportError(error)
    }
  }

  const apply = (event: WindowEvent): void => {
    if (event.event === 'status') return setStatus(event.status)
    // Content that was under way when the lock fell is not taken in.
    if (!isOpen()) return
    switch (event.event) {
      case 'conversations':
        inbox.getState().apply(event.changed)
        conversation.getState().applyView(event.changed)
        return
      case 'messages':
        conversation.getState().apply(event.changed, isLookedAt())
        return
      case 'pairing':
        pairing.getState().apply(event.account, event.step)
    }
  }

  return {
    call: line.call,
    presence,
    inbox,
    conversation,
    pairing,
    search,
    openConversation(id, target) {
      inbox.getState().select(id)
      void conversation.getState().open(id, target)
    },
    async refreshStatus() {
      setStatus(await line.call('status.get', {}))
    },
  }
}
