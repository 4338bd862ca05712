/** The account page: which account it shows, and the devices that the provider lists for it. */
import { createStore } from 'zustand/vanilla'
import type { Client, Output } from '../../shared/contracts/contract.ts'
import type { windowContract } from '../../shared/contracts/window.ts'
import { codeOf } from '../strings/errors.ts'

export type LinkedDevice = Output<typeof windowContract, 'account.devices'>['devices'][number]

export interface AccountPageState {
  /** Null: the page is closed. */
  account: string | null
  /** Null: not asked yet, or not to be had now. */
  devices: readonly LinkedDevice[] | null
  busy: boolean
  failure: string | null
  openFor(account: string): void
  close(): void
  load(): Promise<void>
  removeDevice(device: string): Promise<void>
  unlink(): Promise<void>
}

const shut = { account: null, devices: null, busy: false, failure: null }

export function createAccountPage(call: Client<typeof windowContract>) {
  return createStore<AccountPageState>()((set, get) => {
    /** Nothing of one account's answer shows on another's page. */
    const attempt = async (work: (account: string) => Promise<void>): Promise<void> => {
      const { account } = get()
      if (account === null) return
      set({ busy: true, failure: null })
      try {
        await work(account)
      } catch (error) {
        if (get().account === account) set({ failure: codeOf(error) })
      } finally {
        if (get().account === account) set({ busy: false })
      }
    }
    const list = async (account: string): Promise<void> => {
      const { devices } = await call('account.devices', { account })
      if (get().account === account) set({ devices })
    }
    return {
      ...shut,
      openFor: (account) => set({ ...shut, account }),
      close: () => set({ ...shut }),
      load: () => attempt(list),
      removeDevice: (device) =>
        attempt(async (account) => {
          await call('account.removeDevice', { account, device })
          await list(account)
        }),
      unlink: () =>
        attempt(async (account) => {
          await call('account.unlink', { account })
          if (get().account === account) set({ devices: null })
        }),
    }
  })
}
