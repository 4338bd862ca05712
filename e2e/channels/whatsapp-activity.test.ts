/** Who types and who is online, as WhatsApp tells it: heard, kept nowhere, and answered with nothing. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ActivityRequest } from '../simulators/provider.ts'
import { WhatsAppSimulator } from '../simulators/whatsapp/simulator.ts'
import { WhatsAppDesk } from './whatsapp-desk.ts'

const now = Math.floor(Date.now() / 1000) * 1000
let simulator: WhatsAppSimulator
let desk: WhatsAppDesk

beforeEach(async () => {
  simulator = new WhatsAppSimulator({ clock: { now: () => now }, seed: 11 })
  await simulator.start(0)
  simulator.addAccount({ id: 'wa-1', name: 'Shop', phone: '4915112345678' })
  simulator.addCustomer({ id: 'ana', name: 'Ana', phone: '4917711111111', language: 'de' })
  simulator.addCustomer({ id: 'bob', name: 'Bob', phone: '4917722222222', language: 'en' })
  desk = new WhatsAppDesk(simulator)
  await desk.pair()
})
afterEach(async () => {
  await desk.close()
  await simulator.stop()
})

function act(doing: ActivityRequest['doing'], more: Partial<ActivityRequest> = {}): void {
  simulator.act({ customer: 'ana', account: 'wa-1', group: null, doing, times: 1, ...more })
}

const addressOf = (id: string): string => simulator.customers().find((one) => one.id === id)?.address ?? ''
const numberOf = (id: string): string =>
  `${simulator.customers().find((one) => one.id === id)?.phone ?? ''}@s.whatsapp.net`
const told = () => simulator.wire('wa-1').flatMap(({ event, detail }) => (event === 'rpc' && detail ? [detail] : []))
const heard = (count: number) => desk.until(`${count} hints`, () => desk.activities.length >= count)

async function say(text: string): Promise<void> {
  const plain = { group: null, entities: [], reply: null, details: null, media: null }
  await simulator.say({ ...plain, kind: 'text', customer: 'ana', account: 'wa-1', text })
  await desk.message(text)
}

test('typing, recording and stopping come by LID, by number and in groups, and no inbox and no log has them', async () => {
  const group = await simulator.addGroup({ id: 'g', subject: 'Resellers', members: ['wa-1', 'ana', 'bob'] })
  await say('hello')
  const [rows, logged] = [desk.rows().length, desk.log.length]
  act('typing')
  act('recording', { addressing: 'number' })
  act('stopped')
  act('typing', { account: null, group: 'g', customer: 'bob' })
  await heard(4)
  const doing = { notice: 'doing', lastsMs: 25_000 }
  const [ana, number] = [addressOf('ana'), numberOf('ana')]
  expect(desk.activities).toEqual([
    { ...doing, chat: ana, author: ana, doing: 'typing' },
    { ...doing, chat: number, author: number, doing: 'recording' },
    { ...doing, chat: ana, author: ana, doing: null },
    { ...doing, chat: group.address, author: addressOf('bob'), doing: 'typing' },
  ])
  // Whoever is looked at has one address, whichever the phone uses.
  desk.channel.attend(ana)
  act('typing', { addressing: 'number' })
  await heard(5)
  expect(desk.activities.at(-1)).toEqual({ ...doing, chat: ana, author: ana, doing: 'typing' })
  expect(desk.rows()).toHaveLength(rows)
  expect(desk.log).toHaveLength(logged)
})

test('only who is looked at is subscribed to, again after a cut, and the account itself never shows itself', async () => {
  act('offline', { seenAt: now - 3_600_000 })
  desk.channel.attend(addressOf('ana'))
  await heard(1)
  const about = { notice: 'availability', person: addressOf('ana'), lastsMs: null }
  act('online')
  act('online', { customer: 'bob' })
  act('hidden')
  await heard(3)
  expect(desk.activities).toEqual([
    { ...about, availability: { state: 'offline', seenAt: now - 3_600_000 } },
    { ...about, availability: { state: 'online' } },
    { ...about, availability: null },
  ])
  const lives = desk.statuses.length
  await simulator.fault({ kind: 'cut', account: 'wa-1' })
  await desk.until('another log-in', () => desk.statuses.slice(lives).some(({ state }) => state === 'live'))
  // As the engine does it whenever an account is there again.
  desk.channel.attend(addressOf('ana'))
  await heard(4)
  const said = told().filter((detail) => /^(presence|chatstate)/.test(detail))
  expect(said.filter((detail) => detail.includes('subscribe'))).toEqual(
    Array.from({ length: 2 }, () => `presence subscribe ${addressOf('ana')}`),
  )
  expect(said.filter((detail) => !detail.includes('subscribe'))).toEqual(
    said.flatMap((detail) => (detail === 'presence unavailable' ? [detail] : [])),
  )
  desk.channel.attend(null)
})

test('without a line nobody is asked, and nothing breaks', async () => {
  await desk.channel.stop()
  desk.channel.attend(addressOf('ana'))
  expect(told().filter((detail) => detail.includes('subscribe'))).toEqual([])
})

test('thousands of hints write nothing, and the message behind them is there', async () => {
  await say('hello')
  const logged = desk.log.length
  const writes: string[] = []
  desk.store.sabotage = (_write, name) => void writes.push(name)
  act('typing', { times: 5_000 })
  await heard(5_000)
  expect(writes).toEqual([])
  await say('behind the flood')
  expect(writes).not.toEqual([])
  expect(desk.activities).toHaveLength(5_000)
  expect(desk.log).toHaveLength(logged)
})
