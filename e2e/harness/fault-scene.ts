/** One row of the fault table at work: its account, its customer or group, what the engine shows of them and what the vault holds. */
import type { NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import type { AccountView, ConversationView, MessageView, StatusView } from '../../shared/contracts/window.ts'
import type { FaultRequest, SimulatedGroup, WireEntry } from '../simulators/provider.ts'
import { eventually } from './eventually.ts'
import { pairAccount } from './pairing.ts'
import type { CompanyAccount, CompanyCustomer, SmallCompany } from './small-company.ts'
import { exportMessages } from './vault.ts'

export class Scene {
  readonly company: SmallCompany
  readonly account: CompanyAccount
  readonly customer: CompanyCustomer
  /** Lines of the engine from here on belong to this row. */
  readonly #since: number
  #group: SimulatedGroup | null = null
  #conversation: string | null = null

  constructor(company: SmallCompany, account: CompanyAccount, customer: CompanyCustomer) {
    this.company = company
    this.account = account
    this.customer = customer
    this.#since = company.engine.process.lines.length
  }

  async fault(kind: FaultRequest['kind'], more: { value?: number; count?: number } = {}): Promise<void> {
    await this.company.control.fault({ kind, account: this.account.simulated.id, ...more })
  }

  /** From here on the row's conversation is a group of the account and its customer. */
  async openGroup(subject: string, mega = false): Promise<void> {
    const members = [this.customer.id, this.account.simulated.id]
    this.#group = await this.company.control.addGroup(this.account.channel, subject, members, mega)
    this.#conversation = null
  }

  /** The group, and its owner, for POST /groups/change. */
  inGroup(): { group: string; by: string } {
    if (!this.#group) throw new Error('the row has no group')
    return { group: this.#group.id, by: this.customer.id }
  }

  /** As a person does it at the screen and on the phone. */
  pair(): Promise<void> {
    const { company, account } = this
    return pairAccount(company.engine, company.control, account.id, account.simulated)
  }

  /** The customer writes; resolves with the provider's id once the provider has it. */
  say(text: string, more: Record<string, unknown> = {}): Promise<string> {
    const to = this.#group ? { group: this.#group.id } : { account: this.account.simulated.id }
    return this.company.control.tell({ customer: this.customer.id, ...to, kind: 'text', text, ...more })
  }

  /** The customer writes, and the engine has it. */
  async saidAndSeen(text: string, more: Record<string, unknown> = {}): Promise<void> {
    await this.say(text, more)
    await this.line('recorded', { text })
  }

  /** The salesperson writes; resolves with the message's reference when the intent is durable. */
  async send(text: string): Promise<string> {
    const { engine } = this.company
    const conversation = this.#conversation ?? (this.#group ? await this.#find() : null)
    const sent = await engine.ask(
      conversation
        ? { send: { conversation, text } }
        : { to: { account: this.account.id, address: this.customer.address, text } },
    )
    if (typeof sent['conversation'] === 'string') this.#conversation = sent['conversation']
    return String(sent['message'])
  }

  /** The salesperson writes, and it comes to this state. */
  async sentUntil(text: string, state: string): Promise<void> {
    const message = await this.send(text)
    await this.line('state', { message, state })
  }

  /** The first line of this row with these members. */
  async line(event: string, members: Record<string, unknown>, deadlineMs = 30_000): Promise<void> {
    const wanted = Object.entries({ event, ...members })
    const { process } = this.company.engine
    await process.wait((line) => wanted.every(([name, value]) => line[name] === value), deadlineMs, this.#since)
  }

  /** The states that the screen was told of this account since the row began, in their order. */
  states(): string[] {
    return this.company.engine.process.lines.slice(this.#since).flatMap(({ event, account, state }) => {
      return event === 'account' && account === this.account.id && typeof state === 'string' ? [state] : []
    })
  }

  async view(): Promise<AccountView> {
    const { accounts } = (await this.company.engine.ask({ status: {} })) as unknown as StatusView
    const view = accounts.find(({ id }) => id === this.account.id)
    if (!view) throw new Error(`no account ${this.account.id} on the screen`)
    return view
  }

  /** Waits until the screen shows the account in this state. */
  accountIs(state: string, deadlineMs = 30_000): Promise<AccountView> {
    return eventually(
      () => this.view(),
      (view) => view.state === state,
      { deadlineMs, everyMs: 20 },
    )
  }

  async #find(): Promise<string | null> {
    if (this.#conversation) return this.#conversation
    const title = this.#group?.subject ?? this.customer.name
    const answer = await this.company.engine.ask({ conversations: { account: this.account.id, limit: 1000 } })
    const found = (answer['conversations'] as ConversationView[]).find((one) => one.title === title)
    this.#conversation = found?.id ?? null
    return this.#conversation
  }

  async messages(): Promise<MessageView[]> {
    const conversation = await this.#find()
    if (conversation === null) return []
    const page = await this.company.engine.ask({ page: { conversation, limit: 200 } })
    return page['messages'] as MessageView[]
  }

  /** `in text received`, `out text failed fault-code`; what is not understood in brackets. */
  async page(): Promise<string[]> {
    return (await this.messages())
      .filter(({ kind }) => kind !== 'service')
      .map(({ direction, kind, text, state, fault }) =>
        [direction, kind === 'raw' ? `[${text}]` : text, state, ...(fault ? [fault.code] : [])].join(' '),
      )
  }

  /** The row's conversation in the journal's order: `in text received`, `out text sent`, marks behind it; `[raw]`: not understood. */
  async held(): Promise<string[]> {
    const chat = this.#group?.address ?? this.customer.address
    const rows = (await exportMessages(this.company.data, this.account.id)).map((row) => ({
      ...row,
      neutral: row.message === null ? null : (JSON.parse(row.message) as NeutralMessage),
    }))
    const own = rows.find(({ neutral }) => neutral?.chat === chat)?.conversation
    return rows
      .filter(({ conversation, neutral }) => conversation === own && neutral?.kind !== 'service')
      .map(({ direction, neutral, state, marks }) => [direction, neutral?.text ?? '[raw]', state, ...marks].join(' '))
  }

  eventually<T>(look: () => Promise<T>, fits: (value: T) => boolean): Promise<T> {
    return eventually(look, fits, { everyMs: 20 })
  }

  /** Pushed messages that the account has not acknowledged. */
  async unacknowledged(): Promise<number> {
    const acknowledged = new Set((await this.wire('ack')).map(({ providerId }) => providerId))
    return (await this.wire('push')).filter(({ providerId }) => !acknowledged.has(providerId)).length
  }

  async wire(event: WireEntry['event']): Promise<WireEntry[]> {
    return (await this.company.control.wire(this.account.simulated.id)).filter((entry) => entry.event === event)
  }

  /** What the customer got, in the order of arrival. */
  async received(): Promise<string[]> {
    return (await this.company.control.received(this.customer.id)).map(({ message }) => message.text)
  }
}
