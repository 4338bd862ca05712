/** Wires the engine's line to the stores: what is fetched when, and what a lock destroys. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Warning } from '../../shared/contracts/colleague-desk.ts'
import type { StatusView, WindowEvent } from '../../shared/contracts/window.ts'
import { createAccountPage, type AccountPageState } from '../accounts/account-store.ts'
import { createPairing, type Pairing } from '../accounts/pairing-store.ts'
import { createCustomerActivity, type CustomerActivity } from '../conversation/activity/activity-store.ts'
import { createColleagues, type Colleagues } from '../conversation/colleagues/colleague-store.ts'
import { createComposer, type Composer } from '../conversation/composer/composer-store.ts'
import { createQuickReplies, type QuickReplies } from '../conversation/composer/quick-reply-store.ts'
import { createConversation, type OpenConversation } from '../conversation/conversation-store.ts'
import { createCustomer, type Customer } from '../customer/customer-store.ts'
import { createGroup, type Group } from '../group/group-store.ts'
import { createInbox, type Inbox } from '../inbox/inbox-store.ts'
import { createSendNew, type SendNew } from '../inbox/send-new.ts'
import { createMediaCache, type MediaCache } from '../media/media-cache.ts'
import { createNotifications, type Notifications } from '../preferences/notification-store.ts'
import { createUploads, type Uploads } from '../media/upload-store.ts'
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
  composer: StoreApi<Composer>
  quick: StoreApi<QuickReplies>
  colleagues: StoreApi<Colleagues>
  activity: StoreApi<CustomerActivity>
  group: StoreApi<Group>
  customer: StoreApi<Customer>
  accountPage: StoreApi<AccountPageState>
  pairing: StoreApi<Pairing>
  media: MediaCache
  notifications: StoreApi<Notifications>
  uploads: StoreApi<Uploads>
  search: StoreApi<Search>
  /** Opens a conversation in list and pane alike. */
  openConversation(conversation: string, target?: string): void
  /** Opens a conversation with the choice of a date. */
  openDates(conversation: string): void
  closeConversation(): void
  /** Sends a copy of a message to another conversation, which then opens; else what speaks against it. */
  sendNew: SendNew
  forward(message: string, conversation: string, anyway: boolean): Promise<readonly Warning[] | null>
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
    onLost: () => {
      presence.setState({ connected: false })
      // The engine that was sending tells no end any more.
      uploads.getState().clear()
    },
  })
  const inbox = createInbox(line.call)
  const conversation = createConversation(line.call)
  const composer = createComposer(line.call, conversation)
  const quick = createQuickReplies(line.call)
  const colleagues = createColleagues(line.call, conversation)
  const activity = createCustomerActivity(line.call, conversation)
  const group = createGroup(line.call)
  const customer = createCustomer(line.call)
  const accountPage = createAccountPage(line.call)
  const pairing = createPairing(line.call)
  const media = createMediaCache(line.call)
  const notifications = createNotifications(line.call)
  const uploads = createUploads()
  const search = createSearch(line.call, () => new Promise((resolve) => setTimeout(resolve, typingPauseMs)))

  const isOpen = (): boolean => presence.getState().status?.lock === 'open'

  /** A lock leaves nothing behind: the stores are emptied, and with them the page. */
  const destroyContent = (): void => {
    inbox.getState().clear()
    conversation.getState().clear()
    composer.getState().clear()
    quick.getState().clear()
    colleagues.getState().clear()
    activity.getState().clear()
    group.getState().clear()
    customer.getState().clear()
    accountPage.getState().close()
    media.clear()
    notifications.getState().clear()
    uploads.getState().clear()
    pairing.getState().clear()
    search.getState().clear()
  }

  const load = async (): Promise<void> => {
    await Promise.all([
      inbox.getState().load(),
      conversation.getState().reopen(),
      quick.getState().load(),
      colleagues.getState().load(),
      notifications.getState().load(),
    ])
    // Behind the opening, which is the look that leaves the trace.
    await activity.getState().load()
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
        // Who came, went or changed a role is told as a notice.
        if (event.changed.some((one) => one.kind === 'service' && one.conversation === group.getState().conversation)) {
          void group.getState().reload()
        }
        return
      case 'colleagues':
        return colleagues.getState().apply(event)
      case 'show':
        return openConversation(event.conversation)
      case 'customer-activity':
        return activity.getState().apply(event.changed)
      case 'upload':
        return uploads.getState().apply(event.message, event.progress)
      case 'pairing':
        pairing.getState().apply(event.account, event.step)
    }
  }

  conversation.subscribe(({ view }) => {
    void group.getState().follow(view?.group ? view.id : null)
    void customer.getState().follow(view && !view.group ? view.id : null)
  })
  composer.subscribe(({ drafts }, before) => {
    const { id } = conversation.getState()
    const [now, then] = [drafts, before.drafts].map((all) => (id === null ? undefined : all.get(id)))
    const text = now?.edit?.text ?? now?.text ?? ''
    // What a send takes away, or a refusal gives back, nobody types.
    if (text !== '' && text !== (then?.edit?.text ?? then?.text ?? '')) colleagues.getState().typed()
  })

  const openConversation = (id: string, target?: string): void => {
    inbox.getState().select(id)
    void conversation.getState().open(id, target)
  }

  const listWarnings = async (id: string): Promise<readonly Warning[]> => {
    const found = await line.call('colleagues.get', { conversation: id }).catch(() => ({ warnings: [] }))
    return found.warnings
  }

  const openDates = async (id: string): Promise<void> => {
    inbox.getState().select(id)
    if (conversation.getState().id !== id) await conversation.getState().open(id)
    if (conversation.getState().id === id) await conversation.getState().startDating()
  }

  return {
    call: line.call,
    presence,
    inbox,
    conversation,
    composer,
    quick,
    colleagues,
    activity,
    group,
    customer,
    accountPage,
    pairing,
    media,
    notifications,
    uploads,
    search,
    openConversation,
    openDates: (id) => void openDates(id),
    closeConversation() {
      inbox.getState().select(null)
      conversation.getState().clear()
    },
    sendNew: createSendNew(line.call),
    async forward(message, target, anyway) {
      try {
        await line.call('message.forward', { message, conversation: target, anyway })
        openConversation(target)
      } catch (error) {
        if (codeOf(error) === 'colleague_active') return listWarnings(target)
        conversation.getState().fail({ at: 'act', code: codeOf(error) })
      }
      return null
    },
    async refreshStatus() {
      setStatus(await line.call('status.get', {}))
    },
  }
}
