/** Who types and who is online, as Telegram tells it: heard, kept nowhere, and answered with nothing. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ActivityRequest } from '../simulators/provider.ts'
import { TelegramBench } from './telegram-bench.ts'
import type { TelegramDesk } from './telegram-desk.ts'

let bench: TelegramBench
let desk: TelegramDesk

beforeEach(async () => {
  bench = await TelegramBench.open()
  desk = await bench.openTalkingDesk()
})
afterEach(() => bench.close())

function act(doing: ActivityRequest['doing'], more: Partial<ActivityRequest> = {}): void {
  const who = { customer: bench.customer.id, account: bench.account.id, group: null }
  bench.simulator.act({ ...who, doing, times: 1, ...more })
}

const heard = (count: number) => desk.until(() => desk.activities.length >= count)
const calls = () => bench.wire('rpc').map(({ detail }) => detail?.split(' ')[0] ?? '')
const kept = () => [desk.store.getState('updates', 'common'), desk.store.listState('peer')]

test('what people do comes from conversations, groups and megagroups, and nothing of it is kept', async () => {
  const members = [bench.account.id, bench.customer.id]
  const chat = await bench.simulator.addGroup({ id: 'g', subject: 'Chat', members, mega: false })
  const mega = await bench.simulator.addGroup({ id: 'm', subject: 'Mega', members, mega: true })
  // Both are looked at whole once they are known.
  await desk.until(() => desk.events.filter(({ type }) => type === 'group').length === 2)
  const [before, events] = [kept(), desk.events.length]
  for (const doing of ['typing', 'recording', 'filming', 'sending', 'stopped'] as const) act(doing)
  act('typing', { account: null, group: 'g' })
  act('typing', { account: null, group: 'm' })
  await heard(7)
  const { address } = bench.customer
  const all = ['typing', 'recording', 'filming', 'sending', null].map((doing) => [address, doing])
  all.push([chat.address, 'typing'], [mega.address, 'typing'])
  expect(desk.activities).toEqual(
    all.map(([of, doing]) => ({ notice: 'doing', chat: of, author: address, doing, lastsMs: 6000 })),
  )
  expect(desk.events).toHaveLength(events)
  expect(kept()).toEqual(before)
})

test('how somebody is comes when it changes, and is asked once where somebody looks', async () => {
  const seenAt = Math.floor(bench.clock.now() / 1000) * 1000 - 7_200_000
  act('offline', { seenAt })
  await heard(1)
  const about = { notice: 'availability', person: bench.customer.address, lastsMs: null }
  const offline = { ...about, availability: { state: 'offline', seenAt } }
  desk.channel.attend(bench.customer.address)
  await heard(2)
  for (const doing of ['within-week', 'within-month', 'recently', 'hidden', 'online'] as const) act(doing)
  await heard(7)
  expect(desk.activities.slice(0, 2)).toEqual([offline, offline])
  expect(desk.activities.slice(2, 6)).toEqual(
    ['within-week', 'within-month', 'recently', null].map((state) => ({ ...about, availability: state && { state } })),
  )
  const online = desk.activities[6]
  expect(online).toMatchObject({ availability: { state: 'online' } })
  expect(online?.lastsMs).toBeGreaterThan(280_000)
  expect(online?.lastsMs).toBeLessThanOrEqual(300_000)
  expect(calls().filter((name) => name === 'users.getUsers')).toHaveLength(1)
})

test('leafing through the list asks about where it stops; groups and strangers are not asked about', async () => {
  const asked = () => calls().filter((name) => name === 'users.getUsers').length
  desk.channel.attend('chat:3')
  desk.channel.attend('user:999')
  desk.channel.attend(null)
  for (let i = 0; i < 20; i += 1) desk.channel.attend(bench.customer.address)
  await heard(2)
  expect(asked()).toBe(2)
  await desk.channel.stop()
  desk.channel.attend(bench.customer.address)
  expect(asked()).toBe(2)
})

test('this account tells nobody that it types or is there', async () => {
  desk.channel.attend(bench.customer.address)
  await heard(1)
  await desk.channel.send(bench.textTo(desk, 'an answer'))
  await expect.poll(() => bench.received()).toEqual(['an answer'])
  expect(calls().filter((name) => /setTyping|updateStatus/.test(name))).toEqual([])
})

test('thousands of hints cost no transaction, and the message behind them is there', async () => {
  const [before, transactions] = [kept(), desk.transactions]
  act('typing', { times: 3_000 })
  await heard(3_000)
  expect([desk.transactions, kept()]).toEqual([transactions, before])
  await bench.say('behind the flood')
  await desk.untilText('behind the flood')
  expect(desk.activities).toHaveLength(3_000)
  expect(desk.logs).toEqual([])
})
