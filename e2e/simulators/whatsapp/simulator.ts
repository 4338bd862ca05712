/** The WhatsApp simulator: a multi-device server on a loopback WebSocket, with the phones of accounts and customers. */
import { once } from 'node:events'
import { WebSocketServer } from 'ws'
import type {
  ActivityRequest,
  ChangeRequest,
  FaultRequest,
  GroupRequest,
  PairRequest,
  ProviderSimulator,
  SayRequest,
  SimulatedAccount,
  SimulatedCustomer,
  SimulatedGroup,
  SimulatedMessage,
  SimulatorClock,
  WireEntry,
} from '../provider.ts'
import { SimulatorError } from '../provider.ts'
import { act } from './activity.ts'
import { ring } from './calls.ts'
import { CodePairing } from './code-pairing.ts'
import { Connection } from './connection.ts'
import type { ConnectionEvents, ServerKeys } from './connection.ts'
import { keyPairFrom } from './curve.ts'
import { change, say } from './customer-side.ts'
import { applyFault } from './fault-control.ts'
import { MAX_FRAME_BYTES } from './frame-reader.ts'
import { reinstall } from './device-notices.ts'
import { addGroup, requestChange } from './group-changes.ts'
import { Linking } from './linking.ts'
import { MediaServer } from './media-server.ts'
import type { BinaryNode } from './binary-node.ts'
import { logIn } from './login.ts'
import { sendSealed } from './posting.ts'
import { markRead } from './receipts.ts'
import { SeededSource } from './seeded.ts'
import { handleStanza } from './stanzas.ts'
import { World } from './world.ts'

/** A frame, its length and the longest intro. */
const MAX_SOCKET_MESSAGE_BYTES = MAX_FRAME_BYTES + 8192

export class WhatsAppSimulator implements ProviderSimulator {
  readonly channel = 'whatsapp'
  readonly #world: World
  readonly #linking: Linking
  readonly #codes: CodePairing
  readonly #keys: ServerKeys
  readonly #connections = new Set<Connection>()
  readonly #media: MediaServer
  #server: WebSocketServer | null = null
  #lastConnection = 0

  constructor(options: { clock: SimulatorClock; seed: number }) {
    const source = new SeededSource(options.seed)
    this.#world = new World(options.clock, source)
    this.#linking = new Linking(this.#world)
    this.#codes = new CodePairing(this.#world, this.#linking)
    this.#media = new MediaServer(this.#world.media, {
      byToken: (auth) => [...this.#world.accounts.values()].find((account) => account.mediaToken === auth),
      byId: (id) => this.#world.accounts.get(id),
    })
    this.#keys = {
      root: keyPairFrom(source.bytes('certificate/root', 32)),
      intermediate: keyPairFrom(source.bytes('certificate/intermediate', 32)),
      noise: keyPairFrom(source.bytes('noise-static', 32)),
    }
  }

  async start(port: number): Promise<number> {
    if (this.#server) throw new SimulatorError('bad_request', 'already started')
    const server = new WebSocketServer({ host: '127.0.0.1', port, maxPayload: MAX_SOCKET_MESSAGE_BYTES })
    await once(server, 'listening')
    server.on('connection', (socket) => {
      this.#lastConnection += 1
      const connection = new Connection(this.#lastConnection, socket, this.#world, this.#keys, this.#events())
      this.#connections.add(connection)
    })
    this.#server = server
    await this.#media.start()
    return this.#port()
  }

  /** Cuts all connections; what the world holds stays and is there again after the next start. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (!server) return
    for (const connection of this.#connections) connection.cut('simulator stopped')
    await new Promise<void>((resolve) => server.close(() => resolve()))
    await this.#media.stop()
  }

  endpoints(): Record<string, string> {
    return {
      url: `ws://127.0.0.1:${this.#port()}/ws/chat`,
      root: this.#keys.root.publicKey.toString('hex'),
      media: this.#world.media.host ?? '',
      mediaCa: this.#media.caFile,
    }
  }

  addAccount(account: { id: string; name: string; phone: string }): SimulatedAccount {
    return this.#world.addAccount(account).describe()
  }

  addCustomer(customer: { id: string; name: string; phone: string; language: string }): SimulatedCustomer {
    return this.#world.addCustomer(customer).describe()
  }

  accounts(): SimulatedAccount[] {
    return [...this.#world.accounts.values()].map((account) => account.describe())
  }

  customers(): SimulatedCustomer[] {
    return [...this.#world.customers.values()].map((customer) => customer.describe())
  }

  async say(request: SayRequest): Promise<string> {
    return request.kind === 'call' ? ring(this.#world, request) : say(this.#world, request)
  }

  async change(request: ChangeRequest): Promise<string> {
    return change(this.#world, request)
  }

  act(request: ActivityRequest): void {
    act(this.#world, request)
  }

  async addGroup(group: { id: string; subject: string; members: string[] }): Promise<SimulatedGroup> {
    return addGroup(this.#world, group)
  }

  groups(): SimulatedGroup[] {
    return [...this.#world.groups.values()].map((group) => group.describe())
  }

  async changeGroup(request: GroupRequest): Promise<void> {
    await requestChange(this.#world, request)
  }

  /** The phone and its linked devices; `current` where one is connected now. */
  devices(account: string): { id: string; name: string; current: boolean }[] {
    const { companions } = this.#world.account(account)
    const linked = [...companions.values()].map(({ device, name, connection }) => {
      return { id: String(device), name, current: connection !== null }
    })
    return [{ id: '0', name: 'phone', current: false }, ...linked]
  }

  async read(request: { customer: string; account: string; providerId?: string }): Promise<void> {
    const customer = this.#world.customer(request.customer)
    const account = this.#world.account(request.account)
    const shown = [...customer.shown.values()].filter((entry) => entry.account === account)
    let upTo = shown.length
    if (request.providerId !== undefined) {
      upTo = shown.findIndex(({ id }) => id === request.providerId) + 1
      if (upTo === 0) throw new SimulatorError('not_found', `the customer has no message ${request.providerId}`)
    }
    const unread = shown.slice(0, upTo).filter(({ read }) => !read)
    await this.#world.inOrder(async () => {
      markRead(this.#world, customer, unread)
      await Promise.resolve()
    })
  }

  received(customer: string): SimulatedMessage[] {
    const { id } = this.#world.customer(customer)
    return this.#world.received.filter((message) => message.customer === id)
  }

  sent(): SimulatedMessage[] {
    return [...this.#world.sent]
  }

  wire(account: string | null): WireEntry[] {
    return this.#world.wire.entries(account)
  }

  async fault(request: FaultRequest): Promise<void> {
    await applyFault(this.#world, this.#world.account(request.account), request)
  }

  /** Puts the bytes of a frame on the account's lines as they are, for hostile input; false where it has none now. */
  pushHostile(account: string, bytes: Buffer): boolean {
    const lines = this.#world.account(account).connections()
    for (const line of lines) line.sendBytes(bytes)
    return lines.length > 0
  }

  /** A stanza around bytes that `customer` has sealed, for hostile input. */
  async pushSealed(
    request: { account: string; customer: string; id: string; padded: Buffer; content: Buffer },
    shape: (node: BinaryNode) => BinaryNode,
  ): Promise<void> {
    const { id, padded, content } = request
    const people = { account: this.#world.account(request.account), author: this.#world.customer(request.customer) }
    await this.#world.inOrder(() => sendSealed(this.#world, { ...people, id, padded, content }, shape))
  }

  async pair(request: PairRequest): Promise<void> {
    const account = this.#world.account(request.account)
    if (request.code !== undefined) return this.#codes.enter(account, request.code)
    if (!request.qr) throw new SimulatorError('bad_request', 'the QR text or the code is missing')
    await this.#linking.scan(account, request.qr)
  }

  /** The customer has a new phone: new keys, and a notice of it to every device that wrote with the old one. */
  async reinstall(customer: string): Promise<void> {
    const person = this.#world.customer(customer)
    await this.#world.inOrder(() => Promise.resolve(reinstall(this.#world, person)))
  }

  /** Ids of the messages that the account's own phone got as copies from its linked devices, in order. */
  phoneCopies(account: string): string[] {
    return [...this.#world.account(account).phoneCopies]
  }

  #port(): number {
    const address = this.#server?.address()
    if (!address || typeof address === 'string') throw new SimulatorError('bad_request', 'not started')
    return address.port
  }

  #events(): ConnectionEvents {
    return {
      opened: async (connection, noiseKey, payload) => {
        if (payload.devicePairingData) await this.#linking.offer(connection, noiseKey, payload.devicePairingData)
        else logIn(this.#world, connection, noiseKey, payload)
      },
      stanza: async (connection, node) => {
        if (connection.login) await handleStanza(this.#world, connection, connection.login, node)
        // Before it is linked a client only answers; anything else has to wait for its login.
        else if (node.tag === 'iq' && node.attrs.type === 'set') this.#codes.handle(connection, node)
        else if (node.tag === 'iq') connection.answered(node)
      },
      closed: (connection) => {
        this.#connections.delete(connection)
        this.#linking.forget(connection)
        this.#codes.forget(connection)
        const companion = connection.login?.companion
        if (companion?.connection !== connection) return
        companion.connection = null
        companion.queue.detach()
      },
    }
  }
}
