/** Linking one account with its phone: which step the provider is at. */
import { createStore } from 'zustand/vanilla'
import type { Client, Input } from '../../shared/contracts/contract.ts'
import type { WindowEvent, windowContract } from '../../shared/contracts/window.ts'
import { codeOf } from '../strings/errors.ts'

export type PairingMethod = Input<typeof windowContract, 'pairing.start'>['method']
export type PairingStep = Extract<WindowEvent, { event: 'pairing' }>['step']

export interface Pairing {
  /** Null: the panel is closed. */
  account: string | null
  step: PairingStep | { step: 'choose' } | { step: 'waiting' }
  failure: string | null
  openFor(account: string): void
  /** A pairing that nobody looks at any more is ended in the engine too. */
  close(): void
  /** After a lock: forgets, and leaves the engine to itself. */
  clear(): void
  start(method: PairingMethod, phone: string | null): Promise<void>
  giveCode(value: string): Promise<void>
  givePassword(value: string): Promise<void>
  restart(): void
  apply(account: string, step: PairingStep): void
}

const shut = { account: null, step: { step: 'choose' }, failure: null } as const

export function createPairing(call: Client<typeof windowContract>) {
  return createStore<Pairing>()((set, get) => {
    const attempt = async (work: () => Promise<unknown>): Promise<void> => {
      const before = get().step
      set({ step: { step: 'waiting' }, failure: null })
      try {
        await work()
      } catch (error) {
        // The provider may have moved on already; only our own waiting is taken back.
        set(get().step.step === 'waiting' ? { step: before, failure: codeOf(error) } : { failure: codeOf(error) })
      }
    }
    const account = (): string => get().account ?? ''
    return {
      ...shut,
      openFor: (id) => set({ ...shut, account: id }),
      close() {
        const { account: id, step } = get()
        set({ ...shut })
        // An account that does not run here has nothing to end.
        if (id !== null && step.step !== 'done') void call('pairing.cancel', { account: id }).catch(() => undefined)
      },
      clear: () => set({ ...shut }),
      start: (method, phone) => attempt(() => call('pairing.start', { account: account(), method, phone })),
      giveCode: (value) => attempt(() => call('pairing.code', { account: account(), value })),
      givePassword: (value) => attempt(() => call('pairing.password', { account: account(), value })),
      restart: () => set({ step: { step: 'choose' }, failure: null }),
      apply(id, step) {
        if (id === get().account) set({ step, failure: null })
      },
    }
  })
}
