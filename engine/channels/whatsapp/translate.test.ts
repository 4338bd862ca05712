import type { BinaryNode } from '@whiskeysockets/baileys'
import { proto } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import type { ChannelEvent, ChannelStore } from '../channel.ts'
import { keyStateType } from './address.ts'
import { ackRow, messageRows, receiptRow, unavailableRow } from './stanza-rows.ts'
import type { EventRow } from './stanza-rows.ts'
import { translateRow } from './translate.ts'

const me = { lid: '900@lid', number: '4915100@s.whatsapp.net' }
const CUSTOMER = '777@lid'
const NUMBER = '4917700@s.whatsapp.net'

/** What the account has learned of addresses: none, or these pairs of number user and LID user. */
function learned(pairs: Record<string, string> = {}) {
  const bytes = (value: string) => Buffer.from(JSON.stringify(value))
  const entries = Object.entries(pairs).flatMap(([pn, lid]) => [
    [pn, bytes(lid)] as const,
    [`${lid}_reverse`, bytes(pn)] as const,
  ])
  const state = new Map(entries.map(([id, value]) => [`${keyStateType('lid-mapping')} ${id}`, value]))
  return { getState: (type: string, id: string) => state.get(`${type} ${id}`) ?? null, findMessage: () => null }
}

/** A store that a row could be written to; nothing is known in it. */
const blank: ChannelStore = {
  ...learned(),
  transaction: (run) => run(),
  putState: () => undefined,
  listState: () => [],
  putInbox: () => true,
  findOwnMessage: () => null,
}
const now = 1_800_000_000_123

function rowOf(node: BinaryNode, bytes: Uint8Array): EventRow | null {
  return messageRows(node, bytes, me, { store: blank, receivedAt: now })[0] ?? null
}

function translated(row: EventRow | null, store = learned()): ChannelEvent[] {
  return row ? translateRow({ id: 1, receivedAt: now, key: row.key, kind: row.kind, raw: row.raw }, store) : []
}

function padded(message: proto.IMessage, pad = 3): Uint8Array {
  return Buffer.concat([proto.Message.encode(message).finish(), Buffer.alloc(pad, pad)])
}

function incoming(message: proto.IMessage, attrs: Record<string, string> = {}): ChannelEvent[] {
  const node = { tag: 'message', attrs: { from: CUSTOMER, id: 'M1', t: '1700000000', notify: 'Ana', ...attrs } }
  return translated(rowOf(node, padded(message)))
}

describe('messages', () => {
  test('a plain text keeps text, time, name and the bytes without padding', () => {
    const [event] = incoming({ conversation: '<b>hi</b> \u202E\u200B🙂' }, { sender_pn: '4917700:3@s.whatsapp.net' })
    expect(event).toEqual({
      type: 'message',
      peer: { address: CUSTOMER, aliases: [NUMBER], name: 'Ana' },
      author: null,
      direction: 'in',
      path: 'live',
      message: {
        channel: 'whatsapp',
        kind: 'text',
        chat: CUSTOMER,
        author: CUSTOMER,
        providerId: 'M1',
        time: 1_700_000_000_000,
        text: '<b>hi</b> \u202E\u200B🙂',
        entities: [],
        reply: null,
        target: null,
        media: null,
        details: null,
      },
      clientId: null,
      media: null,
      raw: Buffer.from(proto.Message.encode({ conversation: '<b>hi</b> \u202E\u200B🙂' }).finish()),
    })
  })

  test('an extended text tells what it replies to, also inside a disappearing message', () => {
    const text = { extendedTextMessage: { text: 'yes', contextInfo: { stanzaId: 'M0' } } }
    expect(incoming(text)).toMatchObject([{ message: { text: 'yes', reply: 'M0' } }])
    expect(incoming({ ephemeralMessage: { message: text } })).toMatchObject([{ message: { text: 'yes', reply: 'M0' } }])
  })

  test('a sender by number is known by LID when the stanza or the account knows it', () => {
    const told = incoming({ conversation: 'a' }, { from: '4917700:2@s.whatsapp.net', sender_lid: '777:2@lid' })
    expect(told).toMatchObject([{ peer: { address: CUSTOMER, aliases: [NUMBER] }, message: { author: CUSTOMER } }])
    const node = { tag: 'message', attrs: { from: NUMBER, id: 'M1', t: '1700000000' } }
    const row = rowOf(node, padded({ conversation: 'a' }))
    expect(translated(row, learned({ '4917700': '777' }))).toMatchObject([{ peer: { address: CUSTOMER } }])
    expect(translated(row)).toMatchObject([{ peer: { address: NUMBER, aliases: [] } }])
  })

  test('what the owner wrote on the phone is an own message to the recipient', () => {
    const sent = { deviceSentMessage: { destinationJid: NUMBER, message: { conversation: 'from the phone' } } }
    const [event] = incoming(sent, { from: '900@lid', recipient: NUMBER, peer_recipient_lid: CUSTOMER, offline: '2' })
    expect(event).toMatchObject({
      peer: { address: CUSTOMER, aliases: [NUMBER], name: null },
      direction: 'out',
      path: 'phone',
      clientId: 'M1',
      message: { author: '900@lid', text: 'from the phone' },
    })
  })

  test('other kinds, groups and malformed bytes are kept with a reason', () => {
    const kinds = [
      incoming({ eventMessage: { name: 'x' } }),
      incoming({ reactionMessage: { text: '👍' } }),
      incoming({ conversation: 'x' }, { from: 'x@bot' }),
      incoming({ protocolMessage: { type: proto.Message.ProtocolMessage.Type.REVOKE } }),
      incoming({ protocolMessage: { type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION } }),
      translated(rowOf({ tag: 'message', attrs: { from: CUSTOMER, id: 'M' } }, Buffer.from([7, 255, 255]))),
      translated(unavailableRow({ tag: 'message', attrs: {}, content: [{ tag: 'unavailable', attrs: {} }] }, me)),
    ]
    expect(kinds.map(([event]) => event?.type === 'unknown' && event.reason)).toEqual([
      'whatsapp_kind_event',
      'whatsapp_kind_reaction',
      'whatsapp_no_conversation',
      'whatsapp_kind_protocol-0',
      'whatsapp_kind_protocol-5',
      'whatsapp_malformed',
      'whatsapp_unavailable',
    ])
  })

  test('talk between the account’s own devices makes no row', () => {
    const node = { tag: 'message', attrs: { from: '4915100@s.whatsapp.net', id: 'P', category: 'peer' } }
    const history = { protocolMessage: { type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION } }
    const keys = { senderKeyDistributionMessage: { groupId: 'g' }, messageContextInfo: {} }
    expect(rowOf(node, padded(history))).toBeNull()
    expect(rowOf(node, padded(keys))).toBeNull()
  })

  test('redelivery has the same key, another sender another', () => {
    const key = (attrs: Record<string, string>) =>
      rowOf({ tag: 'message', attrs: { id: 'M1', ...attrs } }, padded({ conversation: 'a' }))?.key
    const first = key({ from: '777:1@lid' })
    expect(key({ from: '777@lid', offline: '4', t: '1' })).toBe(first)
    expect(key({ from: NUMBER, sender_lid: CUSTOMER })).toBe(first)
    expect(key({ from: '778@lid' })).not.toBe(first)
  })
})

describe('receipts and acknowledgements', () => {
  const receipt = (attrs: Record<string, string>, ids: string[] = []) => {
    const list = [{ tag: 'list', attrs: {}, content: ids.map((id) => ({ tag: 'item', attrs: { id } })) }]
    const node = { tag: 'receipt', attrs: { id: 'O1', from: CUSTOMER, t: '1700000009', ...attrs }, content: list }
    return translated(receiptRow(node, me))
  }

  test('delivered and read speak for every listed message', () => {
    expect(receipt({})).toEqual([
      { type: 'state', clientId: 'O1', providerId: 'O1', state: 'delivered', time: 1_700_000_009_000, error: null },
    ])
    expect(receipt({ type: 'read' }, ['O2'])).toMatchObject([
      { clientId: 'O1', state: 'read' },
      { clientId: 'O2', state: 'read' },
    ])
  })

  test('the owner reading elsewhere is a read mark, own deliveries and retries are nothing', () => {
    expect(receipt({ from: '900:2@lid', recipient: CUSTOMER, type: 'read' })).toEqual([
      { type: 'read-up-to', peerAddress: CUSTOMER, direction: 'in', providerId: 'O1', time: 1_700_000_009_000 },
    ])
    expect([receipt({ from: '900:2@lid' }), receipt({ type: 'retry' }), receipt({ type: 'peer_msg' })]).toEqual([
      [],
      [],
      [],
    ])
  })

  test('an acknowledgement means sent, with an error it means failed for good', () => {
    const ack = (attrs: Record<string, string>) => translated(ackRow({ tag: 'ack', attrs: { id: 'O1', ...attrs } }, me))
    expect(ack({ t: '1700000001' })).toMatchObject([{ state: 'sent', time: 1_700_000_001_000, error: null }])
    expect(ack({ error: '463' })).toMatchObject([{ state: 'failed', error: { code: 'whatsapp_nack_463' } }])
    expect(ack({ error: '<x>' })).toMatchObject([{ error: { code: 'whatsapp_nack_unknown' } }])
  })
})

test('rows that the channel did not write are refused', () => {
  for (const raw of [new Uint8Array(), Buffer.from([0, 0, 0, 9, 1]), Buffer.from([0, 0, 0, 2, 123, 125])])
    expect(() => translateRow({ id: 1, key: 'k', kind: 'message', raw, receivedAt: 0 }, learned())).toThrow(
      'kept event',
    )
})
