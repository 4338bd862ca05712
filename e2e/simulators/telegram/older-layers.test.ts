/** Clients of every layer from 185 on can be served: each answer and each push has a form that they know. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Details, MessageKind } from '../../../shared/contracts/neutral-message.ts'
import { LibraryDesk, WAIT } from './library-desk.ts'
import { initialised, ProtocolClient } from './protocol-client.ts'
import { decodeTl, encodeTl, type TlObject } from './tl-codec.ts'
import { longOf, objectsOf, textOf } from './tl-fields.ts'
import { drawJpeg } from './tiny-jpeg.ts'
import { NEWEST_LAYER } from './tl-schema.ts'

let desk: LibraryDesk
let client: ProtocolClient

beforeEach(async () => {
  desk = await LibraryDesk.open()
  client = await ProtocolClient.connect(desk.simulator.endpoints(), null)
})
afterEach(async () => {
  client.close()
  await desk.close()
})

async function call(body: Buffer): Promise<TlObject> {
  const msgId = client.send(body)
  const result = await vi.waitFor(() => client.resultOf(msgId) ?? expect.unreachable('no answer yet'), WAIT)
  if (result._ === 'rpc_error') throw new Error(textOf(result, 'error_message'))
  return result
}

async function logIn(): Promise<void> {
  client.sendObject({ _: 'ping', ping_id: 1n })
  await vi.waitFor(() => expect(client.of('bad_server_salt')).toHaveLength(1), WAIT)
  const phone = desk.simulator.accounts()[0]?.phone ?? ''
  const settings = { _: 'codeSettings' }
  const sent = await call(initialised({ _: 'auth.sendCode', phone_number: phone, api_id: 1, api_hash: 'x', settings }))
  const hash = textOf(sent, 'phone_code_hash')
  const code = desk.simulator.lastCode(phone) ?? ''
  await call(encodeTl({ _: 'auth.signIn', phone_number: phone, phone_code_hash: hash, phone_code: code }))
}

const location = { latitude: 1, longitude: 2, name: 'a', address: 'b', live: false }
const said: [MessageKind, Details | null][] = [
  ['text', { preview: { url: 'https://a.example', title: 'A', description: 'B' } }],
  ['image', null],
  ['video', null],
  ['voice', null],
  ['sticker', null],
  ['document', { viewOnce: true, expiresS: 60, album: '5', forwarded: true }],
  ['location', { location }],
  ['contact', { contacts: [{ name: 'A', phones: ['+1'] }] }],
  ['poll', { poll: { question: 'Q', options: ['a', 'b'], multiple: false } }],
  ['call', null],
]

describe('a client of an older layer', () => {
  it('gets everything in its own forms, which read back as the same', async () => {
    await logIn()
    await desk.simulator.addGroup({ id: 'g', subject: 'Chat', members: ['ana', 'tg-1'], mega: false })
    await desk.simulator.addGroup({ id: 'm', subject: 'Mega', members: ['ana', 'li', 'tg-1'], mega: true })
    const ids: string[] = []
    for (const group of [undefined, 'g', 'm'])
      for (const [kind, details] of said) {
        const media = ['image', 'video', 'voice', 'sticker', 'document'].includes(kind)
        const file = media ? { bytes: kind === 'image' ? drawJpeg(900, 600, 1) : Buffer.from('x') } : {}
        ids.push(
          await desk.say('ana', {
            kind,
            text: 'x',
            ...(details ? { details } : {}),
            ...file,
            ...(group ? { group } : {}),
          }),
        )
      }
    await desk.change('ana', ids[0] ?? '', { kind: 'reaction', emoji: '👍' })
    await desk.change('ana', ids[8] ?? '', { kind: 'vote', options: ['a'] })
    await desk.change('ana', ids[0] ?? '', { kind: 'edit', text: 'y', entities: [] })
    const answers = [
      await call(encodeTl({ _: 'updates.getDifference', pts: 1, date: 0, qts: 0 })),
      await call(
        encodeTl({
          _: 'messages.getDialogs',
          offset_date: 0,
          offset_id: 0,
          offset_peer: { _: 'inputPeerEmpty' },
          limit: 100,
          hash: 0n,
        }),
      ),
    ]
    const chats = answers.flatMap((answer) => objectsOf(answer, 'chats'))
    const mega = chats.find((one) => one._ === 'channel') ?? { _: '' }
    const channel = { _: 'inputChannel', channel_id: longOf(mega, 'id'), access_hash: longOf(mega, 'access_hash') }
    const chat_id = longOf(chats.find((one) => one._ === 'chat') ?? { _: '' }, 'id')
    const filter = { _: 'channelMessagesFilterEmpty' }
    const recent = { _: 'channelParticipantsRecent' }
    answers.push(
      await call(encodeTl({ _: 'messages.getFullChat', chat_id })),
      await call(encodeTl({ _: 'channels.getFullChannel', channel })),
      await call(encodeTl({ _: 'channels.getParticipants', channel, filter: recent, offset: 0, limit: 10, hash: 0n })),
      await call(encodeTl({ _: 'updates.getChannelDifference', channel, filter, pts: 1, limit: 100 })),
    )
    expect(objectsOf(answers[0] ?? { _: '' }, 'other_updates').map((one) => one._)).toContain('updateMessagePollVote')
    for (const answer of answers)
      for (let layer = 185; layer <= NEWEST_LAYER; layer++) expect(decodeTl(encodeTl(answer, layer))._).toBe(answer._)
    const photos = JSON.stringify(answers, (_key, value: unknown) => (typeof value === 'bigint' ? 0 : value))
    expect(photos).toContain('photoStrippedSize')
  })
})
