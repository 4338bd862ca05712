import { randomBytes } from 'node:crypto'
import { decryptPollVote, proto } from '@whiskeysockets/baileys'
import { describe, expect, test, vi } from 'vitest'
import type { Details } from '../../../shared/contracts/neutral-message.ts'
import { optionHash } from './poll-votes.ts'
import { ACCOUNT, NOW, useScene } from './test-scene.ts'

vi.setConfig({ testTimeout: 30_000 })
const scene = useScene()

const place = { latitude: 48.137, longitude: 11.575, name: 'Marienplatz', address: 'München', live: false }
const poll = { question: 'When?', options: ['Mon', 'Tue', 'Wed'], multiple: false }
const card = { name: 'Eva; Berg, GmbH', phones: ['+49 177 333'] }

describe('what customers say', () => {
  test('texts carry replies, mentions, forwards, times to live and previews', async () => {
    const client = await scene.linked()
    const first = await scene.say({ kind: 'text', text: 'one' })
    const details: Details = {
      mentions: [scene.address('bob')],
      forwarded: true,
      expiresS: 86_400,
      preview: { url: 'https://example.org', title: 'Example', description: 'About' },
    }
    const second = await scene.say({ kind: 'text', text: 'see https://example.org', reply: first, details })
    const message = await client.message(second)
    const text = message.message?.ephemeralMessage?.message?.extendedTextMessage
    expect(text).toMatchObject({
      text: 'see https://example.org',
      matchedText: 'https://example.org',
      title: 'Example',
    })
    expect(text?.contextInfo).toMatchObject({
      stanzaId: first,
      participant: scene.address('ana'),
      quotedMessage: { conversation: 'one' },
      mentionedJid: [scene.address('bob')],
      isForwarded: true,
      expiration: 86_400,
    })
    expect(scene.simulator.sent()[1]?.message).toEqual({
      channel: 'whatsapp',
      kind: 'text',
      chat: scene.address('ana'),
      author: scene.address('ana'),
      providerId: second,
      time: NOW,
      text: 'see https://example.org',
      entities: [],
      reply: first,
      target: null,
      media: null,
      details,
    })
  })

  test('places, contacts and polls', async () => {
    const client = await scene.linked()
    const at = await client.message(await scene.say({ kind: 'location', details: { location: place } }))
    expect(at.message?.locationMessage).toMatchObject({ degreesLatitude: 48.137, name: 'Marienplatz' })
    const live = { ...place, name: null, address: null, live: true }
    const moving = await client.message(await scene.say({ kind: 'location', details: { location: live } }))
    expect(moving.message?.liveLocationMessage).toMatchObject({ degreesLongitude: 11.575 })
    const one = await client.message(await scene.say({ kind: 'contact', details: { contacts: [card] } }))
    expect(one.message?.contactMessage?.vcard).toContain(String.raw`FN:Eva\; Berg\, GmbH`)
    const two = await client.message(await scene.say({ kind: 'contact', details: { contacts: [card, card] } }))
    expect(two.message?.contactsArrayMessage?.contacts).toHaveLength(2)
    const single = await client.message(await scene.say({ kind: 'poll', details: { poll } }))
    expect(single.message?.pollCreationMessageV3).toMatchObject({ name: 'When?', selectableOptionsCount: 1 })
    const many = { ...poll, multiple: true }
    const multiple = await client.message(await scene.say({ kind: 'poll', details: { poll: many } }))
    expect(multiple.message?.messageContextInfo?.messageSecret).toHaveLength(32)
    expect(scene.simulator.sent().map(({ message }) => message.details)).toEqual([
      { location: place },
      { location: live },
      { contacts: [card] },
      { contacts: [card, card] },
      { poll },
      { poll: many },
    ])
  })

  test('edits, deletions, reactions, votes and timers name their targets', async () => {
    const client = await scene.linked()
    const nodes: { type?: string; edit?: string }[] = []
    client.sock.ws.on('CB:message', ({ attrs }: { attrs: { type?: string; edit?: string } }) => nodes.push(attrs))
    const text = await scene.say({ kind: 'text', text: 'colour' })
    const question = await scene.say({ kind: 'poll', details: { poll } })
    const edit = await scene.change(text, { kind: 'edit', text: 'color', entities: [] })
    const react = await scene.change(text, { kind: 'reaction', emoji: '👍' })
    const take = await scene.change(text, { kind: 'reaction', emoji: null })
    const vote = await scene.change(question, { kind: 'vote', options: ['Tue'] })
    const gone = await scene.change(text, { kind: 'delete' })
    const service = { event: 'timer' as const, members: [], text: null, seconds: 604_800 }
    const timer = await scene.say({ kind: 'service', details: { service } })
    await client.message(timer)
    const edited = (await client.message(edit)).message?.editedMessage?.message?.protocolMessage
    expect(edited).toMatchObject({ key: { id: text, fromMe: true }, editedMessage: { conversation: 'color' } })
    expect((await client.message(react)).message?.reactionMessage).toMatchObject({ key: { id: text }, text: '👍' })
    const update = (await client.message(vote)).message?.pollUpdateMessage
    const ballot = decryptPollVote(update?.vote as Parameters<typeof decryptPollVote>[0], {
      pollCreatorJid: scene.address('ana'),
      pollMsgId: question,
      pollEncKey: (await client.message(question)).message?.messageContextInfo?.messageSecret ?? new Uint8Array(),
      voterJid: scene.address('ana'),
    })
    expect(ballot.selectedOptions?.map((hash) => Buffer.from(hash))).toEqual([optionHash('Tue')])
    expect((await client.message(gone)).message?.protocolMessage?.type).toBe(proto.Message.ProtocolMessage.Type.REVOKE)
    expect(nodes.map(({ type, edit: mark }) => [type, mark])).toEqual([
      ['text', undefined],
      ['poll', undefined],
      ['text', '1'],
      ['reaction', undefined],
      ['reaction', '7'],
      ['poll', undefined],
      ['text', '7'],
      ['text', undefined],
    ])
    const changes = scene.simulator.sent().map(({ message }) => message)
    expect(changes.slice(2).map(({ providerId, target, details }) => [providerId, target, details])).toEqual([
      [edit, text, null],
      [react, text, { emoji: '👍' }],
      [take, text, { emoji: null }],
      [vote, question, { vote: ['Tue'] }],
      [gone, text, null],
      [timer, null, { service }],
    ])
    await expect(scene.change('none', { kind: 'delete' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(scene.change(text, { kind: 'edit', text: 'x', entities: [] }, { customer: 'bob' })).rejects.toThrow()
  })

  test('what the own phone writes comes as sent by a device of the account', async () => {
    const client = await scene.linked()
    const id = await scene.say({ kind: 'text', text: 'from the phone', fromPhone: true })
    const copy = await client.message(id)
    expect(copy.key).toMatchObject({
      fromMe: true,
      remoteJid: scene.address('ana'),
      remoteJidAlt: '4917711111111@s.whatsapp.net',
    })
    expect(copy.message?.conversation).toBe('from the phone')
    const change = { kind: 'edit' as const, text: 'better', entities: [] }
    const edit = await client.message(await scene.change(id, change, { fromPhone: true }))
    expect(edit.key.fromMe).toBe(true)
    expect(scene.simulator.received('ana').map(({ message }) => [message.kind, message.text, message.author])).toEqual([
      ['text', 'from the phone', scene.address(ACCOUNT)],
      ['edit', 'better', scene.address(ACCOUNT)],
    ])
    expect(scene.simulator.sent()).toEqual([])
  })
})

describe('what the account sends', () => {
  test('arrives in the neutral form, kind by kind', async () => {
    const { sock } = await scene.linked()
    const ana = scene.address('ana')
    const asked = await scene.say({ kind: 'poll', details: { poll } })
    const quoted = { key: { remoteJid: ana, id: asked, fromMe: false }, message: { conversation: 'quoted' } }
    await sock.sendMessage(ana, { text: 'hello', mentions: [scene.address('bob')] }, { quoted })
    await vi.waitFor(() => expect(scene.simulator.received('ana')).toHaveLength(1), 5000)
    expect(scene.latest('ana')?.message).toMatchObject({
      kind: 'text',
      chat: ana,
      reply: asked,
      details: { mentions: [scene.address('bob')] },
    })
    const own = await sock.sendMessage(ana, { text: 'typo' })
    const key = { remoteJid: ana, id: own?.key.id ?? '', fromMe: true }
    await sock.sendMessage(ana, { text: 'fixed', edit: key })
    await sock.sendMessage(ana, { react: { text: '❤️', key } })
    await sock.sendMessage(ana, { delete: key })
    await sock.sendMessage(ana, { location: { degreesLatitude: 1.5, degreesLongitude: 2.5, name: 'Here' } })
    await sock.sendMessage(ana, { contacts: { displayName: 'Eva', contacts: [{ vcard: 'FN:Eva\nTEL:123' }] } })
    await sock.sendMessage(ana, { poll: { name: 'Which?', values: ['a', 'b'], selectableCount: 0 } })
    await vi.waitFor(() => expect(scene.simulator.received('ana')).toHaveLength(8), 5000)
    const got = scene.simulator.received('ana').map(({ message }) => message)
    expect(got.slice(1).map(({ kind, text, target, details }) => [kind, text, target, details])).toEqual([
      ['text', 'typo', null, null],
      ['edit', 'fixed', key.id, null],
      ['reaction', '', key.id, { emoji: '❤️' }],
      ['delete', '', key.id, null],
      ['location', '', null, { location: { latitude: 1.5, longitude: 2.5, name: 'Here', address: null, live: false } }],
      ['contact', '', null, { contacts: [{ name: 'Eva', phones: ['123'] }] }],
      ['poll', '', null, { poll: { question: 'Which?', options: ['a', 'b'], multiple: true } }],
    ])
  })

  test('a vote of the account is read with the secret of the poll', async () => {
    const client = await scene.linked()
    const asked = await scene.say({ kind: 'poll', details: { poll } })
    const secret = (await client.message(asked)).message?.messageContextInfo?.messageSecret ?? new Uint8Array()
    const { encryptVote } = await import('./poll-votes.ts')
    const [creator, voter] = [scene.address('ana'), scene.address(ACCOUNT)]
    const vote = encryptVote({ pollId: asked, creator, voter, secret }, ['Mon'])
    const pollCreationMessageKey = { remoteJid: creator, id: asked, fromMe: false }
    await client.sock.relayMessage(creator, { pollUpdateMessage: { pollCreationMessageKey, vote } }, {})
    await vi.waitFor(() => expect(scene.latest('ana')?.message).toMatchObject({ kind: 'vote', target: asked }))
    expect(scene.latest('ana')?.message.details).toEqual({ vote: ['Mon'] })
    const other = encryptVote({ pollId: asked, creator, voter, secret: randomBytes(32) }, ['Mon'])
    await client.sock.relayMessage(creator, { pollUpdateMessage: { pollCreationMessageKey, vote: other } }, {})
    await client.until('second ack', () => client.acks.length === 2)
    expect(scene.simulator.received('ana')).toHaveLength(1)
  })
})
