/** What the themed tests start from: a simulator with one account and some customers, and the library as linked devices. */
import { Agent } from 'node:https'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, vi } from 'vitest'
import type { ChangeRequest, GroupRequest, SayRequest, SimulatedMessage } from '../provider.ts'
import { BaileysClient, trustOnly } from './baileys-client.ts'
import { WhatsAppSimulator } from './simulator.ts'

export const ACCOUNT = 'wa-1'
/** A whole second, as the provider's times are. */
export const NOW = Date.UTC(2026, 10, 1, 12, 0, 0)

const PLAIN = { account: ACCOUNT, group: null, reply: null, details: null, media: null, text: '' }

export class Scene {
  /** So far the clock moves on with each look at it. */
  stepMs = 0
  #now = NOW
  readonly #clock = { now: (): number => (this.#now += this.stepMs) }
  simulator = new WhatsAppSimulator({ clock: this.#clock, seed: 7 })
  readonly clients: BaileysClient[] = []

  async start(): Promise<void> {
    this.stepMs = 0
    this.#now = NOW
    this.simulator = new WhatsAppSimulator({ clock: this.#clock, seed: 7 })
    await this.simulator.start(0)
    trustOnly(this.simulator.endpoints().root ?? '')
    this.simulator.addAccount({ id: ACCOUNT, name: 'Shop', phone: '4915112345678' })
    this.simulator.addCustomer({ id: 'ana', name: 'Ana', phone: '4917711111111', language: 'de' })
    this.simulator.addCustomer({ id: 'bob', name: 'Bob', phone: '4917722222222', language: 'en' })
  }

  async stop(): Promise<void> {
    for (const client of this.clients.splice(0)) await client.close()
    await this.simulator.stop()
  }

  client(): BaileysClient {
    const client = new BaileysClient(this.simulator.endpoints().url ?? '', this.agent())
    this.clients.push(client)
    return client
  }

  async linked(account = ACCOUNT): Promise<BaileysClient> {
    const client = this.client()
    client.connect()
    await this.simulator.pair({ account, qr: await client.qr() })
    await client.closeCode()
    client.connect()
    await client.open()
    return client
  }

  /** Trusts the media servers. */
  agent(): Agent {
    return new Agent({ ca: readFileSync(this.simulator.endpoints().mediaCa ?? '') })
  }

  say(request: Partial<SayRequest> & Pick<SayRequest, 'kind'>): Promise<string> {
    return this.simulator.say({ customer: 'ana', ...PLAIN, entities: [], ...request })
  }

  change(target: string, change: ChangeRequest['change'], more: Partial<ChangeRequest> = {}): Promise<string> {
    return this.simulator.change({ customer: 'ana', account: ACCOUNT, group: null, target, change, ...more })
  }

  changeGroup(group: string, by: string, change: GroupRequest['change']): Promise<void> {
    return this.simulator.changeGroup({ group, by, change })
  }

  address(id: string): string {
    const all = [...this.simulator.customers(), ...this.simulator.accounts()]
    return all.find((one) => one.id === id)?.address ?? ''
  }

  /** The latest message that this customer got. */
  latest(customer: string): SimulatedMessage | undefined {
    return this.simulator.received(customer).at(-1)
  }

  events(event: string): string[] {
    const entries = this.simulator.wire(ACCOUNT).filter((entry) => entry.event === event)
    return entries.map(({ providerId, clientId }) => providerId ?? clientId ?? '')
  }
}

/** One scene for each test of the file. */
export function useScene(): Scene {
  const scene = new Scene()
  beforeEach(async () => {
    // libsignal inside the client prints sessions.
    for (const name of ['info', 'warn', 'error'] as const) vi.spyOn(console, name).mockImplementation(() => undefined)
    await scene.start()
  })
  afterEach(async () => {
    await scene.stop()
    vi.restoreAllMocks()
  })
  return scene
}
