/** The one interface behind which every provider's library lives; a channel runs one account and knows no database but its store. */
import type { Channel as ChannelName, NeutralMessage } from '../../shared/contracts/neutral-message.ts'

/** A provider's raw event, kept before anything is understood. `id` grows in the order of arrival. */
export interface InboxRow {
  id: number
  /** What the channel calls the event; equal keys are the same event (redelivery) and are stored once. */
  key: string
  kind: string
  raw: Uint8Array
  receivedAt: number
}

/** The account's part of the encrypted cache. All calls are synchronous; `transaction` nests. */
export interface ChannelStore {
  /** Runs in one durable transaction: what is put inside is committed together or not at all. Throws what `run` throws. */
  transaction<T>(run: () => T): T
  getState(type: string, id: string): Uint8Array | null
  /** null deletes. */
  putState(type: string, id: string, value: Uint8Array | null): void
  listState(type: string): { id: string; value: Uint8Array }[]
  /** False when the key is known already (then nothing is written). Call it in the transaction that also moves the provider's state. */
  putInbox(event: { key: string; kind: string; raw: Uint8Array }): boolean
  /**
   * A message that this account sent or intended, for the provider's getMessage (retry receipts): by client id.
   * Returns its text, or null when unknown.
   */
  findOwnMessage(clientId: string): { address: string; text: string; replyTo: string | null } | null
}

/** How a person is known to the provider: canonical address first, then other addresses of the same person (neutral form). */
export interface SeenIdentity {
  address: string
  aliases: string[]
  /** The name that the provider gives (push name, first and last name), or null. */
  name: string | null
}

export type SendState = 'sent' | 'delivered' | 'read' | 'failed'

/** What a channel translates an inbox row into. */
export type ChannelEvent =
  | {
      type: 'message'
      /** The other side of the conversation, also for own messages. */
      peer: SeenIdentity
      direction: 'in' | 'out'
      /** live: pushed now; offline: caught up after an absence; phone: written by the owner on another device. */
      path: 'live' | 'offline' | 'phone'
      message: NeutralMessage
      /** Telegram: the random_id of an own message, where the provider tells it; WhatsApp: equal to providerId. */
      clientId: string | null
      raw: Uint8Array
    }
  | {
      type: 'state'
      /** The id given to `send`; null when only the provider id is known. */
      clientId: string | null
      providerId: string | null
      state: SendState
      /** Provider's time, epoch ms, or null where it gives none. */
      time: number | null
      error: ChannelFault | null
    }
  /** Everything up to this provider id is read: `out` by the customer, `in` by the owner elsewhere. */
  | { type: 'read-up-to'; peerAddress: string; direction: 'in' | 'out'; providerId: string; time: number | null }
  | { type: 'identity'; identity: SeenIdentity }
  /** Two addresses that were known apart are one person. */
  | { type: 'unknown'; reason: string; raw: Uint8Array }

export interface ChannelFault {
  /** Stable code, for example `whatsapp_nack_463`, `telegram_flood_wait`. */
  code: string
  text: string
  /** Epoch ms until which trying again is useless, or null. */
  until: number | null
}

export type AccountState =
  | 'stopped'
  | 'unpaired' // needs pairing, was never paired or the provider ended it
  | 'pairing'
  | 'connecting'
  | 'live'
  | 'silent' // connected but without proof of life
  | 'down' // waiting to reconnect
  | 'replaced' // opened elsewhere; never reconnects by itself
  | 'banned'
  | 'outdated' // the provider refuses this client version

export interface AccountStatus {
  state: AccountState
  fault: ChannelFault | null
  /** Epoch ms of the last thing heard from the provider, or null. */
  aliveAt: number | null
  /** The account's own address once known. */
  address: string | null
}

export type PairingStep =
  | { step: 'qr'; text: string; expiresAt: number | null }
  | { step: 'code-shown'; code: string } // WhatsApp 8-character code, to type on the phone
  | { step: 'code-needed' } // Telegram: type the code that the phone got
  | { step: 'password-needed'; hint: string | null }
  | { step: 'refused'; fault: ChannelFault }
  | { step: 'done'; address: string }

export interface ChannelHost {
  store: ChannelStore
  clock: { now(): number }
  /** New rows stand in the inbox (called after their commit). */
  inboxChanged(): void
  statusChanged(status: AccountStatus): void
  pairingStep(step: PairingStep): void
  /** A redacting logger: never given content, keys or numbers. */
  log(level: 'info' | 'warn' | 'error', code: string, detail?: Record<string, string | number | boolean | null>): void
}

export interface SendRequest {
  /** Fixed in the ledger before the send: WhatsApp message id, Telegram random_id (decimal). The same id is never a second message. */
  clientId: string
  address: string
  text: string
  replyTo: string | null
}

export type SendOutcome =
  /** The provider has it. time: the provider's time, epoch ms, where given. */
  | { outcome: 'accepted'; providerId: string; time: number | null }
  /** The provider refused it for good, nothing was delivered. */
  | { outcome: 'refused'; fault: ChannelFault }
  /** Not handed to the network at all: safe to try again. */
  | { outcome: 'not-sent'; fault: ChannelFault }
  /** It may or may not have arrived (cut without acknowledgement). */
  | { outcome: 'unknown'; fault: ChannelFault }

export interface PairRequest {
  method: 'qr' | 'code' | 'phone'
  /** Digits with country code; for code and phone. */
  phone: string | null
}

/** One account of one provider. Every method may be called in any state; what makes no sense rejects with a ChannelError. */
export interface ProviderChannel {
  readonly name: ChannelName
  /** Connects if paired, else reports `unpaired`. Reconnects by the provider's rules until stop. Idempotent. */
  start(): Promise<void>
  /** Closes the socket and resolves when nothing of it runs any more. Idempotent; a channel may be started again. */
  stop(): Promise<void>
  pair(request: PairRequest): Promise<void>
  code(value: string): Promise<void>
  password(value: string): Promise<void>
  /** A new id for a message not yet sent. */
  newClientId(): string
  /** Resolves when the provider acknowledged, refused, or the outcome is unknown; never rejects for provider faults. */
  send(request: SendRequest): Promise<SendOutcome>
  /** True when an unknown or cut send may be repeated automatically with the same client id (Telegram), false when not (WhatsApp). */
  readonly repeatsSafely: boolean
  /** Tells the provider that the owner has read up to these messages (newest last). */
  markRead(request: { address: string; providerIds: string[] }): Promise<void>
  /** Pure: reads nothing but the row and the store; throws only for rows that it cannot understand at all. */
  translate(row: InboxRow): ChannelEvent[]
}

export class ChannelError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Where a channel connects; test endpoints come from test-endpoints.ts and exist only in builds that are not packaged. */
export interface WhatsAppEndpoint {
  url: string
  /** Public key (32 bytes, hex) of the certificate root that must have signed the server's chain. */
  rootKey: string
}
export interface TelegramEndpoint {
  host: string
  port: number
  /** PEM of the server's RSA public key. */
  rsaPublicKey: string
}

export interface ChannelOptions {
  account: string
  host: ChannelHost
  /** Company's own Telegram application, where the account has one. */
  telegramApi: { id: number; hash: string } | null
  endpoints: { whatsapp: WhatsAppEndpoint | null; telegram: TelegramEndpoint | null }
}

export type ChannelFactory = (options: ChannelOptions) => ProviderChannel
