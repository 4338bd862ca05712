/** The first message to an address: it goes, or it is held back and who is there is told. */
import type { Warning } from '../../shared/contracts/colleague-desk.ts'
import type { Client } from '../../shared/contracts/contract.ts'
import type { AccountView, windowContract } from '../../shared/contracts/window.ts'
import { codeOf } from '../strings/errors.ts'

/** It stands in a conversation now, or colleagues speak against it. */
export type SentNew = { conversation: string } | { warnings: readonly Warning[] }

/** Rejects as the contract's `send.new`, without colleague_active. */
export type SendNew = (account: string, address: string, text: string, anyway: boolean) => Promise<SentNew>

/** What people type as a phone number or user id, in the form that the engine takes. */
export function toAddress(channel: AccountView['channel'], typed: string): string {
  const digits = typed.replace(/^user:/, '').replace(/[\s+()./-]/g, '')
  return channel === 'telegram' ? `user:${digits}` : digits
}

export function createSendNew(call: Client<typeof windowContract>): SendNew {
  return async (account, address, text, anyway) => {
    try {
      const { conversation } = await call('send.new', { account, address, text, anyway })
      return { conversation }
    } catch (error) {
      if (codeOf(error) !== 'colleague_active') throw error
      // What cannot be told now does not make the message go.
      const held = await call('colleagues.warnings', { account, address }).catch(() => ({ warnings: [] }))
      return { warnings: held.warnings }
    }
  }
}
