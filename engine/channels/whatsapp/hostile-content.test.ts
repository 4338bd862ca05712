/** What customers may put into a message: read where it is sound, kept as it came where it is not, and never more than allowed. */
import { createCipheriv, createHmac, randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import { neutralMessageSchema } from '../../../shared/contracts/neutral-message.ts'
import type { ChannelEvent, ChannelStore, KnownMessage } from '../channel.ts'
import { groupEntry } from './group-state.ts'
import { sealMedia, MediaOpener, mediaKeys } from './media/crypto.ts'
import { pollEntry, sealVote } from './polls.ts'
import { messageRows } from './stanza-rows.ts'
import { translateRow } from './translate.ts'
import { readCard, writeCard } from './vcard.ts'

const me = { lid: '900@lid', number: '4915100@s.whatsapp.net' }
const ANA = '777@lid'
const BOB = '888@lid'
const GROUP = '120363000000000001@g.us'
const receivedAt = 1_800_000_000_123
const { Type } = proto.Message.ProtocolMessage

/** A store with state and a few messages that it knows. */
function storeOf(known: Record<string, KnownMessage> = {}): ChannelStore & { state: Map<string, Uint8Array> } {
  const state = new Map<string, Uint8Array>()
  return {
    state,
    transaction: (run) => run(),
    getState: (type, id) => state.get(`${type} ${id}`) ?? null,
    putState: (type, id, value) => void (value ? state.set(`${type} ${id}`, value) : state.delete(`${type} ${id}`)),
    listState: () => [],
    putInbox: () => true,
    findOwnMessage: () => null,
    findMessage: (_address, id) => known[id] ?? null,
  }
}

function events(bytes: Uint8Array, attrs: Record<string, string> = {}, store = storeOf()): ChannelEvent[] {
  const node = { tag: 'message', attrs: { from: ANA, id: 'M1', t: '1700000000', ...attrs } }
  const rows = messageRows(node, Buffer.concat([bytes, Buffer.from([1])]), me, { store, receivedAt })
  for (const { state } of rows) for (const { type, id, value } of state) store.putState(type, id, value)
  return rows.flatMap((row) => translateRow({ id: 1, receivedAt, ...row }, store))
}

function incoming(message: proto.IMessage, attrs: Record<string, string> = {}, store = storeOf()): ChannelEvent[] {
  return events(proto.Message.encode(message).finish(), attrs, store)
}

const reasons = (list: ChannelEvent[]): unknown[] => list.map((event) => event.type === 'unknown' && event.reason)
const mine: KnownMessage = { fromMe: true, author: '900@lid', time: 1, kind: 'text', text: 'x' }
const anas: KnownMessage = { ...mine, fromMe: false, author: ANA }
const inGroup = { from: GROUP, participant: BOB }

describe('changes count only by who may make them', () => {
  const edit = {
    protocolMessage: {
      type: Type.MESSAGE_EDIT,
      key: { id: 'T', fromMe: true },
      editedMessage: { conversation: 'new' },
    },
  }
  const revoke = (fromMe: boolean) => ({
    protocolMessage: { type: Type.REVOKE, key: { id: 'T', fromMe, participant: ANA } },
  })

  test('an edit by its author, also in wrappers, is one; by anybody else it is kept in its place', () => {
    expect(incoming(edit, {}, storeOf({ T: anas }))).toMatchObject([
      { message: { kind: 'edit', target: 'T', text: 'new' } },
    ])
    expect(incoming({ editedMessage: { message: edit } })).toMatchObject([{ message: { kind: 'edit' } }])
    const forged = [incoming(edit, {}, storeOf({ T: mine })), incoming(edit, inGroup, storeOf({ T: anas }))].flat()
    expect(reasons(forged)).toEqual(['whatsapp_edit_by_another', 'whatsapp_edit_by_another'])
    expect(forged[1]).toMatchObject({ place: { peer: { address: GROUP }, author: { address: BOB }, direction: 'in' } })
  })

  test('a deletion by another counts only from an admin of the group', () => {
    expect(incoming(revoke(true), {}, storeOf({ T: anas }))).toMatchObject([{ message: { kind: 'delete' } }])
    const store = storeOf({ T: anas })
    expect(reasons(incoming(revoke(false), inGroup, store))).toEqual(['whatsapp_delete_by_another'])
    const members = [{ address: BOB, aliases: [], name: null, role: 'admin' as const }]
    const group = { address: GROUP, subject: '', description: null, members, announce: false, inviteLink: null }
    const { type, id, value } = groupEntry({ group, addressing: 'lid', timerS: 0 })
    store.putState(type, id, value)
    expect(incoming(revoke(false), inGroup, store)).toMatchObject([{ message: { kind: 'delete', author: BOB } }])
  })

  test('a vote is read only where its voter sealed it', () => {
    const store = storeOf()
    const poll = { secret: randomBytes(32), options: ['a', 'b'], creators: ['900@lid'] }
    const { type, id, value } = pollEntry(ANA, 'P', poll)
    store.putState(type, id, value)
    const update = (voter: string) => ({
      pollUpdateMessage: { pollCreationMessageKey: { id: 'P' }, vote: sealVote(poll, 'P', voter, ['b', 'other']) },
    })
    expect(incoming(update(ANA), {}, store)).toMatchObject([{ message: { details: { vote: ['b'] }, target: 'P' } }])
    expect(reasons(incoming(update(BOB), {}, store))).toEqual(['whatsapp_vote_unreadable'])
    expect(reasons(incoming(update(ANA), { from: BOB }, store))).toEqual(['whatsapp_vote_unreadable'])
  })
})

describe('bounds', () => {
  test('a time far in the future is the time of arrival, one in the past stays', () => {
    const timeOf = (t: string) =>
      incoming({ conversation: 'x' }, { t }).map((event) => event.type === 'message' && event.message.time)
    expect([timeOf('1900000000'), timeOf('1800000600'), timeOf('1500000000'), timeOf('0'), timeOf('x')].flat()).toEqual(
      [1_800_000_000_000, 1_800_000_600_000, 1_500_000_000_000, 1_800_000_000_000, 1_800_000_000_000],
    )
  })

  test('whatever is claimed, the neutral form stays within its limits', () => {
    const long = 'x'.repeat(70_000)
    const mentionedJid = Array.from({ length: 3000 }, (_, n) => `${n + 1}@lid`)
    const image = {
      caption: long,
      mimetype: long,
      width: 4_294_967_295,
      fileLength: '18446744073709551615',
      contextInfo: { stanzaId: long, mentionedJid, expiration: 4_294_967_295 },
    }
    const cards = Array.from({ length: 90 }, () => ({
      displayName: long,
      vcard: `TEL:${'9'.repeat(700)}\n`.repeat(50),
    }))
    const options = Array.from({ length: 60 }, (_, n) => ({ optionName: `${n}${long}` }))
    const messages: proto.IMessage[] = [
      { imageMessage: image as unknown as proto.Message.IImageMessage },
      { documentMessage: { fileName: `../../${long}`, fileLength: -1 } },
      { audioMessage: { ptt: true, waveform: Buffer.alloc(4000, 255) } },
      { contactsArrayMessage: { contacts: cards } },
      { pollCreationMessage: { name: long, options } },
      { extendedTextMessage: { text: 'x', matchedText: long, title: long, description: long } },
      { locationMessage: { degreesLatitude: 12, degreesLongitude: 180, name: long, address: long } },
      { reactionMessage: { key: { id: 'T' }, text: long } },
    ]
    for (const message of messages) {
      const [event] = incoming(message)
      expect(event?.type).toBe('message')
      if (event?.type === 'message') expect(neutralMessageSchema.safeParse(event.message).error).toBeUndefined()
    }
    const impossible = [
      { locationMessage: { degreesLatitude: Number.NaN, degreesLongitude: 500 } },
      { pollCreationMessage: {} },
    ]
    expect(impossible.flatMap((message) => reasons(incoming(message)))).toEqual([
      'whatsapp_kind_location',
      'whatsapp_kind_poll',
    ])
  })

  test('random bytes, cuts and endless wrappers become rows, never errors', () => {
    let nested: proto.IMessage = { conversation: 'deep' }
    for (let depth = 0; depth < 40; depth++) nested = { ephemeralMessage: { message: nested } }
    expect(reasons(incoming(nested))).toEqual(['whatsapp_malformed'])
    const whole = proto.Message.encode({ imageMessage: { caption: 'x', contextInfo: { stanzaId: 'S' } } }).finish()
    for (let end = 1; end < whole.length; end++) expect(events(whole.subarray(0, end)).length).toBeLessThanOrEqual(1)
    for (let n = 0; n < 2000; n++) expect(events(randomBytes(n % 97)).length).toBeLessThanOrEqual(1)
  })

  test('cards are read as far as they are cards, and come back as they were written', () => {
    const card = { name: 'Ana; B, C\\D', phones: ['+49 177 1', '(030) 22'] }
    expect(readCard(writeCard(card), null)).toEqual(card)
    expect(readCard('no card\n:\nitem1.TEL;waid=1:+1\r\n 23\nTEL:\nfn:x', null)).toEqual({
      name: 'x',
      phones: ['+123'],
    })
  })
})

test('what the own phone gives once more stands where it was missing', () => {
  const lost = {
    key: { remoteJid: ANA, fromMe: false, id: 'LOST' },
    message: { conversation: 'found' },
    messageTimestamp: 1_700_000_001,
  }
  const webMessageInfoBytes = proto.WebMessageInfo.encode(lost as unknown as proto.IWebMessageInfo).finish()
  const peerDataOperationRequestResponseMessage = {
    peerDataOperationResult: [{ placeholderMessageResendResponse: { webMessageInfoBytes } }],
  }
  const answer = { protocolMessage: { type: 17, peerDataOperationRequestResponseMessage } }
  expect(incoming(answer, { from: '900@lid', category: 'peer' })).toMatchObject([
    { peer: { address: ANA }, direction: 'in', path: 'offline', message: { providerId: 'LOST', text: 'found' } },
  ])
  // From a customer it is nothing of the kind.
  expect(reasons(incoming(answer))).toEqual(['whatsapp_kind_protocol-17'])
})

describe('files', () => {
  const keys = mediaKeys(randomBytes(32), 'image')

  async function sealed(plain: Buffer): Promise<Buffer> {
    const pieces: Buffer[] = []
    const source = (async function* () {
      yield plain.subarray(0, 7)
      yield plain.subarray(7)
    })()
    for await (const piece of sealMedia(source, keys, () => undefined)) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  test('are sealed as WhatsApp seals them', async () => {
    const plain = randomBytes(1000)
    const cipher = createCipheriv('aes-256-cbc', keys.cipherKey, keys.iv)
    const body = Buffer.concat([cipher.update(plain), cipher.final()])
    const mac = createHmac('sha256', keys.macKey).update(keys.iv).update(body).digest().subarray(0, 10)
    expect((await sealed(plain)).equals(Buffer.concat([body, mac]))).toBe(true)
  })

  test.each([0, 1, 15, 16, 17, 1000])('of %d bytes open in any pieces, and not when a byte is other', async (size) => {
    const plain = randomBytes(size)
    const whole = await sealed(plain)
    const opener = new MediaOpener(keys, null)
    const parts = [...whole].map((byte) => opener.push(Buffer.from([byte])))
    expect(Buffer.concat([...parts, opener.end()]).equals(plain)).toBe(true)
    const other = Buffer.from(whole)
    other[size >> 1] = (other[size >> 1] ?? 0) ^ 1
    for (const damaged of [other, whole.subarray(0, -1), whole.subarray(0, 5)]) {
      const reader = new MediaOpener(keys, null)
      reader.push(damaged)
      expect(() => reader.end()).toThrow(expect.objectContaining({ code: 'media_damaged' }))
    }
  })
})
