/** A group of five hundred on each channel: a message to all, a mention both ways, and who came and went. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import { eventually } from '../harness/eventually.ts'
import { SmallCompany } from '../harness/small-company.ts'
import { exportMessages } from '../harness/vault.ts'
import type { SimulatedCustomer, SimulatedGroup } from '../simulators/provider.ts'

const channels = ['whatsapp', 'telegram'] as const
const size = 500

interface Crowd {
  group: SimulatedGroup
  people: SimulatedCustomer[]
}
interface Member {
  ref: string
  person: { name: string }
  role: string
  self: boolean
}
let company: SmallCompany
const crowds = {} as Record<(typeof channels)[number], Crowd>

beforeAll(async () => {
  company = await SmallCompany.open(73)
  const { directory } = company.simulators
  for (const channel of channels) {
    const people = Array.from({ length: size - 1 }, (_, n) =>
      directory.addCustomer({ channel, name: `Member ${n + 1}`, language: 'pt' }),
    )
    const members = [company.account(channel).simulated.id, ...people.map(({ id }) => id)]
    crowds[channel] = { people, group: await company.control.addGroup(channel, 'Everybody', members, true) }
  }
})
afterAll(() => company?.close())

async function heldOf(account: string): Promise<NeutralMessage[]> {
  return (await exportMessages(company.data, account)).map(
    ({ message }) => JSON.parse(message ?? '{}') as NeutralMessage,
  )
}

async function membersOf(conversation: unknown): Promise<Member[]> {
  return (await company.engine.ask({ group: { conversation } }))['members'] as Member[]
}

describe.each(channels)('%s', (channel) => {
  let conversation: unknown

  test('all members are known', async () => {
    const { group, people } = crowds[channel]
    const { id } = company.account(channel)
    const own = company.account(channel).simulated.address
    const text = `@${own.replace(/@.*|user:/g, '')} who is in charge?`
    const entities = channel === 'telegram' ? [{ type: 'mention_name', offset: 0, length: text.indexOf(' ') }] : []
    const details = { mentions: [own] }
    const providerId = await company.control.tell({ customer: people[0]!.id, group: group.id, text, entities, details })
    const recorded = await company.engine.event(
      'recorded',
      (line) => line['account'] === id && line['providerId'] === providerId,
    )
    conversation = recorded['conversation']
    const members = await eventually(
      () => membersOf(conversation),
      ({ length }) => length === size,
    )
    expect(members.filter(({ self }) => self)).toMatchObject([{ role: 'owner' }])
    const held = await eventually(
      () => heldOf(id),
      (rows) => rows.some((row) => row.text === text),
    )
    expect(held.find((row) => row.text === text)).toMatchObject({ chat: group.address, details: { mentions: [own] } })
  })

  test('a message with a mention reaches each of them once', async () => {
    const { people } = crowds[channel]
    const { id } = company.account(channel)
    const third = (await membersOf(conversation)).find(({ person }) => person.name === 'Member 3')
    const address = people[2]!.address
    const text = `@${address.replace(/@.*|user:/g, '')} is in charge`
    // WhatsApp tells no names of members who are silent: there the caller knows the address.
    const mentions = [third?.ref ?? address]
    const entities = channel === 'telegram' ? [{ type: 'mention_name', offset: 0, length: text.indexOf(' ') }] : []
    const { message } = await company.engine.ask({ send: { conversation, text, mentions, entities } })
    await company.engine.event(
      'state',
      (line) => line['message'] === message && ['sent', 'delivered', 'read'].includes(String(line['state'])),
      60_000,
    )
    const got = people.map((person) => company.simulators.directory.ofCustomer(person.id).received(person.id))
    const counts = got.map((rows) => rows.filter((row) => row.message.text === text).length)
    expect(counts).toEqual(people.map(() => 1))
    expect(got[0]?.at(-1)?.message.details).toEqual({ mentions: [address] })
    const held = await eventually(
      () => heldOf(id),
      (rows) => rows.some((row) => row.text === text),
    )
    expect(held.find((row) => row.text === text)?.details).toEqual({ mentions: [address] })
  })

  test('who leaves, comes and rises is told in the vault and seen here', async () => {
    const { group, people } = crowds[channel]
    const { id, simulated } = company.account(channel)
    const newcomer = await company.control.addCustomer(channel, 'Newcomer')
    const change = (body: Record<string, unknown>) =>
      company.control.changeGroup({ group: group.id, by: simulated.id, ...body })
    await change({ kind: 'remove', members: [people[9]!.id] })
    await company.control.changeGroup({ group: group.id, by: people[10]!.id, kind: 'leave' })
    await change({ kind: 'add', members: [newcomer.id] })
    await change({ kind: 'promote', members: [people[11]!.id] })
    const members = await eventually(
      () => membersOf(conversation),
      (found) => found.length === size - 1 && found.some(({ role }) => role === 'admin'),
    )
    const names = new Set(members.map(({ person }) => person.name))
    const isNamed = channel === 'telegram'
    expect(['Member 10', 'Member 11', 'Member 12'].map((name) => names.has(name))).toEqual([false, false, isNamed])
    const told = await eventually(
      async () => (await heldOf(id)).flatMap(({ kind, details }) => (kind === 'service' ? [details?.service] : [])),
      (notices) => notices.some((notice) => notice?.event === 'added' && notice.members.includes(newcomer.address)),
    )
    const about = (event: string) => told.filter((notice) => notice?.event === event).map((notice) => notice?.members)
    expect(about('removed')).toEqual([[people[9]!.address]])
    expect(about('left')).toEqual([[people[10]!.address]])
    expect(about('added').at(-1)).toEqual([newcomer.address])
  })
})
