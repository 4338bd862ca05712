/** The Telegram simulator as the control API sees it: accounts, customers, groups, what they say and change, and the faults. */
import {
  SimulatorError,
  type ActivityRequest,
  type ChangeRequest,
  type FaultRequest,
  type GroupRequest,
  type PairRequest,
  type ProviderSimulator,
  type SayRequest,
  type SimulatedAccount,
  type SimulatedCustomer,
  type SimulatedGroup,
  type SimulatedMessage,
  type SimulatorClock,
  type WireEntry,
} from '../provider.ts'
import { act } from './activity.ts'
import type { Connection } from './connection.ts'
import { Exchange } from './exchange.ts'
import { FaultDesk } from './fault-desk.ts'
import { FaultBook } from './faults.ts'
import { FileStore } from './files.ts'
import { GroupDesk } from './group-desk.ts'
import { LoginDesk } from './login-desk.ts'
import type { StoredMessage } from './mailbox.ts'
import {
  addressOfPeer,
  type Peer,
  type Poll,
  type SimulatorAccount,
  type TelegramGroup,
  type TelegramUser,
} from './model.ts'
import { MtprotoServer } from './mtproto-server.ts'
import { UpdatePusher } from './pusher.ts'
import { executeRpc } from './rpc.ts'
import { contentOf, entityObjects, VIEW_ONCE_SECONDS } from './say.ts'
import { newPassword } from './srp.ts'
import { testPublicKeyPem } from './test-key.ts'
import { RpcError } from './tl-fields.ts'
import { WireLog } from './wire-log.ts'
import { TelegramWorld } from './world.ts'

interface TelegramSimulatorOptions {
  clock: SimulatorClock
  /** Decides all ids, access hashes and login codes. */
  seed: number
}

/** Who does something, in which conversation, and the account through whose eyes ids are read. */
interface Scene {
  author: TelegramUser
  peer: Peer
  viewer: SimulatorAccount
}

/** What the provider refuses is the control API's bad request. */
function refusing<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof RpcError) throw new SimulatorError('bad_request', error.message)
    throw error
  }
}

export class TelegramSimulator implements ProviderSimulator {
  readonly channel = 'telegram'
  readonly #world: TelegramWorld
  readonly #files: FileStore
  readonly #exchange: Exchange
  readonly #groups: GroupDesk
  readonly #server: MtprotoServer
  readonly #wire: WireLog
  readonly #faults = new FaultBook()
  readonly #faultDesk: FaultDesk
  readonly #desk: LoginDesk
  readonly #pusher: UpdatePusher
  #port = 0
  #polls = 0

  constructor(options: TelegramSimulatorOptions) {
    const now = (): number => options.clock.now()
    this.#wire = new WireLog(now)
    const world = new TelegramWorld({ now, seed: options.seed })
    this.#world = world
    this.#files = new FileStore(
      (text) => world.secret(text),
      () => world.date(),
    )
    this.#exchange = new Exchange({
      world,
      files: this.#files,
      onEvent: (account, event, origin, extra) => this.#pusher.push(account, event, origin, extra),
      onLoose: (account, event, origin) => this.#pusher.pushLoose(account, event, origin),
    })
    this.#groups = new GroupDesk(world, this.#exchange)
    this.#desk = new LoginDesk(world, (device, account) => {
      const connection = this.#server.connectionsOf(device).at(-1)?.number ?? 0
      this.#wire.add({ account: account.info.id, connection, event: 'login' })
    })
    this.#server = new MtprotoServer({
      now,
      rpc: (session, query) => executeRpc(this.#rpcWorld(), session, query),
      onConnect: (connection) => this.#wire.add({ account: null, connection: connection.number, event: 'connect' }),
      onClose: (connection) =>
        this.#wire.add({ account: accountOf(connection), connection: connection.number, event: 'close' }),
      onBadMessage: ({ key, connection }, code) =>
        this.#wire.add({
          account: key.authorization.account?.info.id ?? null,
          connection: connection?.number ?? 0,
          event: 'rpc',
          detail: `bad_msg_notification ${code}`,
        }),
      onRefused: ({ number }, reason) =>
        this.#wire.add({ account: null, connection: number, event: 'rpc', detail: `key exchange refused: ${reason}` }),
    })
    const shared = { server: this.#server, world, faults: this.#faults }
    this.#pusher = new UpdatePusher({ ...shared, files: this.#files, wire: this.#wire })
    this.#faultDesk = new FaultDesk({ ...shared, pusher: this.#pusher, exchange: this.#exchange })
  }

  #rpcWorld(): Parameters<typeof executeRpc>[0] {
    return {
      world: this.#world,
      server: this.#server,
      desk: this.#desk,
      faults: this.#faults,
      wire: this.#wire,
      pusher: this.#pusher,
      files: this.#files,
      exchange: this.#exchange,
      groups: this.#groups,
      newPoll: (poll) => this.#newPoll(poll),
      port: () => this.#port,
    }
  }

  #newPoll(poll: Pick<Poll, 'question' | 'options' | 'multiple' | 'publicVoters'>): Poll {
    const id = this.#world.secret(`poll ${++this.#polls}`).readBigInt64LE() >> 1n
    return { ...poll, id, closed: false, votes: new Map() }
  }

  async start(port: number): Promise<number> {
    this.#port = await this.#server.start(port)
    return this.#port
  }

  async stop(): Promise<void> {
    this.#pusher.stop()
    await this.#server.stop()
  }

  /** `address`: host and port; `rsa`: PEM text of the server's public key. */
  endpoints(): { address: string; rsa: string } {
    return { address: `127.0.0.1:${this.#port}`, rsa: testPublicKeyPem }
  }

  addAccount(account: { id: string; name: string; phone: string }): SimulatedAccount {
    return this.#world.addAccount(account.id, account.name, account.phone).info
  }

  addCustomer(customer: { id: string; name: string; phone: string; language: string }): SimulatedCustomer {
    return this.#world.addCustomer(customer.id, customer.name, customer.phone, customer.language).info
  }

  accounts(): SimulatedAccount[] {
    return [...this.#world.accounts.values()].map((account) => account.info)
  }

  customers(): SimulatedCustomer[] {
    return [...this.#world.customers.values()].map((customer) => customer.info)
  }

  /** Resolves with the message id as the account sees it. Lone surrogates become U+FFFD, as on the wire. */
  async say(request: SayRequest): Promise<string> {
    const scene = this.#scene(request)
    const { author, peer, viewer } = scene
    const context = { world: this.#world, files: this.#files, newPoll: this.#rpcWorld().newPoll }
    const content = contentOf(request, author, context)
    const media = content.media
    if (media?.kind === 'photo' || media?.kind === 'document')
      if (this.#faults.take(viewer.info.id, 'view-once') !== null) media.ttlSeconds = VIEW_ONCE_SECONDS
    const replyTo = request.reply === null ? null : this.#find(request.reply, scene).post
    const post = refusing(() => this.#exchange.post({ ...content, author, peer, replyTo }))
    return String(this.#copy(post.copies.values(), viewer, peer).id)
  }

  #scene(request: Pick<SayRequest, 'customer' | 'account' | 'group' | 'fromPhone'>): Scene {
    const customer = this.#world.customer(request.customer)
    const account = request.account === null ? null : this.#world.account(request.account)
    const fromPhone = request.fromPhone === true
    if (fromPhone && !account) throw new SimulatorError('bad_request', 'account names whose phone it is')
    const author = fromPhone && account ? account.user : customer.user
    if (request.group === null) {
      if (!account) throw new SimulatorError('bad_request', 'account or group is missing')
      return { author, peer: fromPhone ? customer.user : account.user, viewer: account }
    }
    const group = this.#world.group(request.group)
    const viewer = account ?? this.#world.membersWithAccount(group)[0]
    if (!viewer) throw new SimulatorError('bad_request', 'no account is in this group')
    if (!group.members.has(author)) throw new SimulatorError('bad_request', 'the writer is not in this group')
    return { author, peer: group, viewer }
  }

  /** The conversation as the scene's account sees it. */
  #conversation({ author, peer, viewer }: Scene): Peer {
    return peer === viewer.user ? author : peer
  }

  #copy(copies: Iterable<StoredMessage>, viewer: SimulatorAccount, peer: Peer): StoredMessage {
    const box = this.#world.boxOf(viewer, peer)
    for (const copy of copies) if (copy.post.copies.get(box) === copy) return copy
    throw new SimulatorError('bad_request', 'the account does not see this conversation')
  }

  #find(providerId: string, scene: Scene): StoredMessage {
    const peer = this.#conversation(scene)
    const message = this.#world.boxOf(scene.viewer, peer).message(Number(providerId))
    if (message?.peer !== peer)
      throw new SimulatorError('not_found', `there is no message ${providerId} in this conversation`)
    return message
  }

  async change(request: ChangeRequest): Promise<string> {
    const scene = this.#scene(request)
    const { author } = scene
    const message = this.#find(request.target, scene)
    const { post, id } = message
    const { change } = request
    switch (change.kind) {
      case 'edit': {
        if (post.author !== author) throw new SimulatorError('bad_request', 'only its writer edits a message')
        const content = { text: change.text.toWellFormed(), entities: entityObjects(change.entities, []) }
        const events = this.#exchange.edit(post, content, null)
        const own = events.find((event) => event.kind === 'edit' && event.message === message)
        return `${id}/edit/${own?.pts ?? 0}`
      }
      case 'delete':
        this.#exchange.remove(post, author, null)
        return `${id}/delete`
      case 'reaction':
        this.#exchange.react(post, author, change.emoji, null)
        return `${id}/reaction/${author.id}`
      case 'vote':
        this.#exchange.vote(post, author, this.#chosen(message, change.options), null)
        return `${id}/vote/${author.id}`
    }
  }

  #chosen({ post }: StoredMessage, options: string[]): number[] {
    if (post.media?.kind !== 'poll') throw new SimulatorError('bad_request', 'the message is no poll')
    const { poll } = post.media
    const chosen = options.map((text) => poll.options.findIndex((option) => option.text === text))
    if (chosen.includes(-1) || (chosen.length > 1 && !poll.multiple))
      throw new SimulatorError('bad_request', 'the poll has no such choice')
    return [...new Set(chosen)].sort((a, b) => a - b)
  }

  act(request: ActivityRequest): void {
    act(this.#world, this.#pusher, request)
  }

  async addGroup(group: { id: string; subject: string; members: string[]; mega: boolean }): Promise<SimulatedGroup> {
    const [owner, ...members] = group.members.map((id) => this.#world.person(id))
    if (!owner) throw new SimulatorError('bad_request', 'a group has an owner')
    const request = { key: group.id, title: group.subject, owner, members, mega: group.mega }
    return this.#groupInfo(refusing(() => this.#groups.create(request, null)).group)
  }

  groups(): SimulatedGroup[] {
    return [...this.#world.groups.values()].map((group) => this.#groupInfo(group))
  }

  #groupInfo(group: TelegramGroup): SimulatedGroup {
    const members = [...group.members].map(([user, { role }]) => ({ id: this.#idOf(user), role }))
    const address = addressOfPeer(group)
    return { id: group.key, channel: 'telegram', subject: group.title, address, members, mega: group.mega }
  }

  #idOf(user: TelegramUser): string {
    return (this.#world.accountOf(user) ?? this.#world.customerOf(user))?.info.id ?? addressOfPeer(user)
  }

  async changeGroup(request: GroupRequest): Promise<void> {
    const group = this.#world.group(request.group)
    const by = this.#world.person(request.by)
    refusing(() => this.#changeGroup(group, by, request.change))
  }

  #changeGroup(group: TelegramGroup, by: TelegramUser, change: GroupRequest['change']): void {
    const named = 'members' in change ? change.members.map((id) => this.#world.person(id)) : []
    switch (change.kind) {
      case 'add':
        return void this.#groups.add(group, by, named, null)
      case 'remove':
        for (const user of named) this.#groups.remove(group, by, user, null)
        return
      case 'promote':
      case 'demote':
        for (const user of named)
          this.#groups.setRole(group, user, change.kind === 'promote' ? 'admin' : 'member', null)
        return
      case 'join':
        return void this.#groups.join(group, by, group.invite !== null, null)
      case 'leave':
        return void this.#groups.remove(group, by, by, null)
      case 'subject':
        return void this.#groups.setTitle(group, by, change.text, null)
      case 'description':
        return this.#groups.setAbout(group, change.text, null)
      case 'announce':
        return void this.#groups.setAnnounce(group, change.on, null)
      case 'slow':
        group.slowmodeSeconds = change.seconds
        return
      case 'protect':
        return this.#groups.setProtected(group, change.on, null)
      case 'timer':
        return void this.#groups.setTimer(group, by, change.seconds, null)
    }
  }

  setPassword(account: string, password: string | null, hint: string | null): void {
    this.#world.account(account).password = password === null ? null : newPassword(password, hint)
  }

  devices(id: string): { id: string; name: string; current: boolean }[] {
    return this.#server.keys.authorizationsOf(this.#world.account(id)).map((device) => ({
      id: device.hash.toString(),
      name: device.device?.deviceModel ?? 'Unknown',
      current: this.#server.connectionsOf(device).length > 0,
    }))
  }

  async read(request: { customer: string; account: string; providerId?: string }): Promise<void> {
    const maxId = request.providerId === undefined ? Number.MAX_SAFE_INTEGER : Number(request.providerId)
    if (!Number.isSafeInteger(maxId)) throw new SimulatorError('bad_request', 'providerId is a decimal message id')
    const { user } = this.#world.customer(request.customer)
    this.#exchange.readByOther(this.#world.account(request.account), user, maxId)
  }

  received(customer: string): SimulatedMessage[] {
    return [...(this.#exchange.rows.received.get(this.#world.customer(customer).info.id) ?? [])]
  }

  sent(): SimulatedMessage[] {
    return [...this.#exchange.rows.sent]
  }

  wire(account: string | null): WireEntry[] {
    return this.#wire.list(account)
  }

  /** From now on votes are not told one by one: who wants to know asks messages.getPollVotes. */
  keepVotes(): void {
    this.#exchange.votesTold = false
  }

  /** The next `count` key exchanges fail: -404, and the line is closed. */
  refuseHandshakes(count: number): void {
    this.#server.refuseHandshakes(count)
  }

  lastCode(phone: string): string | null {
    return this.#desk.lastCode(phone)
  }

  /** The account's phone scans the QR of a login token. Throws SimulatorError('bad_request') when it is not valid (any more). */
  async pair(request: PairRequest): Promise<void> {
    const account = this.#world.account(request.account)
    const token = /^tg:\/\/login\?token=([\w-]+)=*$/.exec(request.qr ?? '')?.[1]
    if (!token) throw new SimulatorError('bad_request', 'qr is not a tg://login?token=… text')
    try {
      const device = this.#desk.acceptToken(Buffer.from(token, 'base64url'), account)
      this.#pusher.notify(device, { _: 'updateLoginToken' })
    } catch (error) {
      if (error instanceof RpcError) throw new SimulatorError('bad_request', error.message)
      throw error
    }
  }

  async fault(request: FaultRequest): Promise<void> {
    this.#faultDesk.strike(request)
  }

  /** Pushes bytes as they are, for hostile input; false where the account has no line now. */
  pushHostile(account: string, body: Buffer, as: { msgId?: bigint; seqno?: number } = {}): boolean {
    return this.#pusher.pushOnce(this.#world.account(account), body, as)
  }

  /** What `run` says and pushes to this account leaves in one container. */
  together(account: string, run: () => void): void {
    this.#pusher.together(this.#world.account(account), run)
  }

  /** The next number of the account's mailbox, for an update that the simulator itself knows nothing of. */
  takeNumber(account: string): number {
    return this.#world.account(account).mailbox.skip()
  }
}

function accountOf(connection: Connection): string | null {
  return connection.sessions().at(-1)?.key.authorization.account?.info.id ?? null
}
