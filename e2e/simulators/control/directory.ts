/** Both providers behind one door: finds whose account or customer an id names, and gives new ones their ids and numbers. */
import { createHmac } from 'node:crypto'
import type { Channel } from '../../../shared/contracts/neutral-message.ts'
import {
  SimulatorError,
  type ProviderSimulator,
  type SimulatedAccount,
  type SimulatedCustomer,
  type SimulatedGroup,
} from '../provider.ts'

interface NewAccount {
  channel: Channel
  name: string
  phone?: string | undefined
}

interface NewCustomer extends NewAccount {
  language: string
}

interface NewGroup {
  channel: Channel
  subject: string
  /** Ids of accounts and customers of this channel; the first one owns it. */
  members: string[]
  mega: boolean
}

const PREFIXES: Record<Channel, string> = { whatsapp: 'wa', telegram: 'tg' }
const MOBILE_PREFIXES: Record<string, string> = { pt: '55119', zh: '86139', de: '49151', en: '1415', es: '34612' }
const OTHER_MOBILE_PREFIX = '44770'

export class SimulatorDirectory {
  readonly #simulators: Map<Channel, ProviderSimulator>
  readonly #seed: number

  constructor(simulators: ProviderSimulator[], seed: number) {
    this.#simulators = new Map(simulators.map((simulator) => [simulator.channel, simulator]))
    this.#seed = seed
  }

  simulators(): ProviderSimulator[] {
    return [...this.#simulators.values()]
  }

  ofChannel(channel: Channel): ProviderSimulator {
    const simulator = this.#simulators.get(channel)
    if (!simulator) throw new SimulatorError('unsupported', `no ${channel} simulator runs here`)
    return simulator
  }

  accounts(): SimulatedAccount[] {
    return this.simulators().flatMap((simulator) => simulator.accounts())
  }

  customers(): SimulatedCustomer[] {
    return this.simulators().flatMap((simulator) => simulator.customers())
  }

  ofAccount(id: string): ProviderSimulator {
    const account = this.accounts().find((one) => one.id === id)
    if (!account) throw new SimulatorError('not_found', `there is no account ${id}`)
    return this.ofChannel(account.channel)
  }

  ofCustomer(id: string): ProviderSimulator {
    const customer = this.customers().find((one) => one.id === id)
    if (!customer) throw new SimulatorError('not_found', `there is no customer ${id}`)
    return this.ofChannel(customer.channel)
  }

  groups(): SimulatedGroup[] {
    return this.simulators().flatMap((simulator) => simulator.groups())
  }

  ofGroup(id: string): ProviderSimulator {
    const group = this.groups().find((one) => one.id === id)
    if (!group) throw new SimulatorError('not_found', `there is no group ${id}`)
    return this.ofChannel(group.channel)
  }

  /** Throws SimulatorError: not_found for a member that does not exist, bad_request for one of another channel or named twice. */
  addGroup({ channel, subject, members, mega }: NewGroup): Promise<SimulatedGroup> {
    const simulator = this.ofChannel(channel)
    const known = new Map([...this.accounts(), ...this.customers()].map((one) => [one.id, one.channel]))
    for (const member of members) {
      const place = known.get(member)
      if (!place) throw new SimulatorError('not_found', `there is no account or customer ${member}`)
      if (place !== channel) throw new SimulatorError('bad_request', `${member} is not on ${channel}`)
    }
    if (new Set(members).size < members.length) throw new SimulatorError('bad_request', 'a member is named twice')
    const id = `${PREFIXES[channel]}g-${simulator.groups().length + 1}`
    return simulator.addGroup({ id, subject, members, mega })
  }

  addAccount({ channel, name, phone }: NewAccount): SimulatedAccount {
    const simulator = this.ofChannel(channel)
    const id = `${PREFIXES[channel]}-${simulator.accounts().length + 1}`
    return simulator.addAccount({ id, name, phone: phone ?? this.#phone(id, 'pt') })
  }

  addCustomer({ channel, name, language, phone }: NewCustomer): SimulatedCustomer {
    const simulator = this.ofChannel(channel)
    const id = `${PREFIXES[channel]}-c${simulator.customers().length + 1}`
    return simulator.addCustomer({ id, name, language, phone: phone ?? this.#phone(id, language) })
  }

  /** A mobile number that depends on seed and id only and that nobody has yet. */
  #phone(id: string, language: string): string {
    const prefix = MOBILE_PREFIXES[language.slice(0, 2)] ?? OTHER_MOBILE_PREFIX
    const taken = new Set([...this.accounts(), ...this.customers()].map((one) => one.phone))
    for (let attempt = 0; ; attempt++) {
      const digest = createHmac('sha256', `phone ${this.#seed}`).update(`${id} ${attempt}`).digest()
      const phone =
        prefix +
        String(digest.readUInt32BE() % 100_000_000)
          .padStart(8, '0')
          .slice(0, 13 - prefix.length)
      if (!taken.has(phone)) return phone
    }
  }
}
