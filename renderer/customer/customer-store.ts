/** The customer file of the open conversation: asked for when it is opened, and again for the next conversation while it stays open. */
import { createStore } from 'zustand/vanilla'
import type { Client } from '../../shared/contracts/contract.ts'
import type { CustomerView } from '../../shared/contracts/own-desk.ts'
import type { windowContract } from '../../shared/contracts/window.ts'
import { codeOf } from '../strings/errors.ts'

export interface Customer {
  /** Null: the open conversation is not one with a person. */
  conversation: string | null
  view: CustomerView | null
  panel: boolean
  failure: string | null
  follow(conversation: string | null): Promise<void>
  setPanel(open: boolean): Promise<void>
  clear(): void
}

const none = { conversation: null, view: null, failure: null }

export function createCustomer(call: Client<typeof windowContract>) {
  return createStore<Customer>()((set, get) => {
    const load = async (): Promise<void> => {
      const { conversation, panel } = get()
      if (conversation === null || !panel) return
      const stillOpen = (): boolean => get().conversation === conversation
      try {
        const view = await call('customer.get', { conversation })
        if (stillOpen()) set({ view })
      } catch (error) {
        if (stillOpen()) set({ failure: codeOf(error) })
      }
    }
    return {
      ...none,
      panel: false,
      async follow(conversation) {
        if (conversation === get().conversation) return
        set({ ...none, conversation })
        await load()
      },
      async setPanel(panel) {
        set({ panel, failure: null })
        await load()
      },
      clear: () => set({ ...none, panel: false }),
    }
  })
}
