/** Colleagues at the same customers: who is there, what is done here, whose customer it is, and why a second answer may be one too many. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Client } from '../../../shared/contracts/contract.ts'
import type { ColleaguesView, Warning } from '../../../shared/contracts/colleague-desk.ts'
import type { windowContract } from '../../../shared/contracts/window.ts'
import { codeOf } from '../../strings/errors.ts'
import type { OpenConversation } from '../conversation-store.ts'

type People = ColleaguesView['people']
type Doing = 'viewing' | 'typing' | 'none'

export interface Colleagues {
  /** By conversation; only where somebody is. */
  there: ReadonlyMap<string, People>
  /** Why the last send of the open conversation was held back; null: it was not. */
  warnings: readonly Warning[] | null
  load(): Promise<void>
  apply(changed: ColleaguesView): void
  /** The person typed into the open conversation. */
  typed(): void
  /** The window came to the front, or went away. */
  looked(isLookedAt: boolean): void
  /** The open conversation's customer is somebody else's, and whether to take him over is asked. */
  asking: boolean
  claim(claimed: boolean, takeOver?: boolean): Promise<void>
  /** Takes the open conversation's customer, lets go, or asks before taking over. */
  changeClaim(): void
  stopAsking(): void
  clear(): void
}

/** What goes on is said again before the vault forgets it. */
const repeatMs = 20_000
/** Whoever stops typing for so long only looks. */
const pausedMs = 6_000

export function createColleagues(call: Client<typeof windowContract>, conversation: StoreApi<OpenConversation>) {
  /** What the vault was told last, and the timers that follow from it. */
  let told: { conversation: string; doing: Doing } | null = null
  let front = true
  let repeat: ReturnType<typeof setTimeout> | undefined
  let pause: ReturnType<typeof setTimeout> | undefined

  const say = (id: string, doing: Doing): void => {
    clearTimeout(repeat)
    told = doing === 'none' ? null : { conversation: id, doing }
    // Nobody waits for it: a vault that is away relays nothing.
    call('conversation.presence', { conversation: id, doing }).catch(() => undefined)
    if (told) repeat = setTimeout(() => say(id, doing), repeatMs)
  }
  const leave = (): void => {
    clearTimeout(pause)
    clearTimeout(repeat)
    if (told) say(told.conversation, 'none')
  }
  const look = (id: string | null): void => {
    if (told?.conversation === id) return
    leave()
    if (id !== null && front) say(id, 'viewing')
  }

  const store = createStore<Colleagues>()((set, get) => ({
    there: new Map(),
    warnings: null,
    asking: false,
    async load() {
      const { conversations } = await call('colleagues.list', {})
      set({ there: new Map(conversations.map((one) => [one.conversation, one.people])) })
    },
    apply({ conversation: id, people }) {
      const there = new Map(get().there)
      if (people.length > 0) there.set(id, people)
      else there.delete(id)
      set({ there })
    },
    typed() {
      const { id } = conversation.getState()
      if (id === null || !front) return
      clearTimeout(pause)
      pause = setTimeout(() => told?.conversation === id && say(id, 'viewing'), pausedMs)
      if (told?.conversation !== id || told.doing !== 'typing') say(id, 'typing')
    },
    looked(isLookedAt) {
      front = isLookedAt
      if (front) look(conversation.getState().view?.id ?? null)
      else leave()
    },
    async claim(claimed, takeOver = false) {
      const { id, fail } = conversation.getState()
      if (id === null) return
      fail(null)
      await call('conversation.claim', { conversation: id, claimed, takeOver }).catch((error: unknown) =>
        fail({ at: 'act', code: codeOf(error) }),
      )
    },
    changeClaim() {
      const { view } = conversation.getState()
      if (view?.claim && !view.claim.self) set({ asking: true })
      else if (view) void get().claim(view.claim === null)
    },
    stopAsking: () => set({ asking: false }),
    clear() {
      leave()
      set({ there: new Map(), warnings: null, asking: false })
    },
  }))

  /** Who and what stands behind a send that was held back. */
  const explain = async (id: string): Promise<void> => {
    const { warnings } = await call('colleagues.get', { conversation: id })
    if (conversation.getState().id === id) store.setState({ warnings })
  }
  conversation.subscribe((now, before) => {
    if (now.view?.id !== before.view?.id) look(now.view?.id ?? null)
    if (now.id !== before.id) store.setState({ asking: false })
    if (now.failure === before.failure) return
    store.setState({ warnings: null })
    if (now.id !== null && now.failure?.code === 'colleague_active') explain(now.id).catch(() => undefined)
  })
  return store
}
