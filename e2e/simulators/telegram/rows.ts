/** The provider's own record: what customers sent and got, in the neutral form as each account sees it. */
import type { NeutralMessage } from '../../../shared/contracts/neutral-message.ts'
import type { SimulatedMessage } from '../provider.ts'
import type { FileStore } from './files.ts'
import type { Mailbox, StoredMessage } from './mailbox.ts'
import { addressOfPeer, type Peer, type Post, type SimulatorAccount, type TelegramUser } from './model.ts'
import { neutralChange, neutralMessage } from './neutral.ts'
import { encodeTl } from './tl-codec.ts'
import { messageObject } from './tl-objects.ts'
import type { TelegramWorld } from './world.ts'

type Change = Omit<Parameters<typeof neutralChange>[0], 'chat' | 'target'>

export class Rows {
  readonly sent: SimulatedMessage[] = []
  readonly received = new Map<string, SimulatedMessage[]>()
  readonly #world: TelegramWorld
  readonly #files: FileStore

  constructor(world: TelegramWorld, files: FileStore) {
    this.#world = world
    this.#files = files
  }

  /** Notes a new message: for each account that sees a customer's, for each customer who gets an account's. */
  recordPost(post: Post): void {
    this.#record(post, post.author, (account, copy) => this.#messageRow(account, copy))
  }

  recordChange(post: Post, by: TelegramUser, change: (copy: StoredMessage) => Change): void {
    this.#record(post, by, (account, copy) => {
      const neutral = neutralChange({ ...change(copy), chat: addressOfPeer(copy.peer), target: copy.id })
      return this.#row(neutral, account, copy)
    })
  }

  #record(
    post: Post,
    by: TelegramUser,
    make: (account: SimulatorAccount, copy: StoredMessage) => Omit<SimulatedMessage, 'customer'>,
  ): void {
    const customer = this.#world.customerOf(by)
    for (const [box, copy] of post.copies) {
      if (copy.deleted) continue
      const shared = copy.peer.kind === 'group' && copy.peer.box === box
      const readers = shared ? this.#membersOf(copy.peer) : this.#ownersOf(box)
      for (const account of readers) {
        if (customer) this.sent.push({ customer: customer.info.id, ...make(account, copy) })
        else if (account.user === by) for (const id of this.#audience(copy.peer)) this.#receive(id, make(account, copy))
      }
    }
  }

  #receive(customer: string, row: Omit<SimulatedMessage, 'customer'>): void {
    const rows = this.received.get(customer) ?? []
    rows.push({ customer, ...row })
    this.received.set(customer, rows)
  }

  #membersOf(peer: Peer): SimulatorAccount[] {
    return peer.kind === 'group' ? this.#world.membersWithAccount(peer) : []
  }

  #ownersOf(box: Mailbox): SimulatorAccount[] {
    return [...this.#world.accounts.values()].filter((account) => account.mailbox === box)
  }

  /** Customers whom an account's message in this conversation reaches. */
  #audience(peer: Peer): string[] {
    if (peer.kind === 'group') return this.#world.customersIn(peer).map((one) => one.info.id)
    const customer = this.#world.customerOf(peer)
    return customer ? [customer.info.id] : []
  }

  #messageRow(account: SimulatorAccount, copy: StoredMessage): Omit<SimulatedMessage, 'customer'> {
    const { media } = copy.post
    const sha256 = media?.kind === 'photo' || media?.kind === 'document' ? media.file.sha256 : null
    const message = messageObject({ world: this.#world, files: this.#files, account }, copy)
    return this.#row(neutralMessage(message, addressOfPeer(copy.peer), sha256), account, copy)
  }

  #row(message: NeutralMessage, account: SimulatorAccount, copy: StoredMessage): Omit<SimulatedMessage, 'customer'> {
    const object = messageObject({ world: this.#world, files: this.#files, account }, copy)
    return {
      account: account.info.id,
      providerId: message.providerId,
      message,
      raw: encodeTl(object).toString('base64'),
      group: copy.peer.kind === 'group' ? copy.peer.key : null,
    }
  }
}
