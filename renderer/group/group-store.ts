/** The open group: who is in it, and the changes that this account may make. */
import { createStore } from 'zustand/vanilla'
import type { Client, Input } from '../../shared/contracts/contract.ts'
import type { GroupView, windowContract } from '../../shared/contracts/window.ts'
import { codeOf } from '../strings/errors.ts'

export type GroupChange = Input<typeof windowContract, 'group.change'>['change']

export interface Group {
  /** Null: the open conversation is no group. */
  conversation: string | null
  view: GroupView | null
  panel: boolean
  busy: boolean
  failure: string | null
  follow(conversation: string | null): Promise<void>
  /** Asks again, when something has been told of the group. */
  reload(): Promise<void>
  setPanel(open: boolean): void
  /** True when it was done. */
  change(change: GroupChange, members?: string[], subject?: string | null): Promise<boolean>
  clear(): void
}

const none = { conversation: null, view: null, busy: false, failure: null }

export function createGroup(call: Client<typeof windowContract>) {
  return createStore<Group>()((set, get) => {
    const load = async (conversation: string): Promise<void> => {
      try {
        const view = await call('group.get', { conversation })
        if (get().conversation === conversation) set({ view })
      } catch (error) {
        if (get().conversation === conversation && get().panel) set({ failure: codeOf(error) })
      }
    }
    return {
      ...none,
      panel: false,
      async follow(conversation) {
        if (conversation === get().conversation) return
        set({ ...none, conversation, panel: conversation === null ? false : get().panel })
        if (conversation !== null) await load(conversation)
      },
      async reload() {
        const { conversation } = get()
        if (conversation !== null) await load(conversation)
      },
      setPanel(panel) {
        set({ panel, failure: null })
        if (panel && !get().view) void get().reload()
      },
      async change(change, members = [], subject = null) {
        const { conversation, busy } = get()
        if (conversation === null || busy) return false
        set({ busy: true, failure: null })
        try {
          const { link } = await call('group.change', { conversation, change, members, subject })
          const { view } = get()
          if (link !== null && view && get().conversation === conversation) set({ view: { ...view, inviteLink: link } })
          await get().reload()
          return true
        } catch (error) {
          if (get().conversation === conversation) set({ failure: codeOf(error) })
          return false
        } finally {
          set({ busy: false })
        }
      },
      clear: () => set({ ...none, panel: false }),
    }
  })
}
