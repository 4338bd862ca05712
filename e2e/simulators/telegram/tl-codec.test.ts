/** The TL codec against the serialisation of the `telegram` package, and against hostile bytes. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Api } from 'telegram'
import { BinaryReader } from 'telegram/extensions/index.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { describe, expect, it } from 'vitest'
import { decodeTl, encodeTl, TlError, TlReader, TlWriter, type TlObject } from './tl-codec.ts'
import { NEWEST_LAYER, parseTlSchema, simulatorSchema } from './tl-schema.ts'

interface LibraryDefinition {
  name: string
  namespace?: string
  constructorId: number
  argsConfig: Record<
    string,
    { type: string; isVector: boolean; isFlag: boolean; flagIndex: number; flagIndicator: boolean }
  >
}

const definitions: LibraryDefinition[] = createRequire(import.meta.url)('telegram/tl/generated/api-definitions.js')

/** Names differ only in spelling between the published schema and the library: snake case against camel case. */
function plainName(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}

const message: TlObject = {
  _: 'message',
  out: true,
  id: 77,
  from_id: { _: 'peerUser', user_id: 7_000_000_001n },
  peer_id: { _: 'peerUser', user_id: 5_404_690_930n },
  reply_to: { _: 'messageReplyHeader', reply_to_msg_id: 12 },
  date: 1_795_465_990,
  message: 'hé <b> 👩‍👩‍👧 \u202e',
  entities: [{ _: 'messageEntityBold', offset: 0, length: 2 }],
}

describe('the schema', () => {
  it('has the numbers and fields that the telegram package has for the same layer', () => {
    const byId = new Map(definitions.map((definition) => [definition.constructorId >>> 0, definition]))
    const own = ['api.tl', 'mtproto.tl'].flatMap((name) =>
      parseTlSchema(readFileSync(new URL(`./schema/${name}`, import.meta.url), 'utf8')),
    )
    expect(own.length).toBeGreaterThan(200)
    for (const constructor of own) {
      if (constructor.name === 'gzip_packed') continue // the package handles it outside its definitions
      const theirs = byId.get(constructor.id)
      expect(theirs, `${constructor.name} with this number`).toBeDefined()
      const theirName = plainName([theirs?.namespace, theirs?.name].filter(Boolean).join('.'))
      expect(plainName(constructor.name)).toBe(theirName)
      const theirFields = Object.entries(theirs?.argsConfig ?? {})
      expect(constructor.fields.map((field) => plainName(field.name))).toEqual(
        theirFields.map(([name]) => plainName(name)),
      )
      expect(constructor.fields.map((field) => field.flag?.bit ?? null)).toEqual(
        theirFields.map(([, field]) => (field.isFlag ? field.flagIndex : null)),
      )
    }
  })

  it('gives a client of an older layer the form that it knows', () => {
    const schema = simulatorSchema()
    const ids = [198, 223, NEWEST_LAYER].map((layer) => schema.get('message', layer).id.toString(16))
    expect(ids).toEqual(['96fdbbe9', '3ae56482', '7600b9d3'])
    expect(encodeTl(message, 198).readUInt32LE()).toBe(0x96fdbbe9)
    expect(decodeTl(encodeTl(message, 198))).toEqual(decodeTl(encodeTl(message)))
  })
})

describe('writing', () => {
  it('gives bytes that the telegram package reads as the same message', () => {
    const read = new BinaryReader(encodeTl(message)).tgReadObject() as Api.Message
    expect(read.className).toBe('Message')
    expect(read.message).toBe(message['message'])
    expect(read.out).toBe(true)
    expect(read.id).toBe(77)
    expect(String((read.peerId as Api.PeerUser).userId)).toBe('5404690930')
    expect((read.replyTo as Api.MessageReplyHeader).replyToMsgId).toBe(12)
    expect(read.entities?.map((entity) => [entity.className, entity.offset, entity.length])).toEqual([
      ['MessageEntityBold', 0, 2],
    ])
    expect(read.media ?? null).toBeNull()
  })

  it('gives the same bytes as the telegram package', () => {
    const theirs = new Api.UpdateShortSentMessage({ out: true, id: 5, pts: 9, ptsCount: 1, date: 1_795_465_990 })
    expect(
      encodeTl({ _: 'updateShortSentMessage', out: true, id: 5, pts: 9, pts_count: 1, date: 1_795_465_990 }),
    ).toEqual(theirs.getBytes())
    const token = Buffer.alloc(300, 7)
    expect(encodeTl({ _: 'auth.loginToken', expires: 30, token })).toEqual(
      new Api.auth.LoginToken({ expires: 30, token }).getBytes(),
    )
  })

  it('refuses a mandatory field that is missing or of the wrong type', () => {
    expect(() => encodeTl({ _: 'peerUser' })).toThrow(TypeError)
    expect(() => encodeTl({ _: 'peerUser', user_id: 'x' })).toThrow('peerUser.user_id')
  })
})

describe('reading', () => {
  it('reads requests that the telegram package wrote', () => {
    const request = new Api.messages.SendMessage({
      peer: new Api.InputPeerUser({ userId: returnBigInt('5404690930'), accessHash: returnBigInt('-42') }),
      message: 'Olá',
      randomId: returnBigInt('-9000000000000000001'),
      entities: [new Api.MessageEntityItalic({ offset: 1, length: 2 })],
      noWebpage: true,
    })
    expect(decodeTl(Buffer.from(request.getBytes()))).toEqual({
      _: 'messages.sendMessage',
      no_webpage: true,
      peer: { _: 'inputPeerUser', user_id: 5_404_690_930n, access_hash: -42n },
      message: 'Olá',
      random_id: -9_000_000_000_000_000_001n,
      entities: [{ _: 'messageEntityItalic', offset: 1, length: 2 }],
    })
  })

  it.each([
    ['an unknown constructor', Buffer.from('deadbeef', 'hex'), 'unknown_constructor'],
    ['nothing', Buffer.alloc(0), 'truncated'],
    [
      'a string that is longer than its data',
      Buffer.concat([encodeTl({ _: 'inputPeerSelf' }).subarray(0, 0), stringRequest(200)]),
      'truncated',
    ],
    ['a vector that claims two thousand million items', hugeVector(), 'truncated'],
    ['JSON nested without end', nestedJson(5000), 'too_deep'],
    ['bytes left over', Buffer.concat([encodeTl({ _: 'inputPeerSelf' }), Buffer.alloc(4)]), 'malformed'],
  ])('refuses %s', (_name, bytes, code) => {
    expect(() => decodeTl(bytes)).toThrow(TlError)
    expect(() => decodeTl(bytes)).toThrow(expect.objectContaining({ code }))
  })

  it('survives arbitrary bytes after a known constructor', () => {
    let state = 12345
    for (let round = 0; round < 2000; round++) {
      const bytes = Buffer.alloc(40)
      for (let index = 0; index < bytes.length; index++)
        bytes[index] = (state = (state * 1103515245 + 12345) & 0x7fffffff) >> 16
      bytes.writeUInt32LE(0xfef48f62) // messages.sendMessage
      let outcome: unknown
      try {
        outcome = new TlReader(bytes).object()
      } catch (error) {
        outcome = error
      }
      expect(outcome instanceof TlError || (outcome as TlObject)._ === 'messages.sendMessage').toBe(true)
    }
  })
})

function stringRequest(claimed: number): Buffer {
  const id = Buffer.alloc(4)
  id.writeUInt32LE(0x725afbbc) // contacts.resolveUsername
  return Buffer.concat([id, Buffer.alloc(4), Buffer.from([claimed, 1, 2, 3])])
}

function hugeVector(): Buffer {
  const writer = new TlWriter().int(0x0d91a548) // users.getUsers
  return writer.int(0x1cb5c415).int(0x7fffffff).result()
}

function nestedJson(depth: number): Buffer {
  const open = new TlWriter().int(0xf7444763).int(0x1cb5c415).int(1).result()
  return Buffer.concat([...Array.from({ length: depth }, () => open), encodeTl({ _: 'jsonNull' })])
}
