/** Every kind, both ways, between the unmodified library and the simulator. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { downloadMediaMessage, getAggregateVotesInPollMessage } from '@whiskeysockets/baileys'
import type { AnyMessageContent, WAMessage } from '@whiskeysockets/baileys'
import { Agent as Dispatcher } from 'undici'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Details, FileDetails, MediaKind, MessageKind } from '../../../shared/contracts/neutral-message.ts'
import type { SayRequest } from '../provider.ts'
import { BaileysClient, trustOnly } from './baileys-client.ts'
import { WhatsAppSimulator } from './simulator.ts'

vi.setConfig({ testTimeout: 60_000 })

let simulator: WhatsAppSimulator
let client: BaileysClient
let dispatcher: Dispatcher

beforeEach(async () => {
  for (const name of ['info', 'warn', 'error'] as const) vi.spyOn(console, name).mockImplementation(() => undefined)
  simulator = new WhatsAppSimulator({ clock: { now: () => Date.UTC(2026, 10, 1, 12) }, seed: 11 })
  await simulator.start(0)
  const { url, root, mediaCa } = simulator.endpoints()
  trustOnly(root ?? '')
  const ca = readFileSync(mediaCa ?? '')
  dispatcher = new Dispatcher({ connect: { ca } })
  simulator.addAccount({ id: 'wa-1', name: 'Shop', phone: '4915112345678' })
  for (const [n, id] of ['ana', 'bob', 'cem'].entries())
    simulator.addCustomer({ id, name: id, phone: `491771111111${n}`, language: 'de' })
  const options = { dispatcher } as RequestInit
  client = new BaileysClient(url ?? '', { fetchAgent: new Agent({ ca }), options })
  client.connect()
  await simulator.pair({ account: 'wa-1', qr: await client.qr() })
  await client.closeCode()
  client.connect()
  await client.open()
})

afterEach(async () => {
  await client.close()
  await dispatcher.close()
  await simulator.stop()
  vi.restoreAllMocks()
})

const file = (mime: string, rest: Partial<FileDetails> = {}): FileDetails => ({
  name: null,
  mime,
  bytes: 0,
  width: null,
  height: null,
  durationS: null,
  waveform: null,
  ...rest,
})

function saying(kind: MessageKind, text: string, details: Details | null, rest: Partial<SayRequest> = {}): SayRequest {
  const place = { customer: 'ana', account: 'wa-1', group: null }
  return { ...place, kind, text, entities: [], reply: null, details, media: null, ...rest }
}

async function arrives(id: string): Promise<WAMessage> {
  const find = (): WAMessage | undefined => client.messages.find(({ key }) => key.id === id)
  await client.until(id, () => find() !== undefined)
  return find()!
}

const address = (id: string): string => simulator.customers().find((one) => one.id === id)?.address ?? ''

test('texts carry replies, mentions, forwards, timers and previews', async () => {
  const first = await simulator.say(saying('text', 'first', null))
  await arrives(first)
  const details: Details = {
    mentions: [address('bob')],
    forwarded: true,
    expiresS: 86_400,
    preview: { url: 'https://example.com', title: 'T', description: null },
  }
  const { message } = await arrives(await simulator.say(saying('text', 'second', details, { reply: first })))
  const extended = message?.extendedTextMessage
  expect(extended).toMatchObject({ text: 'second', matchedText: 'https://example.com', title: 'T' })
  expect(extended?.contextInfo).toMatchObject({ stanzaId: first, isForwarded: true, expiration: 86_400 })
  expect(extended?.contextInfo?.quotedMessage?.conversation).toBe('first')
  expect(simulator.sent().at(-1)?.message).toMatchObject({ reply: first, details, kind: 'text' })
})

test.each<[MediaKind, string, FileDetails]>([
  ['image', 'a picture', file('image/png', { width: 4, height: 3 })],
  ['video', '', file('video/mp4', { width: 4, height: 3, durationS: 2 })],
  [
    'voice',
    '',
    file('audio/ogg; codecs=opus', { durationS: 3, waveform: Buffer.from([1, 50, 100]).toString('base64') }),
  ],
  ['audio', '', file('audio/mpeg', { durationS: 9 })],
  ['document', 'with words', file('application/pdf', { name: 'price list.pdf' })],
  ['sticker', '', file('image/webp', { width: 512, height: 512 })],
])('%s comes with its file, which the library opens', async (kind, text, about) => {
  const bytes = randomBytes(70_000)
  const details = { file: { ...about, bytes: bytes.length } }
  const message = await arrives(await simulator.say(saying(kind, text, details, { media: { kind, bytes } })))
  const options = { options: { dispatcher } as RequestInit }
  expect(Buffer.compare(await downloadMediaMessage(message, 'buffer', options), bytes)).toBe(0)
  expect(simulator.sent().at(-1)?.message).toMatchObject({ kind, text, details })
})

test('locations, contacts, reactions, edits, deletes and votes come as the library knows them', async () => {
  const place = { latitude: 52.5, longitude: 13.4, name: 'Shop', address: 'Street 1', live: false }
  const at = await arrives(await simulator.say(saying('location', '', { location: place })))
  expect(at.message?.locationMessage).toMatchObject({ degreesLatitude: 52.5, name: 'Shop' })
  const contacts = [{ name: 'Bob B', phones: ['+49 177 2'] }]
  const card = await arrives(await simulator.say(saying('contact', '', { contacts })))
  expect(card.message?.contactMessage?.vcard).toContain('TEL;type=CELL;waid=491772:+49 177 2')
  const target = await simulator.say(saying('text', 'original', null))
  await arrives(target)
  const base = { customer: 'ana', account: 'wa-1', group: null, target }
  const reaction = await arrives(await simulator.change({ ...base, change: { kind: 'reaction', emoji: '👍' } }))
  expect(reaction.message?.reactionMessage).toMatchObject({ text: '👍', key: { id: target } })
  const seen: string[] = []
  client.sock.ev.on('messages.update', (updates) => {
    for (const { key, update } of updates) seen.push(`${key.id} ${update.message === null ? 'gone' : 'changed'}`)
  })
  await simulator.change({ ...base, change: { kind: 'edit', text: 'better', entities: [] } })
  await simulator.change({ ...base, change: { kind: 'delete' } })
  await vi.waitFor(() => expect(seen).toEqual([`${target} changed`, `${target} gone`]))
  expect(simulator.sent().map(({ message }) => message.kind)).toEqual([
    'location',
    'contact',
    'text',
    'reaction',
    'edit',
    'delete',
  ])
})

test('a poll goes out, is voted on, and the library reads the vote', async () => {
  const poll = { name: 'Which?', values: ['red', 'blue'], selectableCount: 1 }
  const sent = await client.sock.sendMessage(address('ana'), { poll })
  const id = sent?.key.id ?? ''
  await vi.waitFor(() => expect(simulator.received('ana').at(-1)?.message.providerId).toBe(id))
  expect(simulator.received('ana').at(-1)?.message.details).toEqual({
    poll: { question: 'Which?', options: ['red', 'blue'], multiple: false },
  })
  const change = { kind: 'vote' as const, options: ['blue'] }
  const vote = await arrives(
    await simulator.change({ customer: 'ana', account: 'wa-1', group: null, target: id, change }),
  )
  expect(vote.message?.pollUpdateMessage?.pollCreationMessageKey?.id).toBe(id)
  expect(getAggregateVotesInPollMessage({ message: sent?.message ?? undefined, pollUpdates: [] })).toHaveLength(2)
})

test('what the library sends is read: pictures, replies, reactions, edits, deletes, contacts', async () => {
  const to = address('ana')
  const send = async (content: AnyMessageContent, options = {}): Promise<string> =>
    (await client.sock.sendMessage(to, content, options))?.key.id ?? ''
  const asked = await arrives(await simulator.say(saying('text', 'question', null)))
  const image = randomBytes(5000)
  const picture = await send({ image, caption: 'here', mimetype: 'image/jpeg', jpegThumbnail: '' }, { quoted: asked })
  await send({ react: { text: '❤️', key: asked.key } })
  const text = await send({ text: 'old' })
  await send({ text: 'new', edit: { id: text, remoteJid: to, fromMe: true } })
  await send({ delete: { id: text, remoteJid: to, fromMe: true } })
  await vi.waitFor(() => expect(simulator.received('ana')).toHaveLength(5))
  const rows = simulator.received('ana').map(({ message }) => message)
  expect(rows.map(({ kind, target }) => [kind, target])).toEqual([
    ['image', null],
    ['reaction', asked.key.id],
    ['text', null],
    ['edit', text],
    ['delete', text],
  ])
  expect(rows[0]).toMatchObject({ providerId: picture, text: 'here', reply: asked.key.id })
  expect(rows[0]?.media).toHaveLength(64)
  expect(rows[3]?.text).toBe('new')
})

test('groups: made, written in both ways with sender keys, changed, and left', async () => {
  const members = ['ana', 'wa-1', 'bob']
  const group = await simulator.addGroup({ id: 'g1', subject: 'Team', members })
  const metadata = await client.sock.groupMetadata(group.address)
  expect(metadata.participants.map(({ id }) => id)).toHaveLength(3)
  const inGroup = { account: null, group: 'g1' }
  for (const text of ['one', 'two'])
    expect((await arrives(await simulator.say(saying('text', text, null, inGroup)))).message?.conversation).toBe(text)
  const sent = await client.sock.sendMessage(group.address, { text: 'to all' })
  await vi.waitFor(() => expect(simulator.received('bob')).toHaveLength(1))
  await client.sock.sendMessage(group.address, { text: 'again' })
  await vi.waitFor(() => expect(simulator.received('ana')).toHaveLength(2))
  expect(simulator.received('bob')[0]).toMatchObject({ providerId: sent?.key.id, group: 'g1' })
  await simulator.changeGroup({ group: 'g1', by: 'ana', change: { kind: 'add', members: ['cem'] } })
  await simulator.changeGroup({ group: 'g1', by: 'ana', change: { kind: 'promote', members: ['wa-1'] } })
  await client.sock.groupUpdateSubject(group.address, 'Renamed')
  await simulator.changeGroup({ group: 'g1', by: 'bob', change: { kind: 'leave' } })
  const after = await client.sock.groupMetadata(group.address)
  expect([after.subject, after.participants.length]).toEqual(['Renamed', 3])
  expect(await client.sock.groupInviteCode(group.address)).toHaveLength(22)
  const services = simulator.sent().flatMap(({ message }) => message.details?.service?.event ?? [])
  expect(services).toEqual(['created', 'added', 'promoted', 'left'])
})

test('a device is linked by the code that it shows', async () => {
  simulator.addAccount({ id: 'wa-2', name: 'Second', phone: '4915112345679' })
  const second = new BaileysClient(simulator.endpoints().url ?? '')
  second.connect()
  await second.qr()
  const code = await second.sock.requestPairingCode('4915112345679')
  await simulator.pair({ account: 'wa-2', code })
  expect(await second.closeCode()).toBe(515)
  second.connect()
  await second.open()
  await second.close()
  expect(simulator.devices('wa-2').map(({ id }) => id)).toEqual(['0', '1'])
})

test('an expired file is brought back by the phone that is asked for it', async () => {
  const bytes = randomBytes(3000)
  const details = { file: file('image/png', { bytes: bytes.length }) }
  const media = { kind: 'image' as const, bytes }
  const message = await arrives(await simulator.say(saying('image', '', details, { media })))
  await simulator.fault({ kind: 'expire-media', account: 'wa-1' })
  const options = { options: { dispatcher } as RequestInit }
  await expect(downloadMediaMessage(message, 'buffer', options)).rejects.toThrow()
  const renewed = await client.sock.updateMediaMessage(message)
  // The library names WhatsApp's own host for what came anew.
  Object.assign(renewed.message?.imageMessage ?? {}, { url: null })
  const host = simulator.endpoints().media ?? ''
  expect(Buffer.compare(await downloadMediaMessage(renewed, 'buffer', { ...options, host }), bytes)).toBe(0)
})
