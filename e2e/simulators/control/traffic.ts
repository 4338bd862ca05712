/** Keeps the demo company alive: customers open their conversations, and with traffic on they go on writing and answer. */
import { isNotice } from '../../../shared/contracts/neutral-message.ts'
import type { Company, CompanyCustomer, CompanyGroup, Opening } from './company.ts'
import type { SimulatorDirectory } from './directory.ts'
import { phrasesOf } from './phrases.ts'
import { sampleFile } from './sample-files.ts'

interface TrafficOptions {
  directory: SimulatorDirectory
  company: Company
  seed: number
  /** Whether customers go on writing after their openings. */
  ongoing: boolean
  /** Time between two steps; one customer writes per step. Default 4 s. */
  stepMs?: number
}

export interface Traffic {
  /** One step now, outside the timer; for tests. */
  step(): Promise<void>
  stop(): void
}

const DEFAULT_STEP_MS = 4000

/** A small seeded generator (mulberry32): the same seed gives the same conversation. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Starts the timer. An account's customers are silent until it has logged in once: before that nobody could capture. */
export function startTraffic(options: TrafficOptions): Traffic {
  const driver = new TrafficDriver(options)
  let running = false
  const step = async (): Promise<void> => {
    if (running) return
    running = true
    try {
      await driver.step()
    } finally {
      running = false
    }
  }
  const timer = setInterval(() => {
    step().catch((error: unknown) => console.error('traffic:', error))
  }, options.stepMs ?? DEFAULT_STEP_MS)
  return { step, stop: () => clearInterval(timer) }
}

class TrafficDriver {
  readonly #options: TrafficOptions
  readonly #random: () => number
  /** How many files were made up. */
  #files = 0
  readonly #live = new Set<string>()
  readonly #opened = new Set<CompanyCustomer | CompanyGroup>()
  /** How many messages each customer had got when it last looked. */
  readonly #looked = new Map<CompanyCustomer, number>()

  constructor(options: TrafficOptions) {
    this.#options = options
    this.#random = randomNumbers(options.seed)
  }

  async step(): Promise<void> {
    const { customers, groups } = this.#options.company
    const present = customers.filter((one) => this.#isLive(one.account.id))
    for (const one of present) await this.#open(one)
    for (const one of groups) if (this.#isLive(one.account.id)) await this.#openGroup(one)
    for (const one of present) await this.#answer(one)
    if (this.#options.ongoing && present.length > 0) await this.#write(this.#pick(present), 'news')
  }

  #isLive(account: string): boolean {
    if (this.#live.has(account)) return true
    const loggedIn = this.#options.directory
      .ofAccount(account)
      .wire(account)
      .some((entry) => entry.event === 'login')
    if (loggedIn) this.#live.add(account)
    return loggedIn
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#random() * items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }

  async #say(customer: string, place: { account: string } | { group: string }, said: Opening): Promise<void> {
    const simulator = this.#options.directory.ofCustomer(customer)
    const { kind, text } = typeof said === 'string' ? { kind: null, text: said } : said
    const file = kind ? sampleFile(kind, `${this.#options.seed} opening ${++this.#files}`) : null
    await simulator.say({
      customer,
      account: 'account' in place ? place.account : null,
      group: 'group' in place ? place.group : null,
      kind: kind ?? 'text',
      text,
      entities: [],
      reply: null,
      details: file ? { file: file.details } : null,
      media: kind && file ? { kind, bytes: file.bytes } : null,
    })
  }

  async #open(one: CompanyCustomer): Promise<void> {
    if (this.#opened.has(one)) return
    this.#opened.add(one)
    for (const said of one.openings) await this.#say(one.customer.id, { account: one.account.id }, said)
  }

  async #openGroup(one: CompanyGroup): Promise<void> {
    if (this.#opened.has(one)) return
    this.#opened.add(one)
    for (const { customer, said } of one.openings) await this.#say(customer, { group: one.group.id }, said)
  }

  async #answer(one: CompanyCustomer): Promise<void> {
    const simulator = this.#options.directory.ofAccount(one.account.id)
    // What the provider tells of a group is no answer.
    const count = simulator.received(one.customer.id).filter(({ message }) => !isNotice(message.kind)).length
    if (count === (this.#looked.get(one) ?? 0)) return
    this.#looked.set(one, count)
    await simulator.read({ customer: one.customer.id, account: one.account.id })
    if (this.#options.ongoing) await this.#write(one, 'replies')
  }

  async #write(one: CompanyCustomer, of: 'news' | 'replies'): Promise<void> {
    const text = this.#pick(phrasesOf(one.customer.language)[of])
    await this.#say(one.customer.id, { account: one.account.id }, text)
  }
}
