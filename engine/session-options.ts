/** What an open workstation needs from around it, and whom it tells. */
import type { KeyObject } from 'node:crypto'
import type { Client } from '../shared/contracts/contract.ts'
import type { deviceContract, Enrolment } from '../shared/contracts/device.ts'
import type { Policy } from '../shared/domain/policy.ts'
import type { Cache } from './cache/database.ts'
import type { MessageKey } from './cache/messages.ts'
import type { ChannelFactory, ChannelOptions, PairingStep } from './channels/channel.ts'
import type { Spool } from './ledger/spool.ts'
import type { MediaStore } from './media/store.ts'
import type { Touched } from './recorder/context.ts'
import type { TrustedClock } from './time.ts'

export interface SessionOptions {
  cache: Cache
  enrolment: Enrolment
  spool: Spool
  media: MediaStore
  signingKey: KeyObject
  keys: { seal(): Uint8Array; policy(): Uint8Array[] }
  clock: TrustedClock
  policy(): Policy
  call: Client<typeof deviceContract>
  isVaultConnected(): boolean
  /** The vault has told its policy since it was last away. */
  isPolicyKnown(): boolean
  factories: Record<'whatsapp' | 'telegram', ChannelFactory>
  endpoints: ChannelOptions['endpoints']
  software: string
  spooled(): void
  /** A file is on its way up. */
  stored(): void
  /** Resolves when the upload that runs now has ended, well or not. */
  uploaded(): Promise<void>
  touched(touched: Touched): void
  accountsChanged(): void
  /** Somebody has come into this conversation, does something else there, or has gone. */
  colleagues(conversation: number): void
  /** A customer on the screen does something else than before. */
  activity(): void
  /** How far the file of a message has gone up; null: nothing of it is under way any more. */
  uploading(message: MessageKey, progress: { sent: number; bytes: number } | null): void
  pairing(account: string, step: PairingStep): void
  trouble(source: string, code: string | null): void
  log(level: 'info' | 'warn' | 'error', code: string, detail?: Record<string, string | number | boolean | null>): void
}
