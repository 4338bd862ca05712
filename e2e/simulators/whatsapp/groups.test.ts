import { describe, expect, test, vi } from 'vitest'
import type { SimulatedMessage } from '../provider.ts'
import type { BaileysClient } from './baileys-client.ts'
import { ACCOUNT, NOW, useScene } from './test-scene.ts'

vi.setConfig({ testTimeout: 60_000 })
const scene = useScene()

async function group(members = ['ana', ACCOUNT, 'bob'], id = 'wag-1'): Promise<string> {
  const { address } = await scene.simulator.addGroup({ id, subject: 'Resellers', members })
  return address
}

function sayIn(text: string, customer = 'ana'): Promise<string> {
  return scene.say({ kind: 'text', text, customer, account: null, group: 'wag-1' })
}

/** What customers said, without the notices of what they did to the group. */
function said(): SimulatedMessage[] {
  return scene.simulator.sent().filter(({ message }) => message.kind !== 'service')
}

/** What the library makes of notices: kinds of stubs with their parameters. */
function stubs(client: BaileysClient): [number, string[]][] {
  return client.messages.flatMap(({ messageStubType, messageStubParameters }) =>
    messageStubType ? [[messageStubType, messageStubParameters ?? []] as [number, string[]]] : [],
  )
}

describe('group messages', () => {
  test('go both ways with sender keys, to every device, and are confirmed by each member', async () => {
    const jid = await group()
    const first = await scene.linked()
    const second = await scene.linked()
    const one = await first.message(await sayIn('one'))
    expect(one.key).toMatchObject({
      remoteJid: jid,
      participant: scene.address('ana'),
      participantAlt: '4917711111111@s.whatsapp.net',
      fromMe: false,
    })
    expect((await first.message(await sayIn('two', 'bob'))).message?.conversation).toBe('two')
    await first.message(await sayIn('three'))
    await second.until('three texts', () => second.texts().length === 3)
    expect(second.texts()).toEqual(['one', 'two', 'three'])
    expect(said().map(({ group: id, message }) => [id, message.chat, message.text])).toEqual([
      ['wag-1', jid, 'one'],
      ['wag-1', jid, 'two'],
      ['wag-1', jid, 'three'],
    ])
    const sent = await first.sock.sendMessage(jid, { text: 'to all' }, { quoted: one })
    const id = sent?.key.id ?? ''
    const copy = await second.message(id)
    expect(copy.key).toMatchObject({ fromMe: true, remoteJid: jid })
    await vi.waitFor(() => expect(scene.latest('bob')?.message.text).toBe('to all'))
    expect(scene.latest('ana')).toMatchObject({ group: 'wag-1', message: { reply: one.key.id, chat: jid } })
    await first.sock.sendMessage(jid, { text: 'again' })
    await vi.waitFor(() => expect(scene.latest('bob')?.message.text).toBe('again'))
    const receipts = () => scene.simulator.received('ana').length + scene.simulator.received('bob').length
    expect(receipts()).toBe(4)
    const reads = new Promise<string | undefined>((resolve) => {
      first.sock.ev.on('message-receipt.update', (updates) => {
        const read = updates.find(({ receipt }) => receipt.readTimestamp)
        if (read) resolve(read.receipt.userJid ?? undefined)
      })
    })
    await scene.simulator.read({ customer: 'bob', account: ACCOUNT })
    expect(await reads).toBe(scene.address('bob'))
  })

  test('what the phone, another company account and changes write reaches everybody', async () => {
    scene.simulator.addAccount({ id: 'wa-2', name: 'Office', phone: '4915133333333' })
    const jid = await group(['ana', ACCOUNT, 'wa-2'])
    const shop = await scene.linked()
    const office = await scene.linked('wa-2')
    const id = await scene.say({ kind: 'text', text: 'from the phone', group: 'wag-1', fromPhone: true })
    expect((await shop.message(id)).key.fromMe).toBe(true)
    expect((await office.message(id)).key).toMatchObject({ fromMe: false, participant: scene.address(ACCOUNT) })
    expect(scene.latest('ana')?.message).toMatchObject({ text: 'from the phone', chat: jid })
    const sent = await shop.sock.sendMessage(jid, { text: 'from the shop' })
    expect((await office.message(sent?.key.id ?? '')).message?.extendedTextMessage?.text).toBe('from the shop')
    const mine = await sayIn('mine')
    const gone = await scene.simulator.change({
      customer: 'ana',
      account: null,
      group: 'wag-1',
      target: mine,
      change: { kind: 'delete' },
    })
    expect((await office.message(gone)).message?.protocolMessage?.key).toMatchObject({
      id: mine,
      participant: scene.address('ana'),
    })
    expect(said().map(({ account }) => account)).toEqual([ACCOUNT, 'wa-2', ACCOUNT, 'wa-2'])
  })

  test('a message that a device cannot read comes again to it alone', async () => {
    await group()
    const client = await scene.linked()
    await client.message(await sayIn('before'))
    await scene.simulator.fault({ kind: 'bad-mac', account: ACCOUNT })
    await sayIn('repaired')
    await client.until('repaired', () => client.texts().includes('repaired'))
    await client.message(await sayIn('after'))
    expect(client.texts()).toContain('after')
  })
})

describe('changes', () => {
  test('by people at their phones come as notices', async () => {
    const client = await scene.linked()
    const jid = await group(['ana', ACCOUNT])
    await client.until('created', () => client.groups.some(({ id }) => id === jid))
    expect(client.groups[0]).toMatchObject({ subject: 'Resellers', addressingMode: 'lid', owner: scene.address('ana') })
    await scene.changeGroup('wag-1', 'ana', { kind: 'add', members: ['bob'] })
    await scene.changeGroup('wag-1', 'ana', { kind: 'promote', members: ['bob'] })
    await scene.changeGroup('wag-1', 'bob', { kind: 'subject', text: 'Partners' })
    await scene.changeGroup('wag-1', 'bob', { kind: 'description', text: 'All of them' })
    await scene.changeGroup('wag-1', 'ana', { kind: 'timer', seconds: 86_400 })
    await scene.changeGroup('wag-1', 'ana', { kind: 'announce', on: true })
    await scene.changeGroup('wag-1', 'ana', { kind: 'demote', members: ['bob'] })
    await scene.changeGroup('wag-1', 'bob', { kind: 'leave' })
    await scene.changeGroup('wag-1', 'ana', { kind: 'remove', members: [ACCOUNT] })
    await client.until('removed', () => stubs(client).length === 9)
    const bob = { id: scene.address('bob'), phoneNumber: '4917722222222@s.whatsapp.net' }
    const seen = stubs(client).map(([type, parameters]) => [
      type,
      parameters.map((one) => (one.startsWith('{') ? (JSON.parse(one) as object) : one)),
    ])
    const types = seen.map(([type]) => type)
    // GROUP_CREATE, ADD, PROMOTE, CHANGE_SUBJECT, CHANGE_DESCRIPTION, CHANGE_ANNOUNCE, DEMOTE, LEAVE, REMOVE.
    expect(types).toEqual([20, 27, 29, 21, 24, 26, 30, 32, 28])
    expect(seen[1]?.[1]).toEqual([{ ...bob, admin: null }])
    expect(seen[3]?.[1]).toEqual(['Partners'])
    const timer = client.messages.find(({ message }) => message?.protocolMessage)
    expect(timer?.message?.protocolMessage).toMatchObject({ ephemeralExpiration: 86_400 })
    expect(scene.simulator.groups()[0]?.members).toEqual([{ id: 'ana', role: 'owner' }])
    const services = scene.simulator.sent().map(({ message }) => message.details?.service)
    expect(services.map((service) => service?.event)).toEqual([
      'created',
      'added',
      'promoted',
      'subject',
      'description',
      'timer',
      'announce',
      'demoted',
      'left',
      'removed',
    ])
    expect(services[1]).toEqual({ event: 'added', members: [scene.address('bob')], text: null, seconds: null })
    const sent = await client.sock.relayMessage(jid, { conversation: 'too late' }, {}).catch(() => 'refused')
    expect(sent).toBe('refused')
    await expect(scene.changeGroup('wag-1', 'bob', { kind: 'leave' })).rejects.toMatchObject({ code: 'bad_request' })
  })

  test('by a linked device are made, told, and refused where the rules say so', async () => {
    const { sock, ...client } = await scene.linked()
    void client
    const [ana, bob] = [scene.address('ana'), scene.address('bob')]
    const created = await sock.groupCreate('New', [ana, '4900000000000@s.whatsapp.net'])
    expect(created).toMatchObject({ subject: 'New', creation: NOW / 1000, size: 2 })
    expect(created.participants.map(({ id, admin }) => [id, admin])).toEqual([
      [scene.address(ACCOUNT), 'superadmin'],
      [ana, null],
    ])
    expect(await sock.groupParticipantsUpdate(created.id, [bob, ana], 'add')).toMatchObject([
      { status: '200' },
      { status: '409' },
    ])
    await sock.groupUpdateSubject(created.id, 'Renamed')
    await sock.groupUpdateDescription(created.id, 'For all')
    await sock.groupSettingUpdate(created.id, 'announcement')
    await sock.groupToggleEphemeral(created.id, 604_800)
    const code = (await sock.groupInviteCode(created.id)) ?? ''
    expect(await sock.groupGetInviteInfo(code)).toMatchObject({ subject: 'Renamed' })
    expect(await sock.groupMetadata(created.id)).toMatchObject({
      subject: 'Renamed',
      desc: 'For all',
      announce: true,
      ephemeralDuration: 604_800,
      size: 3,
    })
    expect(Object.keys(await sock.groupFetchAllParticipating())).toEqual([created.id])
    await expect(scene.say({ kind: 'text', text: 'no', customer: 'bob', group: 'group-x' })).rejects.toThrow(
      /no WhatsApp group/,
    )
    await sock.groupLeave(created.id)
    await expect(sock.groupMetadata(created.id)).rejects.toThrow(/forbidden/)
    expect(await sock.groupAcceptInvite(code)).toBe(created.id)
    await expect(sock.groupParticipantsUpdate(created.id, [bob], 'remove')).rejects.toThrow(/forbidden/)
    await expect(sock.groupMetadata('123@g.us')).rejects.toThrow(/item-not-found/)
    await scene.simulator.fault({ kind: 'flood', account: ACCOUNT })
    await expect(sock.groupMetadata(created.id)).rejects.toThrow(/rate-overlimit/)
  })
})

test('a group of five hundred is cheap', async () => {
  const members = ['ana', ACCOUNT]
  for (let index = 0; index < 498; index += 1) {
    const id = `m${index}`
    scene.simulator.addCustomer({ id, name: id, phone: `49160${1_000_000 + index}`, language: 'de' })
    members.push(id)
  }
  const jid = await group(members)
  const client = await scene.linked()
  expect((await client.sock.groupMetadata(jid)).participants).toHaveLength(500)
  await client.message(await sayIn('to five hundred'))
  await client.sock.sendMessage(jid, { text: 'hello all' })
  await vi.waitFor(() => expect(scene.latest('m497')?.message.text).toBe('hello all'), 50_000)
  await client.sock.sendMessage(jid, { text: 'once more' })
  await vi.waitFor(() => expect(scene.latest('m0')?.message.text).toBe('once more'), 10_000)
})
