/** One company for a table of faults: each row has a customer of its own and says what screen and vault show in the end. */
import { expect } from 'vitest'
import type { Channel } from '../../shared/contracts/neutral-message.ts'
import { HeldMessages, recordOf } from './comparison.ts'
import { ConsoleClient } from './console-client.ts'
import { eventually } from './eventually.ts'
import { Scene } from './fault-scene.ts'
import type { Tuned } from './local-engine.ts'
import { SmallCompany } from './small-company.ts'
import { exportMessages } from './vault.ts'
import type { SimulatedMessage, WireEntry } from '../simulators/provider.ts'

export interface FaultRow {
  name: string
  channel: Channel
  /** An account that no other row needs, because the fault ends it. */
  alone?: boolean
  /** Before such an account is paired. */
  unpaired?(scene: Scene): Promise<void>
  /** Arms the fault and does what meets it. */
  act(scene: Scene): Promise<void>
  screen: {
    /** The account in the end: its state, and the code of its fault where there is one. */
    account: string
    /** The row's conversation from its first line to its last. */
    page: string[]
  }
  /** The same conversation in the vault, in the journal's order. */
  vault: string[]
  /** What else holds once both are so. */
  also?(scene: Scene): Promise<void>
}

/** States in which an account never connects by itself. */
const over = new Set(['unpaired', 'replaced', 'banned', 'outdated'])

interface Done {
  row: FaultRow
  scene: Scene
  /** The channel's wire stood here when the row was through. */
  wireAt: number
}

export class FaultBench {
  readonly company: SmallCompany
  readonly #done: Done[] = []

  private constructor(company: SmallCompany) {
    this.company = company
  }

  /** Engine and vault live in the simulated world's time; an engine with durations of its own in this process's. */
  static async open(seed: number, tuned: Tuned | null = null): Promise<FaultBench> {
    return new FaultBench(await SmallCompany.open(seed, tuned ? { tuned } : { simulatedTime: true }))
  }

  close(): Promise<void> {
    return this.company.close()
  }

  async run(row: FaultRow): Promise<void> {
    const { company } = this
    const account = row.alone ? await company.addAccount(row.channel, row.name) : company.account(row.channel)
    const scene = new Scene(company, account, await company.addCustomer(row.channel, `customer of ${row.name}`))
    await row.unpaired?.(scene)
    if (row.alone) await scene.pair()
    await row.act(scene)
    await this.#compare(row, scene)
    await row.also?.(scene)
    this.#done.push({ row, scene, wireAt: (await this.#wire(row.channel)).at(-1)?.n ?? 0 })
  }

  async #wire(channel: Channel): Promise<WireEntry[]> {
    const all = (await this.company.control.wire()) as (WireEntry & { channel: Channel })[]
    return all.filter((entry) => entry.channel === channel)
  }

  async #look(scene: Scene): Promise<Pick<FaultRow, 'screen' | 'vault'>> {
    const { state, fault } = await scene.view()
    const account = fault ? `${state} ${fault.code}` : state
    return { screen: { account, page: await scene.page() }, vault: await scene.held() }
  }

  async #compare({ name, screen, vault }: FaultRow, scene: Scene): Promise<void> {
    const wanted = { screen, vault }
    const look = () => this.#look(scene)
    const same = (found: unknown): boolean => JSON.stringify(found) === JSON.stringify(wanted)
    expect(await eventually(look, same, { deadlineMs: 20_000, everyMs: 100 }).catch(look), name).toEqual(wanted)
  }

  /** Once all rows are through, in words: what came late, twice or from nowhere, and which account that was over has come back. */
  async differences(): Promise<string[]> {
    const { company } = this
    const found: string[] = []
    for (const { row, scene } of this.#done) {
      const [now, wanted] = [await this.#look(scene), { screen: row.screen, vault: row.vault }].map((one) =>
        JSON.stringify(one),
      )
      if (now !== wanted) found.push(`${row.name}: ${now}`)
    }
    for (const { channel, id, simulated } of company.accounts) {
      const held = new HeldMessages(await exportMessages(company.data, id))
      const { sent, received } = await recordOf(company.control, channel, simulated.id)
      found.push(...held.compare(this.#readable(sent), 'in'), ...held.compare(received, 'out'))
    }
    const isOver = ({ row }: Done): boolean => over.has(row.screen.account.split(' ')[0] ?? '')
    for (const done of this.#done.filter(isOver)) found.push(...(await this.#returned(done)))
    const console = await ConsoleClient.signIn(company.vault.ready.console, company.login, await company.control.now())
    return [...found, ...(await console.alerts()).map((code) => `the vault raises the alert ${code}`)]
  }

  /** Without what a row says that nobody can read. */
  #readable(sent: SimulatedMessage[]): SimulatedMessage[] {
    const raw = this.#done.filter(({ row }) => row.vault.some((line) => line.includes('[raw]')))
    const customers = new Map(raw.map(({ row, scene }) => [scene.customer.id, row.vault]))
    return sent.filter(({ customer, message }) => {
      const vault = customers.get(customer)
      return !vault || vault.some((line) => line.includes(message.text))
    })
  }

  /** Every later connection of the channel must have become another account's, or be a person's pairing. */
  async #returned({ row, scene, wireAt }: Done): Promise<string[]> {
    const later = (await this.#wire(row.channel)).filter(({ n }) => n > wireAt)
    const own = scene.account.simulated.id
    const isOthers = ({ account, detail = '' }: WireEntry): boolean => {
      if (account !== null) return account !== own
      return detail.startsWith('auth.sendCode') || (detail.startsWith('login refused') && !detail.endsWith(` ${own}`))
    }
    const others = new Set(later.filter(isOthers).map(({ connection }) => connection))
    const returned = later.filter(({ event, connection }) => event === 'connect' && !others.has(connection))
    return returned.map(({ connection }) => `${row.name}: the account has come back (connection ${connection})`)
  }
}
