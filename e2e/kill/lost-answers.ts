/** Dropped acknowledgements and links cut in the middle of sends, many times: no message twice, none silently lost. */
import type { Channel } from '../../shared/contracts/neutral-message.ts'
import { eventually } from '../harness/eventually.ts'
import { hasty } from '../harness/local-engine.ts'
import { createRandom, type Random } from '../harness/seed.ts'
import { SmallCompany } from '../harness/small-company.ts'
import { UNANSWERED, type WireEntry } from '../simulators/provider.ts'
import { settle } from './evidence.ts'
import { Traffic } from './traffic.ts'

export interface LostAnswersRun {
  seed: number
  /** Dropped acknowledgements per channel, and as many cut links. */
  times: number
  /** How long both sides may take to agree afterwards. */
  restMs: number
  say(line: string): void
}

const customersPerChannel = 8
const channels = ['whatsapp', 'telegram'] as const

class Striker {
  readonly #company: SmallCompany
  readonly #traffic: Traffic
  readonly #random: Random
  readonly counts = new Map<string, number>()

  constructor(company: SmallCompany, traffic: Traffic, random: Random) {
    this.#company = company
    this.#traffic = traffic
    this.#random = random
  }

  #account(channel: Channel): string {
    return this.#company.account(channel).simulated.id
  }

  /** Asked of the simulator itself: over the control API the whole log would travel at each look. */
  #wire(channel: Channel, fits: (entry: WireEntry) => boolean): Promise<number> {
    return Promise.resolve(this.#company.simulators[channel].wire(this.#account(channel)).filter(fits).length)
  }

  async #send(channel: Channel): Promise<void> {
    const customers = this.#traffic.customers.filter((one) => one.channel === channel)
    await this.#traffic.send(this.#random.pick(customers))
  }

  /** Arms the fault, sends until it has struck. */
  async #strike(channel: Channel, kind: 'drop-ack' | 'cut'): Promise<void> {
    const struck = () => this.#wire(channel, ({ detail }) => detail === UNANSWERED)
    const before = await struck()
    const value = kind === 'cut' ? { value: 1 } : {}
    await this.#company.control.fault({ kind, account: this.#account(channel), count: 1, ...value })
    await this.#send(channel)
    // The one in front may have been struck again and again: what is repeated waits for up to a minute.
    await eventually(struck, (count) => count > before, { deadlineMs: 150_000, everyMs: 10 })
  }

  /** True while the account is on a line: after a cut the engine may still say `live` for a moment. */
  #hasLine(channel: Channel): Promise<boolean> {
    const wire = this.#company.simulators[channel].wire(this.#account(channel))
    // Connection 0: told of the account where it was on no line.
    const line = wire.findLast(({ event, connection }) => event !== 'close' && connection !== 0)?.connection
    const isOver = wire.some(({ event, connection }) => event === 'close' && connection === line)
    return Promise.resolve(line !== undefined && !isOver)
  }

  /** Cuts while a send is anywhere between the command and the answer. */
  async #cutBeside(channel: Channel): Promise<void> {
    const closed = () => this.#wire(channel, ({ event }) => event === 'close')
    await eventually(() => this.#hasLine(channel), Boolean, { deadlineMs: 60_000, everyMs: 10 })
    const before = await closed()
    await eventually(
      async () => (await this.#company.engine.ask({ status: {} }))['accounts'] as { id: string; state: string }[],
      (accounts) => accounts.find(({ id }) => id === this.#company.account(channel).id)?.state === 'live',
      { deadlineMs: 60_000, everyMs: 10 },
    )
    const sent = this.#send(channel)
    if (this.#random.below(2) === 0) await sent
    await this.#company.control.fault({ kind: 'cut', account: this.#account(channel), count: 1 })
    await sent
    await eventually(closed, (count) => count > before, { deadlineMs: 60_000, everyMs: 10 })
  }

  /** Where everything is when something does not come: what the engine says, how far the last sends came, what the provider saw. */
  async #standing(channel: Channel): Promise<string> {
    const { engine } = this.#company
    const wire = this.#company.simulators[channel].wire(this.#account(channel)).slice(-12)
    const sends = this.#traffic.sends.filter(({ customer }) => customer.channel === channel).slice(-6)
    const status = await engine.ask({ status: {} }).catch((error: unknown) => String(error))
    const accounts = new Set(this.#company.accounts.map(({ id }) => id))
    const told = engine.process.lines.filter((line) => accounts.has(String(line['account']))).slice(-12)
    return [
      { status },
      { refusals: [...this.#traffic.refusals] },
      ...sends.map(({ text, customer, outcome }) => ({ text: text.slice(0, 20), to: customer.id, outcome })),
      ...wire,
      ...told,
    ]
      .map((one) => JSON.stringify(one).slice(0, 600))
      .join('\n')
  }

  async run(channel: Channel, times: number, say: LostAnswersRun['say']): Promise<void> {
    const plan = this.#random.shuffled(
      Array.from({ length: 2 * times }, (_, n) => (n < times ? 'drop-ack' : n % 2 === 0 ? 'cut' : 'cut-beside')),
    )
    for (const [index, kind] of plan.entries()) {
      const striking =
        kind === 'cut-beside' ? this.#cutBeside(channel) : this.#strike(channel, kind as 'drop-ack' | 'cut')
      await striking.catch(async (error: unknown) => {
        throw new Error(`${channel} ${kind}: ${String(error)}\n${await this.#standing(channel)}`, { cause: error })
      })
      const name = `${channel} ${kind}`
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
      if ((index + 1) % 100 === 0) say(`${channel}: ${index + 1} of ${plan.length}`)
    }
  }
}

/** Differences between providers and vault in words, the seed in front; empty when every promise held. */
export async function loseAnswers({ seed, times, restMs, say }: LostAnswersRun): Promise<string[]> {
  say(`lost answers: seed ${seed}, ${times} of each kind (SEALDESK_SEED=${seed} repeats it)`)
  const company = await SmallCompany.open(seed, { tuned: hasty })
  try {
    const traffic = await Traffic.open(company, createRandom(seed + 1), customersPerChannel)
    const striker = new Striker(company, traffic, createRandom(seed))
    await Promise.all(channels.map((channel) => striker.run(channel, times, say)))
    const { evidence, differences } = await settle(company, traffic, restMs)
    say([...striker.counts].map(([name, count]) => `${name}: ${count}`).join(' · '))
    for (const { channel, commanded, vault, wire } of evidence) {
      const own = vault.filter((row) => row.direction === 'out')
      const unknown = own.filter((row) => row.state === 'unknown').length
      const handed = wire.filter(({ event }) => event === 'send').length
      say(
        `${channel}: ${commanded.length} commanded, ${handed} handed over, ${own.length} in the vault, ${unknown} unknown`,
      )
    }
    return differences.map((difference) => `seed ${seed}: ${difference}`)
  } finally {
    await company.close()
  }
}
