import { describe, expect, test } from 'vitest'
import { encodeRow, type StoredRow } from './inbox-row.ts'
import { translate } from './translate.ts'

const message: Extract<StoredRow, { kind: 'message' }> = {
  v: 1,
  kind: 'message',
  path: 'live',
  out: false,
  peer: { id: '77', name: 'Ana', phone: '5511987654321' },
  self: '42',
  id: 9,
  date: 1_700_000_000,
  text: 'olá\u0000\u202e<script>',
  entities: [{ type: 'bold', offset: 0, length: 3 }],
  reply: 8,
  clientId: null,
  raw: 'AQID',
}

function row(raw: Uint8Array) {
  return { id: 1, key: 'k', kind: 'message', raw, receivedAt: 0 }
}

describe('translate', () => {
  test('a message keeps its text as it is and its time in milliseconds', () => {
    expect(translate(row(encodeRow(message)))).toEqual([
      {
        type: 'message',
        peer: { address: 'user:77', aliases: ['5511987654321@phone'], name: 'Ana' },
        author: null,
        direction: 'in',
        path: 'live',
        message: {
          channel: 'telegram',
          kind: 'text',
          chat: 'user:77',
          author: 'user:77',
          providerId: '9',
          time: 1_700_000_000_000,
          text: message.text,
          entities: message.entities,
          reply: '8',
          target: null,
          media: null,
          details: null,
        },
        clientId: null,
        raw: new Uint8Array([1, 2, 3]),
        media: null,
      },
    ])
  })

  test('an own message that comes back under its client id also settles the send', () => {
    const events = translate(row(encodeRow({ ...message, out: true, clientId: '-5' })))
    expect(events).toMatchObject([
      { type: 'message', direction: 'out', clientId: '-5', message: { author: 'user:42' } },
      { type: 'state', clientId: '-5', providerId: '9', state: 'sent', time: 1_700_000_000_000 },
    ])
  })

  test('what is kept as unknown comes out with its bytes', () => {
    const unknown: StoredRow = { v: 1, kind: 'unknown', reason: 'group', raw: 'AQID' }
    expect(translate(row(encodeRow(unknown)))).toEqual([
      { type: 'unknown', reason: 'group', raw: new Uint8Array([1, 2, 3]), place: null },
    ])
  })

  test.each([
    ['no bytes', new Uint8Array()],
    ['no UTF-8', new Uint8Array([0xff, 0xfe])],
    ['no JSON', new TextEncoder().encode('{"v":1')],
    ['another version', new TextEncoder().encode(JSON.stringify({ ...message, v: 2 }))],
    ['a field too many', new TextEncoder().encode(JSON.stringify({ ...message, extra: 1 }))],
    ['an address that is none', new TextEncoder().encode(JSON.stringify({ ...message, self: '4 2' }))],
    ['__proto__', new TextEncoder().encode('{"__proto__":{"kind":"unknown"}}')],
  ])('%s is a coded error', (_, raw) => {
    expect(() => translate(row(raw))).toThrow(expect.objectContaining({ code: 'telegram_row_malformed' }))
  })
})
