/** A client of the simulators' control API. */
import type {
  FaultRequest,
  SimulatedAccount,
  SimulatedCustomer,
  SimulatedGroup,
  SimulatedMessage,
  WireEntry,
} from '../simulators/provider.ts'
import type { Channel } from '../../shared/contracts/neutral-message.ts'

export interface Control {
  accounts(): Promise<SimulatedAccount[]>
  customers(): Promise<SimulatedCustomer[]>
  addAccount(channel: Channel, name: string): Promise<SimulatedAccount>
  addCustomer(
    channel: Channel,
    name: string,
    language?: string,
  ): Promise<{ id: string; address: string; phone: string }>
  say(customer: string, account: string, text: string, addressing?: 'lid' | 'number'): Promise<string>
  /** POST /say with any members; the provider id. */
  tell(body: Record<string, unknown>): Promise<string>
  /** POST /edit, /delete, /react or /vote; the provider id of the change. */
  change(what: 'edit' | 'delete' | 'react' | 'vote', body: Record<string, unknown>): Promise<string>
  /** POST /activity with any members. */
  act(body: Record<string, unknown>): Promise<void>
  addGroup(channel: Channel, subject: string, members: string[], mega?: boolean): Promise<SimulatedGroup>
  groups(): Promise<SimulatedGroup[]>
  changeGroup(body: Record<string, unknown>): Promise<void>
  devices(account: string): Promise<{ id: string; name: string; current: boolean }[]>
  read(customer: string, account: string): Promise<void>
  received(customer: string): Promise<SimulatedMessage[]>
  sent(): Promise<SimulatedMessage[]>
  wire(account?: string): Promise<WireEntry[]>
  fault(request: FaultRequest): Promise<void>
  pair(account: string, qr: string): Promise<void>
  pairByCode(account: string, code: string): Promise<void>
  setPassword(account: string, password: string | null): Promise<void>
  code(phone: string): Promise<string>
  advanceClock(ms: number): Promise<void>
  /** The simulated world's time, epoch ms. */
  now(): Promise<number>
}

async function ask<T>(url: string, body?: unknown): Promise<T> {
  const reply = await fetch(
    url,
    body === undefined
      ? {}
      : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
  )
  const text = await reply.text()
  if (!reply.ok) throw new Error(`${url} answered ${reply.status}: ${text.slice(0, 300)}`)
  return (text === '' ? {} : JSON.parse(text)) as T
}

/** A list, whether bare or under its name. */
function list<T>(value: T[] | Record<string, T[]>, name: string): T[] {
  return Array.isArray(value) ? value : (value[name] ?? [])
}

export function createControl(url: string): Control {
  const nothing = (): void => {}
  return {
    accounts: async () => list(await ask<SimulatedAccount[]>(`${url}/accounts`), 'accounts'),
    customers: async () => list(await ask<SimulatedCustomer[]>(`${url}/customers`), 'customers'),
    addAccount: (channel, name) => ask(`${url}/accounts`, { channel, name }),
    addCustomer: (channel, name, language = 'en') => ask(`${url}/customers`, { channel, name, language }),
    say: async (customer, account, text, addressing) =>
      (
        await ask<{ providerId: string }>(`${url}/say`, {
          customer,
          account,
          kind: 'text',
          text,
          ...(addressing ? { addressing } : {}),
        })
      ).providerId,
    tell: async (body) => (await ask<{ providerId: string }>(`${url}/say`, body)).providerId,
    change: async (what, body) => (await ask<{ providerId: string }>(`${url}/${what}`, body)).providerId,
    act: (body) => ask(`${url}/activity`, body).then(nothing),
    addGroup: (channel, subject, members, mega = false) => ask(`${url}/groups`, { channel, subject, members, mega }),
    groups: () => ask(`${url}/groups`),
    changeGroup: (body) => ask(`${url}/groups/change`, body).then(nothing),
    devices: (account) => ask(`${url}/devices?account=${encodeURIComponent(account)}`),
    read: (customer, account) => ask(`${url}/read`, { customer, account }).then(nothing),
    received: async (customer) =>
      list(await ask<SimulatedMessage[]>(`${url}/received?customer=${encodeURIComponent(customer)}`), 'received'),
    sent: async () => list(await ask<SimulatedMessage[]>(`${url}/sent`), 'sent'),
    wire: async (account) =>
      list(await ask<WireEntry[]>(`${url}/wire${account ? `?account=${encodeURIComponent(account)}` : ''}`), 'wire'),
    fault: (request) => ask(`${url}/fault`, request).then(nothing),
    pair: (account, qr) => ask(`${url}/pair`, { account, qr }).then(nothing),
    pairByCode: (account, code) => ask(`${url}/pair`, { account, code }).then(nothing),
    setPassword: (account, password) => ask(`${url}/password`, { account, password }).then(nothing),
    code: async (phone) => (await ask<{ code: string }>(`${url}/code?phone=${encodeURIComponent(phone)}`)).code,
    now: async () => (await ask<{ now: number }>(`${url}/clock`)).now,
    advanceClock: (ms) => ask(`${url}/clock`, { advanceMs: ms }).then(nothing),
  }
}
