/** The things of Telegram's world: people, groups, and what is posted in conversations. */
import type { SimulatedAccount, SimulatedCustomer } from '../provider.ts'
import type { Authorization } from './auth-keys.ts'
import type { StoredFile } from './files.ts'
import type { Mailbox, StoredMessage } from './mailbox.ts'
import type { PasswordState } from './srp.ts'
import type { TlObject } from './tl-codec.ts'

export interface TelegramUser {
  kind: 'user'
  id: number
  firstName: string
  lastName: string | null
  username: string
  phone: string
  /** A UserStatus. */
  status: TlObject
}

interface Member {
  role: 'member' | 'admin' | 'owner'
  inviter: TelegramUser
  /** Epoch seconds. */
  joinedAt: number
}

export interface TelegramGroup {
  kind: 'group'
  /** Its id in the control API. */
  key: string
  id: number
  /** A megagroup (channel) rather than a basic group (chat). */
  mega: boolean
  title: string
  about: string
  /** Epoch seconds. */
  createdAt: number
  /** In the order of joining. */
  members: Map<TelegramUser, Member>
  /** Who was in it once: they still see that it exists. */
  former: Set<TelegramUser>
  /** Megagroups: who may not come back by themselves. */
  banned: Set<TelegramUser>
  /** Only administrators may write. */
  announce: boolean
  /** Nothing said in it may be forwarded. */
  noForwards: boolean
  slowmodeSeconds: number
  ttlSeconds: number
  /** Basic groups: grows with every change of the members. */
  version: number
  /** The hash of its invite link, or null while there is none. */
  invite: string | null
  /** Megagroups keep one mailbox for all; basic groups none, as every member has copies. */
  box: Mailbox | null
}

/** The other side of a conversation. */
export type Peer = TelegramUser | TelegramGroup

export interface Poll {
  id: bigint
  question: string
  options: { text: string; option: Buffer }[]
  multiple: boolean
  /** Everybody may see who voted for what. */
  publicVoters: boolean
  closed: boolean
  /** Indexes of the chosen options. */
  votes: Map<TelegramUser, { chosen: number[]; date: number }>
}

export type Media =
  | { kind: 'photo'; file: StoredFile; ttlSeconds: number | null }
  | { kind: 'document'; file: StoredFile; ttlSeconds: number | null }
  | {
      kind: 'geo'
      latitude: number
      longitude: number
      venue: { title: string; address: string } | null
      /** Seconds for which it goes on moving; null: a fixed place. */
      period: number | null
    }
  | { kind: 'contact'; phone: string; firstName: string; lastName: string; vcard: string; userId: number }
  | { kind: 'poll'; poll: Poll }
  | { kind: 'webpage'; url: string; title: string | null; description: string | null }
  /** What this client version cannot show. */
  | { kind: 'unsupported' }

/** One thing said, as everybody in the conversation shares it; each mailbox holds its own copy with its own id. */
export interface Post {
  author: TelegramUser
  /** Epoch seconds. */
  date: number
  text: string
  entities: TlObject[]
  media: Media | null
  /** A service message's MessageAction; names users by id, so it is the same for everybody. */
  action: TlObject | null
  forward: { from: TelegramUser; date: number } | null
  album: bigint | null
  ttlSeconds: number
  /** Epoch seconds of the last edit. */
  editedAt: number | null
  reactions: Map<TelegramUser, { emoji: string; date: number }>
  copies: Map<Mailbox, StoredMessage>
}

/** A change without a pts: it reaches devices by push, and those that were away by its date. */
export interface LooseEvent {
  date: number
  /** Numbered in the account's qts row; null: not numbered. */
  qts: number | null
  label: string
  /** Provider id that the wire log shows. */
  providerId: string
  peers: Peer[]
  update: TlObject
}

export interface SimulatorAccount {
  info: SimulatedAccount
  user: TelegramUser
  mailbox: Mailbox
  banned: boolean
  password: PasswordState | null
  /** The data centre that it was moved to; null: it never was, and any will do. */
  homeDc: number | null
  /** Keys (by serial) whose clients were told of the move, and those with which they came to the new place. */
  move: { told: Set<number>; arrived: Set<number> }
  /** Own sends by random_id. */
  sends: Map<bigint, StoredMessage>
  loose: LooseEvent[]
  qts: number
  /** Read marks in megagroups. */
  marks: Map<TelegramGroup, { readInbox: number; readOutbox: number }>
  /** Epoch seconds of the last send to groups with slow mode. */
  lastSends: Map<TelegramGroup, number>
}

export interface SimulatorCustomer {
  info: SimulatedCustomer
  user: TelegramUser
}

/** Who causes a change: the device that asked for it needs no update of its own. */
export type Origin = Authorization | null

export function isAdmin(group: TelegramGroup, user: TelegramUser): boolean {
  const role = group.members.get(user)?.role
  return role === 'owner' || role === 'admin'
}

/** Neutral address of a conversation's other side. */
export function addressOfPeer(peer: Peer): string {
  if (peer.kind === 'user') return `user:${peer.id}`
  return `${peer.mega ? 'channel' : 'chat'}:${peer.id}`
}
