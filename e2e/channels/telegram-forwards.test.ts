/** Telegram forwards of messages of the same account: the provider's own where it allows one, else a copy, and always once. */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { plainText, type MessageContent } from '../../shared/contracts/neutral-message.ts'
import type { MessageOrigin, OutgoingFile, SendRequest } from '../../engine/channels/channel.ts'
import type { SayRequest, SimulatedGroup } from '../simulators/provider.ts'
import { outgoingFile, pattern } from './outgoing-file.ts'
import { TelegramBench } from './telegram-bench.ts'
import type { MessageEvent, TelegramDesk } from './telegram-desk.ts'

let bench: TelegramBench
let desk: TelegramDesk
const other = 'c-2'

beforeEach(async () => {
  bench = await TelegramBench.open()
  bench.simulator.addCustomer({ id: other, name: 'Li Wei', phone: '8613912345678', language: 'zh' })
  desk = await bench.openTalkingDesk()
  await bench.simulator.say({ ...bench.saying('hello too'), customer: other })
  await desk.untilText('hello too')
})
afterEach(() => bench.close())

const file = { name: 'offer.pdf', mime: 'application/pdf', width: null, height: null, durationS: null, waveform: null }
const bytes = pattern(100_000)
const sha256 = createHash('sha256').update(bytes).digest('hex')

function untilId(providerId: string): Promise<MessageEvent> {
  return desk.until(() => desk.messages().find(({ message }) => message.providerId === providerId))
}

/** What a person forwards to the other customer: the words of the original, marked. */
function forwardOf(
  { message }: MessageEvent,
  origin: MessageOrigin,
  sent: OutgoingFile | null = null,
  words: Partial<MessageContent> = {},
): SendRequest {
  const { kind, text, entities, details } = message
  const content = { ...plainText(text), kind, entities, details: { ...details, forwarded: true as const }, ...words }
  const address = bench.simulator.customers().find(({ id }) => id === other)?.address ?? ''
  return { clientId: desk.channel.newClientId(), address, content, file: sent, origin }
}

const calls = () => bench.wire('rpc').map(({ detail }) => detail?.split(' ')[0])
const received = () => bench.simulator.received(other).filter(({ group }) => group === null)
const lastReceived = () => received().at(-1)?.message
const ownEcho = ({ clientId }: SendRequest) =>
  desk.until(() => desk.messages().find((event) => event.clientId === clientId))

test('a text is forwarded by Telegram itself, with what it looks like, and once', async () => {
  const entities = [{ type: 'bold', offset: 0, length: 4 }]
  const said: SayRequest = { ...bench.saying('pass this on'), entities }
  const original = await untilId(await bench.simulator.say(said))
  const { providerId } = original.message
  const request = forwardOf(original, { address: bench.customer.address, providerId })
  const outcome = await desk.channel.send(request)
  expect(outcome).toMatchObject({ outcome: 'accepted' })
  expect(lastReceived()).toMatchObject({ text: 'pass this on', entities, details: { forwarded: true } })
  expect(await ownEcho(request)).toMatchObject({
    direction: 'out',
    message: { text: 'pass this on', details: { forwarded: true } },
  })
  expect(await desk.channel.send(request)).toEqual(outcome)
  expect(received()).toHaveLength(1)
  expect(calls()).toContain('messages.forwardMessages')
  expect(calls()).not.toContain('messages.sendMessage')
})

test('a file is forwarded without being uploaded again', async () => {
  const said = {
    ...bench.saying('the offer'),
    kind: 'document' as const,
    details: { file: { ...file, bytes: 100_000 } },
  }
  const original = await untilId(await bench.simulator.say({ ...said, media: { kind: 'document', bytes } }))
  const origin = { address: bench.customer.address, providerId: original.message.providerId }
  const sent = outgoingFile(bytes, { ...file, bytes: bytes.length })
  const request = forwardOf(original, origin, sent)
  expect(await desk.channel.send(request)).toMatchObject({ outcome: 'accepted' })
  expect(lastReceived()).toMatchObject({
    kind: 'document',
    text: 'the offer',
    media: sha256,
    details: { forwarded: true },
  })
  expect(calls().filter((name) => name?.startsWith('upload.'))).toEqual([])
})

test('a forward whose answer was lost is the same message when it is repeated', async () => {
  const original = desk.messages()[0]!
  await bench.fault('cut', 1)
  const origin = { address: bench.customer.address, providerId: original.message.providerId }
  const request = forwardOf(original, origin)
  expect(await desk.channel.send(request)).toMatchObject({ outcome: 'unknown' })
  const echo = await ownEcho(request)
  await desk.untilState('live')
  expect(await desk.channel.send(request)).toMatchObject({
    outcome: 'accepted',
    providerId: echo.message.providerId,
  })
  expect(received()).toHaveLength(1)
  expect(desk.store.listState('intent')).toEqual([])
})

test('what a group does not let out, and what is gone, leaves as a copy under the same id', async () => {
  const group: SimulatedGroup = await bench.simulator.addGroup({
    id: 'g-1',
    subject: 'Insiders',
    members: ['tg-1', 'c-1', other],
    mega: true,
  })
  const inGroup = { ...bench.saying('for insiders'), account: null, group: group.id }
  const secret = await untilId(await bench.simulator.say(inGroup))
  await bench.simulator.changeGroup({ group: group.id, by: 'tg-1', change: { kind: 'protect', on: true } })
  const request = forwardOf(secret, { address: group.address, providerId: secret.message.providerId })
  expect(await desk.channel.send(request)).toMatchObject({ outcome: 'accepted' })
  expect(lastReceived()).toMatchObject({ text: 'for insiders' })
  expect(bench.wire('refused')).toMatchObject([{ clientId: request.clientId, detail: 'CHAT_FORWARDS_RESTRICTED' }])

  const sent = outgoingFile(bytes, { ...file, bytes: bytes.length })
  const gone = forwardOf(desk.messages()[0]!, { address: bench.customer.address, providerId: '99999' }, sent, {
    kind: 'document',
    details: { file: { ...file, bytes: bytes.length }, forwarded: true },
  })
  expect(await desk.channel.send(gone)).toMatchObject({ outcome: 'accepted' })
  expect(lastReceived()).toMatchObject({ kind: 'document', media: sha256 })
  expect(received()).toHaveLength(2)
  const never = forwardOf(desk.messages()[0]!, { address: 'user:1', providerId: '5' })
  expect(await desk.channel.send(never)).toMatchObject({ outcome: 'accepted' })
  expect(desk.store.listState('intent')).toEqual([])
})
