/** One of each kind, on both channels, in both directions, with two and in groups: the vault hands out what the providers saw. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mediaKinds, type Channel } from '../../shared/contracts/neutral-message.ts'
import { HeldMessages, recordOf } from '../harness/comparison.ts'
import type { EngineClient } from '../harness/engine.ts'
import { eventually } from '../harness/eventually.ts'
import { saidKinds, sentKinds } from '../harness/every-kind.ts'
import type { Line } from '../harness/process.ts'
import { SmallCompany, type CompanyCustomer } from '../harness/small-company.ts'
import { exportMessages } from '../harness/vault.ts'
import { sampleFile } from '../simulators/control/sample-files.ts'
import type { SimulatedGroup } from '../simulators/provider.ts'

const channels = ['whatsapp', 'telegram'] as const

interface World {
  customer: CompanyCustomer
  other: CompanyCustomer
  group: SimulatedGroup
}
let company: SmallCompany
const worlds = {} as Record<Channel, World>
const files: Record<string, string> = {}

beforeAll(async () => {
  company = await SmallCompany.open(71)
  for (const channel of channels) {
    const customer = await company.addCustomer(channel, 'Ana Souza')
    const other = await company.addCustomer(channel, 'Gerd Öttinger')
    const members = [company.account(channel).simulated.id, customer.id, other.id]
    worlds[channel] = {
      customer,
      other,
      group: await company.control.addGroup(channel, `Resellers ${channel}`, members),
    }
  }
  const folder = join(company.folder, 'files')
  mkdirSync(folder)
  for (const kind of mediaKinds) {
    const { bytes, details } = sampleFile(kind, `own ${kind}`, kind === 'document' ? 300_000 : null)
    files[kind] = join(folder, details.name ?? `${kind}.${details.mime.replace(/^.*\/|;.*$/g, '')}`)
    writeFileSync(files[kind], bytes)
  }
})
afterAll(() => company?.close())

/** Waits until each row of the provider's record stands in the vault, byte by byte; what never comes to agree is told in words. */
async function vaultAgrees(channel: Channel): Promise<HeldMessages> {
  const { id, simulated } = company.account(channel)
  const look = async () => {
    const held = new HeldMessages(await exportMessages(company.data, id))
    const { sent, received } = await recordOf(company.control, channel, simulated.id)
    const differences = [
      ...held.compare(sent, 'in'),
      ...held.compare(received, 'out'),
      ...held.unexplained(sent, 'in'),
      ...held.unexplained(received, 'out'),
    ]
    return { held, differences: [...new Set(differences)] }
  }
  const { held, differences } = await eventually(look, ({ differences }) => differences.length === 0, {
    deadlineMs: 20_000,
    everyMs: 500,
  }).catch(look)
  expect(differences).toEqual([])
  return held
}

/** The engine's line for a message that it has recorded, by the provider's id. */
function recorded(engine: EngineClient, channel: Channel, providerId: string): Promise<Line> {
  const { id } = company.account(channel)
  return engine.event('recorded', (line) => line['account'] === id && line['providerId'] === providerId)
}

describe.each(channels)('%s: what customers say', (channel) => {
  const inGroup = [false, true]
  test.each(inGroup)('reaches the vault in every kind (in a group: %s)', async (isGroup) => {
    const { customer, other, group } = worlds[channel]
    const where = isGroup ? { group: group.id } : { account: company.account(channel).simulated.id }
    const first = await company.control.tell({ customer: customer.id, ...where, text: 'the first' })
    let last = first
    for (const { body } of saidKinds(channel, first, isGroup ? other.address : null))
      last = await company.control.tell({ customer: customer.id, ...where, ...body })
    await recorded(company.engine, channel, last)
    await vaultAgrees(channel)
  })

  test.each(inGroup)('and what they do to messages (in a group: %s)', async (isGroup) => {
    const { customer, group } = worlds[channel]
    const where = isGroup ? { group: group.id } : { account: company.account(channel).simulated.id }
    const say = (body: Record<string, unknown>) => company.control.tell({ customer: customer.id, ...where, ...body })
    const text = await say({ text: 'first version' })
    const picture = await say({ kind: 'image', text: 'first caption' })
    const poll = await say({ kind: 'poll', details: { poll: { question: '?', options: ['a', 'b'], multiple: false } } })
    const own = { customer: customer.id, ...where }
    const change = company.control.change
    await change('edit', { ...own, providerId: text, text: 'second version' })
    await change('edit', { ...own, providerId: text, text: 'third version' })
    await change('react', { ...own, providerId: picture, emoji: '👍' })
    await change('react', { ...own, providerId: picture, emoji: null })
    await change('vote', { ...own, providerId: poll, options: ['b'] })
    await change('vote', { ...own, providerId: poll, options: [] })
    await change('delete', { ...own, providerId: text })
    await vaultAgrees(channel)
  })
})

describe.each(channels)('%s: what the salesperson says', (channel) => {
  test.each([false, true])('stands in the vault as the customer got it (in a group: %s)', async (isGroup) => {
    const { customer, group } = worlds[channel]
    const where = isGroup ? { group: group.id } : { account: company.account(channel).simulated.id }
    const { engine } = company
    const ask = { customer: customer.id, ...where, text: 'what have you got?' }
    const question = await recorded(engine, channel, await company.control.tell(ask))
    const poll = await recorded(engine, channel, await company.control.tell({ ...ask, text: '', kind: 'poll' }))
    const conversation = question['conversation']
    const sent: string[] = []
    for (const { body } of sentKinds(channel, String(question['message']), files)) {
      const { message } = await engine.ask({ send: { conversation, ...body } })
      sent.push(String(message))
      await engine.event('state', (line) => line['message'] === message && isAccepted(line['state']))
    }
    const [text, , picture] = sent
    await engine.ask({ edit: { message: text, text: 'own second version' } })
    await engine.ask({ react: { message: question['message'], emoji: '🎉' } })
    await engine.ask({ vote: { message: poll['message'], options: ['Tuesday'] } })
    await engine.ask({ delete: { message: picture } })
    const forwarded = await engine.ask({ forward: { message: sent[3], conversation } })
    await engine.event('state', (line) => line['message'] === forwarded['message'] && isAccepted(line['state']))
    await vaultAgrees(channel)
  })
})

test.each(channels)('%s: a member is mentioned by name and shown by name', async (channel) => {
  const { customer, other, group } = worlds[channel]
  const { engine } = company
  const ask = { customer: other.id, group: group.id, text: 'who takes this?' }
  const { conversation } = await recorded(engine, channel, await company.control.tell(ask))
  const { members } = await engine.ask({ group: { conversation } })
  const name = 'Gerd Öttinger'
  const { ref } = (members as { ref: string; person: { name: string } }[]).find((one) => one.person.name === name)!
  const entities = [{ type: 'mention_name', offset: 3, length: name.length + 1 }]
  const { message } = await engine.ask({
    send: { conversation, text: `hi @${name}, please`, entities, mentions: [ref] },
  })
  await engine.event('state', (line) => line['message'] === message && isAccepted(line['state']))
  const got = (await company.control.received(customer.id)).at(-1)?.message
  const digits = other.address.replace(/@.*/, '')
  expect(got).toMatchObject(
    channel === 'whatsapp'
      ? { text: `hi @${digits}, please`, entities: [], details: { mentions: [other.address] } }
      : { text: `hi @${name}, please`, entities, details: { mentions: [other.address] } },
  )
  const { messages } = await engine.ask({ page: { conversation, limit: 1 } })
  const length = channel === 'whatsapp' ? digits.length + 1 : name.length + 1
  expect(messages).toMatchObject([{ entities: [{ ...entities[0], length }], details: { mentions: [name] } }])
  await vaultAgrees(channel)
})

function isAccepted(state: unknown): boolean {
  return state === 'sent' || state === 'delivered' || state === 'read'
}

describe('what nobody knows', () => {
  // Telegram translates to the layer that a client speaks: what is newer comes as a message with unsupported media (value 2).
  test.each(channels)('%s: an object of an unknown kind is kept raw', async (channel) => {
    const { id, simulated } = company.account(channel)
    await company.control.fault({ kind: 'unknown-kind', account: simulated.id, value: channel === 'telegram' ? 2 : 0 })
    const raw = await eventually(
      async () => (await exportMessages(company.data, id)).filter((row) => row.marks.includes('raw')),
      (rows) => rows.length > 0,
    )
    expect(Buffer.from(raw[0]?.raw ?? '', 'base64').length).toBeGreaterThan(0)
  })
})
