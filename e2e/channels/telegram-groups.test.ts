/** Telegram's groups, basic and large, against the simulator. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { plainText, type MessageContent } from '../../shared/contracts/neutral-message.ts'
import type { SendRequest } from '../../engine/channels/channel.ts'
import type { ChangeRequest, GroupRequest, SimulatedGroup } from '../simulators/provider.ts'
import { TelegramBench } from './telegram-bench.ts'
import type { TelegramDesk } from './telegram-desk.ts'

let bench: TelegramBench
let desk: TelegramDesk
let group: SimulatedGroup

beforeEach(async () => {
  bench = await TelegramBench.open()
  bench.simulator.addCustomer({ id: 'c-2', name: 'Li Wei', phone: '8613912345678', language: 'zh' })
})
afterEach(() => bench.close())

async function open(mega: boolean, timing = {}): Promise<void> {
  desk = await bench.openLiveDesk(timing)
  group = await bench.simulator.addGroup({ id: 'g-1', subject: 'Resellers', members: ['tg-1', 'c-1', 'c-2'], mega })
  await untilGroup(({ members }) => members.length === 3)
}

function say(customer: string, text: string): Promise<string> {
  return bench.simulator.say({ ...bench.saying(text), customer, account: null, group: group.id })
}

function request(content: Partial<MessageContent>): SendRequest {
  const clientId = desk.channel.newClientId()
  return { clientId, address: group.address, content: { ...plainText(''), ...content }, file: null }
}

function untilGroup(is: (seen: ReturnType<typeof groups>[number]) => boolean) {
  return desk.until(() => groups().findLast(is))
}

function groups() {
  return desk.events.flatMap((event) => (event.type === 'group' ? [event.group] : []))
}

function change(change: GroupRequest['change'], by = 'c-1'): Promise<void> {
  return bench.simulator.changeGroup({ group: group.id, by, change })
}

describe.each([
  ['a basic group', false],
  ['a megagroup', true],
])('%s', (_, mega) => {
  test('is shown whole, and again when something in it changes', async () => {
    await open(mega)
    expect(groups().at(-1)).toMatchObject({ address: group.address, subject: 'Resellers', announce: false })
    expect(
      groups()
        .at(-1)
        ?.members.map(({ role }) => role)
        .toSorted(),
    ).toEqual(['member', 'member', 'owner'])
    await change({ kind: 'subject', text: 'Partners' }, 'tg-1')
    await untilGroup(({ subject }) => subject === 'Partners')
    await change({ kind: 'remove', members: ['c-2'] }, 'tg-1')
    await untilGroup(({ members }) => members.length === 2)
    const notices = desk.messages().filter(({ message }) => message.kind === 'service')
    expect(notices.map(({ message }) => message.details?.service?.event)).toEqual(
      expect.arrayContaining(['subject', 'removed']),
    )
  })

  test('messages name the group and who wrote them, changes their target', async () => {
    await open(mega)
    const target = await say('c-2', 'hello all')
    expect(await desk.untilText('hello all')).toMatchObject({
      peer: { address: group.address, name: 'Resellers' },
      author: { name: 'Li Wei' },
      message: { chat: group.address, providerId: target },
    })
    const by = { customer: 'c-2', account: null, group: group.id, target }
    const changes: ChangeRequest['change'][] = [
      { kind: 'edit', text: 'hello everybody', entities: [] },
      { kind: 'reaction', emoji: '👍' },
      { kind: 'delete' },
    ]
    for (const made of changes) {
      await bench.simulator.change({ ...by, change: made })
      await desk.until(() =>
        desk.messages().find(({ message }) => message.kind === made.kind && message.target === target),
      )
    }
  })

  test('the account writes, edits and deletes in it', async () => {
    await open(mega)
    const sent = await desk.channel.send(request({ text: 'from the shop' }))
    expect(sent).toMatchObject({ outcome: 'accepted' })
    const target = sent.outcome === 'accepted' ? sent.providerId : ''
    expect(bench.simulator.received('c-2').at(-1)?.message).toMatchObject({ text: 'from the shop' })
    const edited = await desk.channel.send(request({ kind: 'edit', text: 'from our shop', target }))
    expect(edited).toMatchObject({ outcome: 'accepted', providerId: expect.stringContaining(`${target}/edit/`) })
    const removed = await desk.channel.send(request({ kind: 'delete', target }))
    expect(removed).toMatchObject({ outcome: 'accepted', providerId: `${target}/delete` })
    const changes = () =>
      desk.messages().filter(({ direction, message }) => direction === 'out' && message.target !== null)
    await desk.until(() => changes().length >= 2)
    await bench.fault('cut')
    await desk.untilState('down')
    await desk.untilState('live')
    await say('c-1', 'after the cut')
    await desk.untilText('after the cut')
    expect(changes().map(({ message, clientId }) => [message.kind, clientId !== null])).toEqual([
      ['edit', true],
      ['delete', true],
    ])
  })

  test('polls are asked and answered', async () => {
    await open(mega)
    const poll = { question: 'Which?', options: ['red', 'blue'], multiple: false }
    const asked = await desk.channel.send(request({ kind: 'poll', details: { poll } }))
    const target = asked.outcome === 'accepted' ? asked.providerId : ''
    await bench.simulator.change({
      customer: 'c-2',
      account: null,
      group: group.id,
      target,
      change: { kind: 'vote', options: ['blue'] },
    })
    const vote = await desk.until(() => desk.messages().find(({ message }) => message.kind === 'vote'))
    expect(vote).toMatchObject({ author: { name: 'Li Wei' }, message: { target, details: { vote: ['blue'] } } })
    const own = await desk.channel.send(request({ kind: 'vote', target, details: { vote: ['red'] } }))
    const self = bench.account.address.slice('user:'.length)
    expect(own).toMatchObject({ outcome: 'accepted', providerId: `${target}/vote/${self}` })
    await desk.until(() =>
      desk.messages().find(({ direction, message }) => direction === 'out' && message.kind === 'vote'),
    )
  })

  test('who voted is asked for where Telegram tells only that the results have changed', async () => {
    await open(mega)
    bench.simulator.keepVotes()
    const poll = { question: 'Which?', options: ['red', 'blue'], multiple: true }
    const asked = await desk.channel.send(request({ kind: 'poll', details: { poll } }))
    const target = asked.outcome === 'accepted' ? asked.providerId : ''
    const by = { customer: 'c-2', account: null, group: group.id, target }
    const choices = [['red', 'blue'], ['blue'], []]
    for (const options of choices) {
      await bench.simulator.change({ ...by, change: { kind: 'vote', options } })
      const chosen = () =>
        desk.messages().findLast(({ message }) => message.kind === 'vote' && message.target === target)
      const vote = await desk.until(() => {
        const last = chosen()
        return JSON.stringify(last?.message.details?.vote) === JSON.stringify(options) && last
      })
      expect(vote).toMatchObject({ direction: 'in', author: { name: 'Li Wei' } })
    }
    expect(desk.messages().filter(({ message }) => message.kind === 'vote')).toHaveLength(choices.length)
    expect(bench.wire('rpc').map(({ detail }) => detail)).toContain('messages.getPollVotes')
  })

  test('what was missed is caught up in order, once', async () => {
    await open(mega)
    await say('c-1', 'before')
    await desk.untilText('before')
    await desk.channel.stop()
    const missed = Array.from({ length: 30 }, (_, n) => `missed ${n}`)
    for (const text of missed) await say('c-2', text)
    await desk.channel.start()
    await desk.untilState('live')
    await bench.fault('gap')
    await say('c-1', 'dropped')
    await say('c-1', 'after')
    await desk.untilText('after')
    const said = desk.messages().filter(({ message }) => message.kind === 'text')
    expect(said.map(({ message }) => message.text)).toEqual(['before', ...missed, 'dropped', 'after'])
  })

  test('the account comes in by its invite link', async () => {
    desk = await bench.openLiveDesk()
    group = await bench.simulator.addGroup({ id: 'g-1', subject: 'Resellers', members: ['c-1', 'tg-1', 'c-2'], mega })
    const { address } = group
    await untilGroup(({ members }) => members.length === 3)
    await change({ kind: 'promote', members: ['tg-1'] })
    const { link } = await desk.channel.changeGroup({ change: 'invite-link', address })
    await desk.channel.changeGroup({ change: 'leave', address })
    await change({ kind: 'subject', text: 'Partners' })
    expect(await desk.channel.changeGroup({ change: 'join', link: link ?? '' })).toEqual({ address, link: null })
    await untilGroup(({ subject, members }) => subject === 'Partners' && members.length === 3)
    await say('c-2', 'welcome back')
    expect(await desk.untilText('welcome back')).toMatchObject({ peer: { address } })
    expect(await desk.channel.send(request({ text: 'here I am' }))).toMatchObject({ outcome: 'accepted' })
    const unknown = desk.channel.changeGroup({ change: 'join', link: 'https://t.me/+AAAAAAAAAAAAAAAA' })
    await expect(unknown).rejects.toMatchObject({ code: expect.stringContaining('invite_hash') })
  })

  test('the account changes it', async () => {
    await open(mega)
    const { address } = group
    const li = bench.simulator.customers().find(({ id }) => id === 'c-2')?.address ?? ''
    await desk.channel.changeGroup({ change: 'subject', address, subject: 'Dealers' })
    await untilGroup(({ subject }) => subject === 'Dealers')
    await desk.channel.changeGroup({ change: 'promote', address, members: [li] })
    await untilGroup(({ members }) => members.some((one) => one.address === li && one.role === 'admin'))
    await desk.channel.changeGroup({ change: 'demote', address, members: [li] })
    await untilGroup(({ members }) => members.some((one) => one.address === li && one.role === 'member'))
    await desk.channel.changeGroup({ change: 'remove', address, members: [li] })
    await untilGroup(({ members }) => members.length === 2)
    await desk.channel.changeGroup({ change: 'add', address, members: [li] })
    await untilGroup(({ members }) => members.length === 3)
    const { link } = await desk.channel.changeGroup({ change: 'invite-link', address })
    expect(link).toMatch(/^https:\/\/t\.me\//)
    // Who made a megagroup cannot leave it.
    const leaving = desk.channel.changeGroup({ change: 'leave', address })
    if (mega) return expect(leaving).rejects.toMatchObject({ code: 'not_allowed' })
    await leaving
    expect(await desk.channel.send(request({ text: 'gone' }))).toMatchObject({ outcome: 'refused' })
  })
})

test('a new group is created with people who were seen', async () => {
  desk = await bench.openTalkingDesk()
  const { address } = await desk.channel.changeGroup({
    change: 'create',
    subject: 'New',
    members: [bench.simulator.customers()[0]?.address ?? ''],
  })
  expect(address).toMatch(/^chat:\d+$/)
  expect(await untilGroup((seen) => seen.address === address)).toMatchObject({ subject: 'New' })
})

test('after too much was missed in a megagroup, its newest messages are read and a row says so', async () => {
  await open(true)
  await say('c-1', 'before')
  await desk.untilText('before')
  await desk.channel.stop()
  await say('c-1', 'missed')
  await bench.fault('too-long')
  await desk.channel.start()
  await desk.untilText('missed')
  const gap = desk.events.filter((event) => event.type === 'unknown' && event.reason.startsWith('gap'))
  expect(gap.length).toBeGreaterThan(0)
})

test('a group that nobody has shown is not written to', async () => {
  desk = await bench.openLiveDesk()
  const clientId = desk.channel.newClientId()
  const unknown = { clientId, address: 'channel:123456', content: plainText('x'), file: null }
  expect(await desk.channel.send(unknown)).toMatchObject({
    outcome: 'refused',
    fault: { code: 'telegram_peer_unknown' },
  })
  await expect(desk.channel.changeGroup({ change: 'leave', address: 'channel:123456' })).rejects.toMatchObject({
    code: 'telegram_group_unknown',
  })
})
