/** Groups, linking by code and the life of a log-in, between the channel and the simulator. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ChannelEvent } from '../../engine/channels/channel.ts'
import { plainText } from '../../shared/contracts/neutral-message.ts'
import type { GroupRequest } from '../simulators/provider.ts'
import { WhatsAppSimulator } from '../simulators/whatsapp/simulator.ts'
import { WhatsAppDesk } from './whatsapp-desk.ts'

type GroupEvent = Extract<ChannelEvent, { type: 'group' }>

const now = Date.UTC(2026, 10, 2, 9, 30, 0, 0)
let simulator: WhatsAppSimulator
let desk: WhatsAppDesk

beforeEach(async () => {
  simulator = new WhatsAppSimulator({ clock: { now: () => now }, seed: 31 })
  await simulator.start(0)
  simulator.addAccount({ id: 'wa-1', name: 'Shop', phone: '4915112345678' })
  for (const [n, id] of ['ana', 'bob', 'cem'].entries())
    simulator.addCustomer({ id, name: id, phone: `491771111111${n}`, language: 'de' })
  desk = new WhatsAppDesk(simulator)
})

afterEach(async () => {
  await desk.close()
  await simulator.stop()
})

const address = (id: string): string =>
  [...simulator.customers(), ...simulator.accounts()].find((one) => one.id === id)?.address ?? ''

async function group(members = ['ana', 'wa-1', 'bob']): Promise<string> {
  return (await simulator.addGroup({ id: 'g1', subject: 'Team', members })).address
}

const snapshots = (): GroupEvent['group'][] =>
  desk.events().flatMap((event) => (event.type === 'group' ? [event.group] : []))

function seen(what: string, look: (group: GroupEvent['group']) => boolean): Promise<GroupEvent['group']> {
  return desk.until(what, () => snapshots().findLast(look))
}

function say(customer: string, text: string): Promise<string> {
  const said = { entities: [], reply: null, details: null, media: null }
  return simulator.say({ ...said, customer, account: null, group: 'g1', kind: 'text', text })
}

const change = (by: string, what: GroupRequest['change']) => simulator.changeGroup({ group: 'g1', by, change: what })

async function received(customer: string, text: string): Promise<void> {
  const texts = () => simulator.received(customer).map(({ message }) => message.text)
  await expect.poll(texts, { timeout: 4000, interval: 10 }).toContain(text)
}

function rpcs(detail: string): number {
  return simulator.wire('wa-1').filter((entry) => entry.detail?.startsWith(detail)).length
}

describe('groups', () => {
  test('texts of several members stand in the group under their writers, and answers reach everybody once', async () => {
    await desk.pair()
    const chat = await group()
    await say('ana', 'one')
    await say('bob', 'two')
    await say('ana', 'three')
    const last = await desk.message('three')
    expect(last).toMatchObject({
      peer: { address: chat, name: null },
      author: { address: address('ana'), name: 'ana' },
    })
    expect(desk.messages().map(({ message }) => message)).toEqual(simulator.sent().map(({ message }) => message))
    for (const text of ['hello all', 'and more']) expect((await desk.send(chat, text)).outcome).toBe('accepted')
    for (const customer of ['ana', 'bob']) {
      await received(customer, 'and more')
      expect(simulator.received(customer).map(({ message }) => message.text)).toEqual(['hello all', 'and more'])
    }
    expect(rpcs('w:g2/get query')).toBe(0)
  })

  test('a group known before the log-in is shown whole, and sends ask nobody who is in it', async () => {
    const chat = await group()
    await desk.pair()
    const known = await seen('the group', ({ address: one }) => one === chat)
    expect(known).toMatchObject({ subject: 'Team', announce: false })
    expect(known.members.map((member) => [member.address, member.role])).toEqual([
      [address('ana'), 'owner'],
      [address('wa-1'), 'member'],
      [address('bob'), 'member'],
    ])
    await desk.send(chat, 'x')
    expect(rpcs('w:g2/get query')).toBe(0)
    await desk.restart()
    await desk.channel.start()
    await desk.reached('live')
    await say('bob', 'after')
    await desk.message('after')
    expect(snapshots()).toHaveLength(1)
  })

  test('what members change is told, and the group is whole after each change', async () => {
    await desk.pair()
    const chat = await group()
    await change('ana', { kind: 'add', members: ['cem'] })
    await change('ana', { kind: 'promote', members: ['wa-1'] })
    await change('ana', { kind: 'subject', text: 'Resellers' })
    await change('ana', { kind: 'description', text: 'About' })
    await change('ana', { kind: 'timer', seconds: 86_400 })
    await change('bob', { kind: 'leave' })
    await change('ana', { kind: 'announce', on: true })
    const after = await seen('the announcement', ({ announce }) => announce)
    expect(after).toMatchObject({ address: chat, subject: 'Resellers', description: 'About' })
    expect(after.members.map((member) => [member.address, member.role])).toEqual([
      [address('ana'), 'owner'],
      [address('wa-1'), 'admin'],
      [address('cem'), 'member'],
    ])
    expect(desk.messages().map(({ message }) => message)).toEqual(simulator.sent().map(({ message }) => message))
    expect((await desk.send(chat, 'as admin')).outcome).toBe('accepted')
    await received('cem', 'as admin')
    expect(simulator.received('cem')[0]?.message.details).toEqual({ expiresS: 86_400 })
  })

  test('only admins write to an announcement group, and nobody to a group that he has left', async () => {
    await desk.pair()
    const chat = await group()
    await change('ana', { kind: 'announce', on: true })
    await seen('the announcement', ({ announce }) => announce)
    expect(await desk.send(chat, 'x')).toMatchObject({ outcome: 'refused', fault: { code: 'whatsapp_group_announce' } })
    await change('ana', { kind: 'remove', members: ['wa-1'] })
    await seen('the removal', ({ members }) => members.length === 2)
    expect(await desk.send(chat, 'x')).toMatchObject({ outcome: 'refused', fault: { code: 'whatsapp_not_in_group' } })
    expect(await desk.send('123456789@g.us', 'x')).toMatchObject({ fault: { code: 'whatsapp_not_in_group' } })
  })

  test('the account makes, changes, opens and leaves groups', async () => {
    await desk.pair()
    const { channel } = desk
    const made = await channel.changeGroup({
      change: 'create',
      subject: 'New',
      members: [address('ana'), address('bob')],
    })
    const chat = made.address ?? ''
    await channel.changeGroup({ change: 'add', address: chat, members: [address('cem')] })
    await channel.changeGroup({ change: 'promote', address: chat, members: [address('ana')] })
    await channel.changeGroup({ change: 'subject', address: chat, subject: 'Newer' })
    await channel.changeGroup({ change: 'remove', address: chat, members: [address('bob')] })
    const { link } = await channel.changeGroup({ change: 'invite-link', address: chat })
    expect(link).toMatch(/^https:\/\/chat\.whatsapp\.com\//)
    const after = await seen('the change', ({ subject, members }) => subject === 'Newer' && members.length === 3)
    expect(after.members.find((one) => one.address === address('ana'))?.role).toBe('admin')
    expect((await desk.sendContent(chat, plainText('welcome'))).outcome).toBe('accepted')
    await received('cem', 'welcome')
    await channel.changeGroup({ change: 'leave', address: chat })
    await seen('the departure', ({ members }) => members.length === 2)
    await expect(channel.changeGroup({ change: 'subject', address: chat, subject: 'x' })).rejects.toMatchObject({
      code: expect.stringMatching(/not_allowed|not_found/),
    })
  })

  test('an edit, a reaction and a deletion in a group name their target', async () => {
    await desk.pair()
    const chat = await group()
    const target = await say('ana', 'original')
    const event = await desk.message('original')
    desk.store.remember(event.message, false)
    const reaction = { ...plainText(''), kind: 'reaction' as const, target, details: { emoji: '👍' } }
    expect((await desk.sendContent(chat, reaction)).outcome).toBe('accepted')
    await expect
      .poll(() => simulator.received('bob').at(-1)?.message, { timeout: 4000 })
      .toMatchObject({ kind: 'reaction', target })
    const what = { customer: 'bob', account: null, group: 'g1', target }
    await simulator.change({ ...what, change: { kind: 'reaction', emoji: '❤️' } })
    await simulator.change({ ...what, customer: 'ana', change: { kind: 'edit', text: 'better', entities: [] } })
    await desk.message('better')
    expect(desk.messages().map(({ message }) => message)).toEqual(simulator.sent().map(({ message }) => message))
  })
})

describe('the life of a log-in', () => {
  test('links by a code that is typed on the phone', async () => {
    await desk.channel.pair({ method: 'code', phone: '4915112345678' })
    const step = await desk.until('a code', () => desk.steps.find((one) => one.step === 'code-shown'))
    expect(step.code).toMatch(/^[0-9A-Z]{8}$/)
    await simulator.pair({ account: 'wa-1', code: step.code })
    await desk.reached('live')
    expect(desk.steps.at(-1)).toMatchObject({ step: 'done', address: address('wa-1') })
  })

  test('the devices of the number are listed, and this one’s link can be ended and made anew', async () => {
    await desk.pair()
    const devices = await desk.channel.listDevices()
    expect(devices.map(({ platform, current }) => [platform, current])).toEqual([
      ['phone', false],
      [null, true],
    ])
    await expect(desk.channel.removeDevice('1')).rejects.toMatchObject({ code: 'not_allowed' })
    await desk.channel.unlink()
    expect(desk.state()?.state).toBe('unpaired')
    expect(simulator.devices('wa-1')).toHaveLength(1)
    desk.steps.length = 0
    await desk.pair()
    await expect(desk.channel.unlink()).resolves.toBeUndefined()
    await expect(desk.channel.unlink()).rejects.toMatchObject({ code: 'not_connected' })
  })
})
