/** The one interface behind which every provider's library lives; a channel runs one account and knows no database but its store. */
import type { Availability, Doing } from '../../shared/contracts/customer-activity.ts'
import type { SeenGroup } from '../../shared/contracts/events.ts'
import type {
  Channel as ChannelName,
  FileDetails,
  MessageContent,
  MessageKind,
  NeutralMessage,
} from '../../shared/contracts/neutral-message.ts'

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
   * A message that this account sent or intended, for the provider's getMessage (retry receipts): by client id; null when unknown.
   * `address` is the conversation's. What a file needs beyond this (keys, paths at the provider) the channel keeps in its own state.
   */
  findOwnMessage(clientId: string): { address: string; content: MessageContent } | null
  /** A message of a conversation by the provider's id: what a reply, a reaction or a change must tell of its target; null when unknown. */
  findMessage(address: string, providerId: string): KnownMessage | null
}

export interface KnownMessage {
  fromMe: boolean
  /** Address of who wrote it. */
  author: string
  /** Epoch ms. */
  time: number
  kind: MessageKind
  text: string
}

/** How a person is known to the provider: canonical address first, then other addresses of the same person (neutral form). */
export interface SeenIdentity {
  address: string
  aliases: string[]
  /** The name that the provider gives (push name, first and last name), or null. */
  name: string | null
}

export type SendState = 'sent' | 'delivered' | 'read' | 'failed'

/** A file that came with a message and is fetched afterwards. */
export interface MediaOffer {
  /** What `download` needs, readable by this channel only; at most 64 KiB. */
  reference: Uint8Array
  /** Size of the plain file as its sender claims it; null where nobody says. */
  bytes: number | null
  /** SHA-256 of the plain file as its sender claims it (lower-case hex); null where the provider carries none. */
  sha256: string | null
  /** A small JPEG that came inside the message, at most 64 KiB; null where there is none. */
  thumbnail: Uint8Array | null
}

/** Where something stands that is kept without being understood. */
export interface RawPlace {
  peer: SeenIdentity
  author: SeenIdentity | null
  direction: 'in' | 'out'
  providerId: string
  time: number
}

/** What a channel translates an inbox row into. */
export type ChannelEvent =
  | {
      /** Bubbles, changes and notices alike (see neutral-message). */
      type: 'message'
      /** The other side of the conversation, also for own messages: a person, or the group. */
      peer: SeenIdentity
      /** In groups: who wrote it, where it was not the account; else null. */
      author: SeenIdentity | null
      direction: 'in' | 'out'
      /** live: pushed now; offline: caught up after an absence; phone: written by the owner on another device. */
      path: 'live' | 'offline' | 'phone'
      message: NeutralMessage
      /** Telegram: the random_id of an own message, where the provider tells it; WhatsApp: equal to providerId. */
      clientId: string | null
      raw: Uint8Array
      media: MediaOffer | null
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
  /** A group as it is now, whole: replaces what was known of it. */
  | { type: 'group'; group: SeenGroup }
  /** Kept raw; with a place it is a row of its conversation. */
  | { type: 'unknown'; reason: string; raw: Uint8Array; place: RawPlace | null }

export interface ChannelFault {
  /** Stable code, for example `whatsapp_nack_463`, `telegram_flood_wait`. */
  code: string
  text: string
  /** Epoch ms until which trying again is useless, or null. */
  until: number | null
}

/** Why a message was never said that its author has taken back in time. */
export const withdrawn: ChannelFault = { code: 'withdrawn', text: 'taken back before it left', until: null }

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
  /** Its number, digits with country code, where the provider tells it. */
  phone?: string | null
}

export type PairingStep =
  | { step: 'qr'; text: string; expiresAt: number | null }
  | { step: 'code-shown'; code: string } // WhatsApp 8-character code, to type on the phone
  | { step: 'code-needed' } // Telegram: type the code that the phone got
  | { step: 'password-needed'; hint: string | null }
  | { step: 'refused'; fault: ChannelFault }
  | { step: 'done'; address: string }

/** What somebody does at the provider now, by addresses; a hint that is kept nowhere. */
export type ActivityNotice =
  | {
      notice: 'doing'
      /** The conversation: a person or a group. */
      chat: string
      /** Who: the person, or the member of the group. */
      author: string
      /** null: stopped. */
      doing: Doing | null
      /** When nothing more is told, it is over after this. */
      lastsMs: number
    }
  | {
      notice: 'availability'
      person: string
      /** null: the provider does not tell. */
      availability: Availability | null
      /** Of `online`: over after this when nothing more is told; null: until told otherwise. */
      lastsMs: number | null
    }

export interface ChannelHost {
  store: ChannelStore
  clock: { now(): number }
  /** New rows stand in the inbox (called after their commit). */
  inboxChanged(): void
  statusChanged(status: AccountStatus): void
  pairingStep(step: PairingStep): void
  /** Cheap, as it may come ten thousand times a second: whoever means ill decides how often. */
  activity(notice: ActivityNotice): void
  /** A redacting logger: never given content, keys or numbers. */
  log(level: 'info' | 'warn' | 'error', code: string, detail?: Record<string, string | number | boolean | null>): void
}

/** A file that leaves. The channel reads it in pieces; nothing of it is written to disk in plain. */
export interface OutgoingFile extends FileDetails {
  /** Lower-case hex. */
  sha256: string
  /** JPEG of at most 64 KiB, or null. */
  thumbnail: Uint8Array | null
  /** Plain bytes from `offset`, at most `length` (≤ 1 MiB) of them; fewer only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** A message of the same account, by its conversation's address and the provider's id. */
export interface MessageOrigin {
  address: string
  providerId: string
}

export interface SendRequest {
  /**
   * Fixed in the ledger before the send: WhatsApp message id, Telegram random_id (decimal). The same id is never a second message.
   * Telegram's changes (edit, delete, reaction, vote) have no random_id: repeating them changes nothing more.
   */
  clientId: string
  /** A person or a group. */
  address: string
  content: MessageContent
  /** For media kinds, else null. */
  file: OutgoingFile | null
  /**
   * The message that this one forwards. Telegram forwards it itself where it allows that and else gets `content` as a copy; WhatsApp
   * knows no other forward than a copy that says so (`details.forwarded`). Absent: nothing is forwarded, or from another account.
   */
  origin?: MessageOrigin | null
  /** Told while the file goes up: how many of its bytes the provider has taken; less again where it begins anew. */
  progress?(sentBytes: number): void
  /** Aborted: whoever wrote it no longer wants it. Before the message itself has left the outcome is `withdrawn`; later nothing changes. */
  signal?: AbortSignal
}

/** A device or authorization that the provider lists for the account. */
export interface LinkedDevice {
  /** The provider's name for it; opaque to others. */
  id: string
  name: string | null
  platform: string | null
  /** This workstation's own. */
  current: boolean
  /** Epoch ms, or null where the provider does not say. */
  activeAt: number | null
}

export type GroupChange =
  | { change: 'subject'; address: string; subject: string }
  | { change: 'add' | 'remove' | 'promote' | 'demote'; address: string; members: string[] }
  | { change: 'leave'; address: string }
  | { change: 'invite-link'; address: string }
  | { change: 'join'; link: string }
  | { change: 'create'; subject: string; members: string[] }

export type SendOutcome =
  /** The provider has it. time: the provider's time, epoch ms, where given. */
  | { outcome: 'accepted'; providerId: string; time: number | null }
  /** The provider refused it for good, nothing was delivered. */
  | { outcome: 'refused'; fault: ChannelFault }
  /** Not handed to the network at all: safe to try again. */
  | {
      outcome: 'not-sent'
      fault: ChannelFault
      /** What keeps it here is about this conversation alone (slow mode); else about everything that the account says. */
      conversationOnly?: boolean
    }
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
  /** Ends a pairing without a step; nothing happens without one, or when the provider has accepted it. Never rejects. */
  cancelPairing(): Promise<void>
  /** A new id for a message not yet sent. */
  newClientId(): string
  /** Resolves when the provider acknowledged, refused, or the outcome is unknown; never rejects for provider faults. */
  send(request: SendRequest): Promise<SendOutcome>
  /** True when an unknown or cut send may be repeated automatically with the same client id (Telegram), false when not (WhatsApp). */
  readonly repeatsSafely: boolean
  /** Tells the provider that the owner has read up to these messages (newest last); `author` of each in groups, else null. */
  markRead(request: { address: string; messages: { providerId: string; author: string | null }[] }): Promise<void>
  /**
   * The conversation that is looked at now; null: none. What its people do is asked for as far as that works without showing this account
   * as online. Never rejects, may come as often as somebody leafs through the list, and again after each log-in.
   */
  attend(address: string | null): void
  /**
   * The plain bytes of a file from `offset` (a multiple of 65,536) to its end. Checks what the provider lets it check (WhatsApp's MAC).
   * Throws ChannelError: media_expired (then `refreshMedia` may help), media_refused, media_damaged, not_connected, flood (wait).
   */
  download(request: { reference: Uint8Array; offset: number; signal: AbortSignal }): AsyncIterable<Uint8Array>
  /** True where a reference holds for the authorization alone that got it: a successor's must be refreshed first. */
  readonly ownReferences?: boolean
  /**
   * Asks the provider (Telegram) or the sender's phone (WhatsApp) for the file once more. Resolves with a new reference; null: it cannot
   * be had any more.
   */
  refreshMedia(request: {
    address: string
    providerId: string
    author: string | null
    fromMe: boolean
    reference: Uint8Array
  }): Promise<Uint8Array | null>
  /** Throws ChannelError: not_connected, not_allowed, or as the provider says. Link where one was asked for; the new group's address. */
  changeGroup(change: GroupChange): Promise<{ address: string | null; link: string | null }>
  listDevices(): Promise<LinkedDevice[]>
  /** Throws ChannelError: device_too_fresh (Telegram within 24 hours), not_allowed (WhatsApp: only the phone may). */
  removeDevice(id: string): Promise<void>
  /** Ends this account's own log-in at the provider and forgets it. */
  unlink(): Promise<void>
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
  /** `host:port` of the media server and the PEM of its CA; null: the provider's own. */
  media: { host: string; ca: string } | null
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
