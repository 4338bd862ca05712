/** Numbered texts in both directions on both channels, going on while processes die; knows what must be found afterwards. */
import type { Channel } from '../../shared/contracts/neutral-message.ts'
import type { Random } from '../harness/seed.ts'
import type { CompanyCustomer, SmallCompany } from '../harness/small-company.ts'

export interface CommandedSend {
  text: string
  customer: CompanyCustomer
  /** ok: the engine said that the intent is durable. maybe: it died before it answered. refused: nothing was intended. */
  outcome: 'asked' | 'ok' | 'maybe' | 'refused'
  duringKillOf: string
}

/** Ends of texts: what goes wrong easily on the way from one format to another. */
const tails = [
  '',
  ' — ça va? <b>not bold</b> &amp; "quoted"',
  ' 你好，请问这个多少钱？👩‍👩‍👧‍👦🇩🇪',
  ' \u202eright to left\u202c and zero\u200bwidth',
  '\nsecond line\n\n\tfourth line',
  ` ${'long '.repeat(600)}end`,
]

const sayEveryMs = 140
const sendEveryMs = 260

export class Traffic {
  readonly customers: CompanyCustomer[] = []
  readonly sends: CommandedSend[] = []
  /** By text: the process whose kill was under way when the customer wrote. */
  readonly saidDuring = new Map<string, string>()
  readonly refusals = new Map<string, number>()
  /** Told by the killer; goes into the table. */
  killing = 'none'
  readonly #company: SmallCompany
  readonly #random: Random
  readonly #conversations = new Map<string, string>()
  #said = 0
  #stopped = false
  #running: Promise<unknown> = Promise.resolve()

  private constructor(company: SmallCompany, random: Random) {
    this.#company = company
    this.#random = random
  }

  /** Makes the customers; each has written once when it resolves. */
  static async open(company: SmallCompany, random: Random, customersPerChannel = 3): Promise<Traffic> {
    const traffic = new Traffic(company, random)
    for (const channel of ['whatsapp', 'telegram'] as const) {
      for (let n = 1; n <= customersPerChannel; n++)
        traffic.customers.push(await company.addCustomer(channel, `${channel} customer ${n}`))
    }
    for (const customer of traffic.customers) await traffic.say(customer)
    return traffic
  }

  start(): void {
    this.#stopped = false
    this.#running = Promise.all([
      this.#repeat(sayEveryMs, () => this.say()),
      this.#repeat(sendEveryMs, () => this.send()),
    ])
  }

  /** No text is begun any more; resolves when the last one is through. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #repeat(everyMs: number, run: () => Promise<unknown>): Promise<void> {
    while (!this.#stopped) {
      await run()
      await pause(everyMs * (0.5 + this.#random.next()))
    }
  }

  /** One customer writes; on WhatsApp by LID and by number in turn. Resolves with the text when the provider has it. */
  async say(customer = this.#random.pick(this.customers)): Promise<string> {
    const n = ++this.#said
    const text = `in ${n}${this.#random.pick(tails)}`
    this.saidDuring.set(text, this.killing)
    const addressing = customer.channel === 'whatsapp' ? (n % 2 === 0 ? 'lid' : 'number') : undefined
    await this.#company.control.say(customer.id, this.#accountOf(customer.channel), text, addressing)
    return text
  }

  /** The engine is told to answer one customer. Never rejects: what became of the command stands in `sends`. */
  async send(customer = this.#random.pick(this.customers)): Promise<void> {
    const text = `out ${this.sends.length + 1}${this.#random.pick(tails)}`
    const send: CommandedSend = { text, customer, outcome: 'asked', duringKillOf: this.killing }
    this.sends.push(send)
    // Each workstation has its own names for conversations.
    const place = `${customer.id} at ${JSON.stringify(this.#company.engine.ready['workstation'])}`
    const conversation = this.#conversations.get(place)
    const account = this.#company.account(customer.channel).id
    try {
      const answer = await this.#company.engine.ask(
        conversation ? { send: { conversation, text } } : { to: { account, address: customer.address, text } },
      )
      send.outcome = 'ok'
      const made = answer['conversation']
      if (typeof made === 'string') this.#conversations.set(place, made)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const code = /^([a-z_]+): /.exec(reason)?.[1]
      send.outcome = code ? 'refused' : 'maybe'
      const word = code ?? 'engine died'
      this.refusals.set(word, (this.refusals.get(word) ?? 0) + 1)
    }
  }

  #accountOf(channel: Channel): string {
    return this.#company.account(channel).simulated.id
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
