/** One simulator with one account and one customer, and as many desks on it as a test opens. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { plainText } from '../../shared/contracts/neutral-message.ts'
import type { SendRequest } from '../../engine/channels/channel.ts'
import type { TelegramTiming } from '../../engine/channels/telegram/timing.ts'
import type { FaultRequest, SayRequest, WireEntry } from '../simulators/provider.ts'
import { TelegramSimulator } from '../simulators/telegram/simulator.ts'
import { type MessageEvent, TelegramDesk } from './telegram-desk.ts'

type Timing = Partial<TelegramTiming>

export class TelegramBench {
  /** The engine's wall clock; the simulator's own does not move with it. */
  readonly clock = { offsetMs: 0, now: () => Date.now() + this.clock.offsetMs }
  simulator = createSimulator(7)
  readonly #desks: TelegramDesk[] = []
  readonly #relays: { close(): Promise<void> }[] = []

  static async open(): Promise<TelegramBench> {
    const bench = new TelegramBench()
    await bench.simulator.start(0)
    return bench
  }

  async close(): Promise<void> {
    for (const desk of this.#desks) await desk.close()
    for (const relay of this.#relays) await relay.close()
    await this.simulator.stop()
  }

  get account() {
    return only(this.simulator.accounts())
  }

  get customer() {
    const [first] = this.simulator.customers()
    if (!first) throw new Error('the bench holds a customer')
    return first
  }

  get port(): number {
    return Number(this.simulator.endpoints().address.split(':')[1])
  }

  openDesk(timing: Timing = {}, relayPort: number | null = null): TelegramDesk {
    const desk = new TelegramDesk(this.simulator, this.clock, timing, relayPort)
    this.#desks.push(desk)
    return desk
  }

  async openLiveDesk(timing: Timing = {}): Promise<TelegramDesk> {
    const desk = this.openDesk(timing)
    await desk.pair(this.simulator, this.account.phone)
    return desk
  }

  /** A live desk that the customer has written to. */
  async openTalkingDesk(timing: Timing = {}): Promise<TelegramDesk> {
    const desk = await this.openLiveDesk(timing)
    await this.say('hello')
    await desk.untilText('hello')
    return desk
  }

  /** The same port, but a provider that knows no key of before. */
  async replaceSimulator(): Promise<void> {
    const { port } = this
    await this.simulator.stop()
    this.simulator = createSimulator(8)
    await this.simulator.start(port)
  }

  say(text: string): Promise<string> {
    return this.simulator.say(this.saying(text))
  }

  saying(text: string): SayRequest {
    const quiet = { group: null, entities: [], reply: null, details: null, media: null }
    return { ...quiet, customer: this.customer.id, account: this.account.id, kind: 'text', text }
  }

  textTo(desk: TelegramDesk, text: string, reply: string | null = null): SendRequest {
    return {
      clientId: desk.channel.newClientId(),
      address: this.customer.address,
      content: plainText(text, reply),
      file: null,
    }
  }

  /** The file of a message as the channel fetches it. */
  async download(desk: TelegramDesk, { media }: MessageEvent, offset = 0): Promise<Buffer> {
    if (!media) throw new Error('the message offers no file')
    const { signal } = new AbortController()
    const pieces: Uint8Array[] = []
    for await (const piece of desk.channel.download({ reference: media.reference, offset, signal })) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  fault(kind: FaultRequest['kind'], value?: number): Promise<void> {
    return this.simulator.fault({ kind, account: this.account.id, ...(value === undefined ? {} : { value }) })
  }

  wire(event: WireEntry['event']): WireEntry[] {
    return this.simulator.wire(this.account.id).filter((entry) => entry.event === event)
  }

  connects(): number {
    return this.simulator.wire(null).filter(({ event }) => event === 'connect').length
  }

  openConnections(): number[] {
    const open = new Set<number>()
    for (const { event, connection } of this.simulator.wire(null)) {
      if (event === 'connect') open.add(connection)
      if (event === 'close') open.delete(connection)
    }
    return [...open]
  }

  received(): string[] {
    return this.simulator.received(this.customer.id).map(({ message }) => message.text)
  }

  /** A wire to the simulator that can be cut before anybody has logged in over it. */
  async openRelay(): Promise<{ port: number; cut(): void }> {
    const target = this.port
    const sockets = new Set<Socket>()
    const server = createServer((near) => {
      const far = connect(target, '127.0.0.1')
      for (const socket of [near, far]) {
        sockets.add(socket)
        socket.on('error', () => socket.destroy())
      }
      near.pipe(far).pipe(near)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const cut = () => {
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    }
    this.#relays.push({
      close() {
        cut()
        return new Promise<void>((resolve) => server.close(() => resolve()))
      },
    })
    return { port: (server.address() as AddressInfo).port, cut }
  }
}

function createSimulator(seed: number): TelegramSimulator {
  const simulator = new TelegramSimulator({ clock: { now: () => Date.now() }, seed })
  simulator.addAccount({ id: 'tg-1', name: 'Shop One', phone: '4915112345678' })
  simulator.addCustomer({ id: 'c-1', name: 'Ana Souza', phone: '5511987654321', language: 'pt' })
  return simulator
}

function only<T>(list: T[]): T {
  const [first] = list
  if (first === undefined || list.length > 1) throw new Error('the bench holds exactly one')
  return first
}
