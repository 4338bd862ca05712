/** What passes between people: posts and their changes, brought to everybody's mailbox and noted in the provider's record. */
import type { FileStore } from './files.ts'
import type { Mailbox, MailboxEvent, StoredMessage } from './mailbox.ts'
import {
  addressOfPeer,
  type LooseEvent,
  type Media,
  type Origin,
  type Peer,
  type Post,
  type SimulatorAccount,
  type TelegramGroup,
  type TelegramUser,
} from './model.ts'
import { mentionsOf } from './neutral.ts'
import { Rows } from './rows.ts'
import type { TlObject } from './tl-codec.ts'
import { pollObject, pollResults } from './tl-media.ts'
import { peerObject, reactionsObject } from './tl-objects.ts'
import type { TelegramWorld } from './world.ts'

/** Somebody's conversation: with a person, or in a group. */
export interface Place {
  author: TelegramUser
  peer: Peer
}

export interface NewPost extends Place {
  text?: string
  entities?: TlObject[]
  media?: Media | null
  action?: TlObject | null
  forward?: Post['forward']
  album?: bigint | null
  ttlSeconds?: number
  replyTo?: Post | null
  origin?: Origin
  randomId?: bigint | null
  /** Pushed in the same container as the message. */
  extra?: (account: SimulatorAccount) => TlObject[]
  /** Who gets it in a group beside the members: somebody who was just removed. */
  also?: TelegramUser
}

interface ExchangeOptions {
  world: TelegramWorld
  files: FileStore
  /** An event got its number; `origin` is the device that caused it and needs no update. */
  onEvent: (account: SimulatorAccount, event: MailboxEvent, origin: Origin, extra: TlObject[]) => void
  onLoose: (account: SimulatorAccount, event: LooseEvent, origin: Origin) => void
}

/** The device that caused something gets no update; every other one does, also of the same account. */
function originFor(account: SimulatorAccount, origin: Origin): Origin {
  return origin?.account === account ? origin : null
}

export class Exchange {
  readonly rows: Rows
  /** Conversations of two whose messages disappear, by `pairOf`, in seconds. */
  readonly timers = new Map<string, number>()
  /** False: programs learn only that results have changed, as Telegram tells it to users; bots are told each vote. */
  votesTold = true
  readonly #world: TelegramWorld
  readonly #options: ExchangeOptions

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.#world = options.world
    this.rows = new Rows(options.world, options.files)
  }

  /** Puts a post into every mailbox that it belongs to. The caller has looked for a repeated random_id before. */
  post(request: NewPost): Post {
    const { author, peer } = request
    const post: Post = {
      author,
      date: this.#world.date(),
      text: request.text ?? '',
      entities: request.entities ?? [],
      media: request.media ?? null,
      action: request.action ?? null,
      forward: request.forward ?? null,
      album: request.album ?? null,
      ttlSeconds: request.ttlSeconds ?? this.#timerOf(request),
      editedAt: null,
      reactions: new Map(),
      copies: new Map(),
    }
    if (peer.kind === 'group' && peer.box) this.#postToMegagroup(post, peer, peer.box, request)
    else for (const { account, peer: as } of this.#mailboxes(request)) this.#postTo(post, account, as, request)
    this.rows.recordPost(post)
    return post
  }

  pairOf(a: TelegramUser, b: TelegramUser): string {
    return [a.id, b.id].sort((one, other) => one - other).join(' ')
  }

  #timerOf({ author, peer }: Place): number {
    return peer.kind === 'group' ? peer.ttlSeconds : (this.timers.get(this.pairOf(author, peer)) ?? 0)
  }

  /** Accounts whose own mailbox gets a copy, and the conversation that it belongs to there. */
  #mailboxes({ author, peer, also }: NewPost): { account: SimulatorAccount; peer: Peer }[] {
    if (peer.kind === 'group') {
      const users = new Set([...peer.members.keys(), ...(also ? [also] : [])])
      return [...users].flatMap((user) => {
        const account = this.#world.accountOf(user)
        return account ? [{ account, peer }] : []
      })
    }
    const places: { account: SimulatorAccount; peer: Peer }[] = []
    const own = this.#world.accountOf(author)
    const other = this.#world.accountOf(peer)
    if (own) places.push({ account: own, peer })
    if (other && other !== own) places.push({ account: other, peer: author })
    return places
  }

  #postTo(post: Post, account: SimulatorAccount, peer: Peer, request: NewPost): void {
    const replyTo = request.replyTo?.copies.get(account.mailbox)?.id ?? null
    const own = account.user === post.author
    const event = account.mailbox.add({
      peer,
      post,
      replyTo,
      sentBy: own ? (request.origin ?? null) : null,
      randomId: own ? (request.randomId ?? null) : null,
    })
    if (own && event.message.randomId !== null) account.sends.set(event.message.randomId, event.message)
    this.#tell(account, event, request)
  }

  #postToMegagroup(post: Post, group: TelegramGroup, box: Mailbox, request: NewPost): void {
    const own = this.#world.accountOf(post.author)
    const replyTo = request.replyTo?.copies.get(box)?.id ?? null
    const randomId = request.randomId ?? null
    const event = box.add({ peer: group, post, replyTo, sentBy: request.origin ?? null, randomId })
    if (own && randomId !== null) own.sends.set(randomId, event.message)
    for (const account of this.#world.membersWithAccount(group)) this.#tell(account, event, request)
    const also = request.also && this.#world.accountOf(request.also)
    if (also) this.#tell(also, event, request)
  }

  #tell(account: SimulatorAccount, event: MailboxEvent, { origin, extra }: Pick<NewPost, 'origin' | 'extra'>): void {
    this.#options.onEvent(account, event, originFor(account, origin ?? null), extra?.(account) ?? [])
  }

  /** Every account that has this post, with its copy. */
  holders(post: Post): { account: SimulatorAccount; copy: StoredMessage }[] {
    return [...post.copies].flatMap(([box, copy]) => {
      if (copy.deleted) return []
      if (copy.peer.kind === 'group' && copy.peer.box === box)
        return this.#world.membersWithAccount(copy.peer).map((account) => ({ account, copy }))
      const account = [...this.#world.accounts.values()].find((one) => one.mailbox === box)
      return account ? [{ account, copy }] : []
    })
  }

  /** One new event in each mailbox that holds the post, told to each of its readers. */
  #inEachBox(post: Post, make: (box: Mailbox, copy: StoredMessage) => MailboxEvent, origin: Origin): MailboxEvent[] {
    const holders = this.holders(post)
    return [...post.copies].flatMap(([box, copy]) => {
      if (copy.deleted) return []
      const readers = holders.filter((holder) => holder.copy === copy)
      const event = make(box, copy)
      for (const { account } of readers) this.#tell(account, event, { origin })
      return [event]
    })
  }

  edit(
    post: Post,
    change: { text: string; entities: TlObject[]; media?: Media | null },
    origin: Origin,
  ): MailboxEvent[] {
    post.text = change.text
    post.entities = change.entities
    if (change.media !== undefined) post.media = change.media
    post.editedAt = this.#world.date()
    const events = this.#inEachBox(post, (box, copy) => box.edit(copy), origin)
    const mentions = mentionsOf(post.entities)
    this.rows.recordChange(post, post.author, (copy) => ({
      kind: 'edit',
      author: `user:${post.author.id}`,
      suffix: `edit/${events.find((event) => event.kind === 'edit' && event.message === copy)?.pts ?? 0}`,
      date: post.editedAt ?? post.date,
      text: post.text,
      entities: post.entities,
      details: mentions.length > 0 ? { mentions } : null,
    }))
    return events
  }

  /** Takes a post back for everybody. */
  remove(post: Post, by: TelegramUser, origin: Origin): void {
    this.#recordRemoval(post, by)
    this.#inEachBox(post, (box, copy) => box.remove([copy], copy.peer), origin)
  }

  /** Removes several messages of one box in one event, as deleteMessages does. `revoke`: for everybody else as well. */
  removeTogether(
    account: SimulatorAccount,
    copies: StoredMessage[],
    revoke: boolean,
    origin: Origin,
  ): MailboxEvent | null {
    const [first] = copies
    if (!first) return null
    const box = this.#world.boxOf(account, first.peer)
    if (revoke) for (const copy of copies) this.#recordRemoval(copy.post, account.user)
    const event = box.remove(copies, first.peer)
    const readers = box === account.mailbox ? [account] : this.#readersOf(first.peer)
    for (const reader of readers) this.#tell(reader, event, { origin })
    if (revoke)
      for (const { post } of copies) this.#inEachBox(post, (other, copy) => other.remove([copy], copy.peer), origin)
    return event
  }

  #readersOf(peer: Peer): SimulatorAccount[] {
    return peer.kind === 'group' ? this.#world.membersWithAccount(peer) : []
  }

  #recordRemoval(post: Post, by: TelegramUser): void {
    // Telegram does not tell who deleted: the conversation stands in the author's place.
    this.rows.recordChange(post, by, (copy) => ({
      kind: 'delete',
      author: addressOfPeer(copy.peer),
      suffix: 'delete',
      date: this.#world.date(),
      details: null,
    }))
  }

  /** null takes the reaction back. */
  react(post: Post, user: TelegramUser, emoji: string | null, origin: Origin): void {
    const date = this.#world.date()
    post.reactions.delete(user)
    if (emoji !== null) post.reactions.set(user, { emoji, date })
    this.rows.recordChange(post, user, () => ({
      kind: 'reaction',
      author: `user:${user.id}`,
      suffix: `reaction/${user.id}`,
      date,
      details: { emoji },
    }))
    for (const { account, copy } of this.holders(post))
      this.#loose(account, copy, origin, [user], 'reaction', null, this.reactionUpdate(account, copy))
  }

  reactionUpdate(account: SimulatorAccount, copy: StoredMessage): TlObject {
    return {
      _: 'updateMessageReactions',
      peer: peerObject(copy.peer),
      msg_id: copy.id,
      reactions: reactionsObject(copy.post, account.user),
    }
  }

  /** chosen: indexes of options; none: the vote is taken back. */
  vote(post: Post, user: TelegramUser, chosen: number[], origin: Origin): void {
    if (post.media?.kind !== 'poll') return
    const { poll } = post.media
    const date = this.#world.date()
    poll.votes.delete(user)
    if (chosen.length > 0) poll.votes.set(user, { chosen, date })
    const texts = chosen.map((index) => poll.options[index]?.text ?? '')
    this.rows.recordChange(post, user, () => ({
      kind: 'vote',
      author: `user:${user.id}`,
      suffix: `vote/${user.id}`,
      date,
      details: { vote: texts },
    }))
    const options = chosen.map((index) => poll.options[index]?.option ?? Buffer.alloc(0))
    for (const { account, copy } of this.holders(post)) {
      this.#loose(account, copy, origin, [user], 'poll', null, this.pollUpdate(account, copy))
      if (account.user === user || !poll.publicVoters || !this.votesTold) continue
      const qts = ++account.qts
      const update = {
        _: 'updateMessagePollVote',
        poll_id: poll.id,
        peer: peerObject(user),
        options,
        positions: chosen,
        qts,
      }
      this.#loose(account, copy, origin, [user], 'vote', qts, update)
    }
  }

  pollUpdate(account: SimulatorAccount, copy: StoredMessage): TlObject {
    const { media, author } = copy.post
    if (media?.kind !== 'poll') throw new Error('the message is no poll')
    return {
      _: 'updateMessagePoll',
      peer: peerObject(copy.peer),
      msg_id: copy.id,
      poll_id: media.poll.id,
      poll: pollObject(media.poll),
      results: pollResults(media.poll, account.user, author),
    }
  }

  #loose(
    account: SimulatorAccount,
    copy: StoredMessage,
    origin: Origin,
    users: TelegramUser[],
    label: string,
    qts: number | null,
    update: TlObject,
  ): void {
    const event = {
      date: this.#world.date(),
      qts,
      label,
      providerId: String(copy.id),
      peers: [copy.peer, ...users],
      update,
    }
    this.tellLoose(account, event, origin)
  }

  /** An update without a pts: pushed, and kept for devices that are away. */
  tellLoose(account: SimulatorAccount, event: LooseEvent, origin: Origin): void {
    account.loose.push(event)
    if (account.loose.length > MAX_LOOSE) account.loose.splice(0, MAX_LOOSE / 10)
    this.#options.onLoose(account, event, originFor(account, origin))
  }

  /** An account has read a conversation up to maxId. Returns the pts afterwards and how much it moved. */
  readByAccount(account: SimulatorAccount, peer: Peer, maxId: number, origin: Origin): { pts: number; count: number } {
    const event = account.mailbox.readInbox(peer, maxId, account.user)
    if (event) this.#tell(account, event, { origin })
    return { pts: account.mailbox.pts, count: event ? 1 : 0 }
  }

  /** The account's other devices learn how far a megagroup is read; no event of the group's own row. */
  readMegagroup(account: SimulatorAccount, group: TelegramGroup, maxId: number, origin: Origin): void {
    const dialog = this.#world.dialog(account, group)
    const last = dialog.messages.findLast((message) => message.post.author !== account.user && message.id <= maxId)
    if (!last || last.id <= dialog.readInboxMaxId) return
    account.marks.set(group, { readInbox: last.id, readOutbox: dialog.readOutboxMaxId })
    const unread = dialog.messages.filter((one) => one.id > last.id && one.post.author !== account.user).length
    const update = {
      _: 'updateReadChannelInbox',
      channel_id: BigInt(group.id),
      max_id: last.id,
      still_unread_count: unread,
      pts: group.box?.pts ?? 1,
    }
    const common = { date: this.#world.date(), qts: null, label: 'read-inbox', providerId: String(last.id) }
    this.tellLoose(account, { ...common, peers: [group], update }, origin)
  }

  /** Somebody else has read the account's messages up to maxId. */
  readByOther(account: SimulatorAccount, peer: Peer, maxId: number): void {
    if (peer.kind === 'group' && peer.box) return this.#readInMegagroup(account, peer, maxId)
    const event = account.mailbox.readOutbox(peer, maxId, account.user)
    if (event) this.#tell(account, event, {})
  }

  #readInMegagroup(account: SimulatorAccount, group: TelegramGroup, maxId: number): void {
    const dialog = this.#world.dialog(account, group)
    const last = dialog.messages.findLast((message) => message.post.author === account.user && message.id <= maxId)
    if (!last || last.id <= dialog.readOutboxMaxId) return
    account.marks.set(group, { readInbox: dialog.readInboxMaxId, readOutbox: last.id })
    const update = { _: 'updateReadChannelOutbox', channel_id: BigInt(group.id), max_id: last.id }
    const common = { date: this.#world.date(), qts: null, label: 'read-outbox', providerId: String(last.id) }
    this.tellLoose(account, { ...common, peers: [group], update }, null)
  }
}

/** So many changes without a pts are kept for devices that are away. */
const MAX_LOOSE = 10_000
