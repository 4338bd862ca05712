/** What goes wrong with Telegram, one row each: what the account is told, and that it goes on. */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { plainText } from '../../shared/contracts/neutral-message.ts'
import type { SendRequest } from '../../engine/channels/channel.ts'
import { pattern } from './outgoing-file.ts'
import { TelegramBench } from './telegram-bench.ts'
import type { MessageEvent, TelegramDesk } from './telegram-desk.ts'

let bench: TelegramBench

beforeEach(async () => {
  bench = await TelegramBench.open()
})
afterEach(() => bench.close())

const bytes = pattern(700_000)
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')

async function sayFile(desk: TelegramDesk): Promise<MessageEvent> {
  const described = { name: 'a.bin', mime: 'application/octet-stream', width: null, height: null }
  const file = { ...described, bytes: bytes.length, durationS: null, waveform: null }
  const said = { ...bench.saying(''), kind: 'document' as const, details: { file } }
  const providerId = await bench.simulator.say({ ...said, media: { kind: 'document', bytes } })
  return desk.until(() => desk.messages().find(({ message }) => message.providerId === providerId))
}

describe('files', () => {
  test('of another data centre are fetched there', async () => {
    await bench.fault('migrate', 4)
    const desk = await bench.openLiveDesk()
    const event = await sayFile(desk)
    expect(sha256(await bench.download(desk, event))).toBe(sha256(bytes))
    await bench.say('the account still lives at home')
    await desk.untilText('the account still lives at home')
    expect(desk.states).not.toContain('down')
  })

  test('whose download was cut are had from where it stopped', async () => {
    const desk = await bench.openLiveDesk()
    const { media } = await sayFile(desk)
    await bench.fault('cut-media')
    const { signal } = new AbortController()
    const reference = media?.reference ?? new Uint8Array()
    const pieces: Uint8Array[] = []
    const fetch = async (offset: number) => {
      for await (const piece of desk.channel.download({ reference, offset, signal })) pieces.push(piece)
    }
    await expect(fetch(0)).rejects.toMatchObject({ code: 'not_connected' })
    const got = Buffer.concat(pieces).length
    expect(got).toBeGreaterThan(0)
    await desk.untilState('live')
    const aligned = got - (got % 65_536)
    const before = Buffer.concat(pieces).subarray(0, aligned)
    pieces.splice(0, pieces.length, before)
    await fetch(aligned)
    expect(sha256(Buffer.concat(pieces))).toBe(sha256(bytes))
  })

  test('that are gone for good are told so', async () => {
    const desk = await bench.openLiveDesk()
    const event = await sayFile(desk)
    await bench.fault('expire-media', 1)
    await expect(bench.download(desk, event)).rejects.toMatchObject({ code: 'media_refused' })
    const { address } = bench.customer
    const reference = event.media?.reference ?? new Uint8Array()
    const asked = { address, providerId: '999999', author: null, fromMe: false, reference }
    expect(await desk.channel.refreshMedia(asked)).toBeNull()
  })

  test('that are to be looked at once offer nothing', async () => {
    const desk = await bench.openLiveDesk()
    await bench.fault('view-once')
    expect(await sayFile(desk)).toMatchObject({ media: null, message: { details: { viewOnce: true } } })
  })

  test('that were never offered here are refused', async () => {
    const desk = await bench.openLiveDesk()
    const { signal } = new AbortController()
    const download = async (reference: Uint8Array, offset: number) => {
      for await (const piece of desk.channel.download({ reference, offset, signal })) expect(piece).toBeNull()
    }
    await expect(download(new Uint8Array([1, 2]), 0)).rejects.toMatchObject({ code: 'media_refused' })
    const { media } = await sayFile(desk)
    await expect(download(media?.reference ?? new Uint8Array(), 5)).rejects.toMatchObject({ code: 'media_refused' })
  })
})

describe('waiting', () => {
  test('is asked for by kind of request: who may not write now may still react', async () => {
    const desk = await bench.openTalkingDesk()
    const target = desk.messages()[0]?.message.providerId ?? ''
    await bench.fault('flood', 60)
    const text = bench.textTo(desk, 'too fast')
    expect(await desk.channel.send(text)).toMatchObject({ outcome: 'not-sent', fault: { code: 'telegram_flood_wait' } })
    const reaction: SendRequest = {
      ...bench.textTo(desk, ''),
      content: { ...plainText(''), kind: 'reaction', target, details: { emoji: '👍' } },
    }
    expect(await desk.channel.send(reaction)).toMatchObject({ outcome: 'accepted' })
    expect(await desk.channel.send(text)).toMatchObject({ outcome: 'not-sent' })
    bench.clock.offsetMs = 61_000
    expect(await desk.channel.send(text)).toMatchObject({ outcome: 'accepted' })
  })
})

describe('limits', () => {
  test('PEER_FLOOD is final: nothing is repeated, and who may be written to still is', async () => {
    const desk = await bench.openTalkingDesk()
    await bench.fault('nack', 400)
    const request = bench.textTo(desk, 'cold offer')
    expect(await desk.channel.send(request)).toMatchObject({
      outcome: 'refused',
      fault: { code: 'telegram_peer_flood', until: null },
    })
    expect(desk.store.listState('intent')).toEqual([])
    expect(await desk.channel.send(bench.textTo(desk, 'warm answer'))).toMatchObject({ outcome: 'accepted' })
    expect(bench.received()).toEqual(['warm answer'])
    expect(bench.wire('send')).toHaveLength(2)
  })

  test('slow mode holds up one conversation until its end, and says until when', async () => {
    const desk = await bench.openTalkingDesk()
    bench.simulator.addCustomer({ id: 'c-2', name: 'Li Wei', phone: '8613912345678', language: 'zh' })
    await bench.simulator.say({ ...bench.saying('hello too'), customer: 'c-2' })
    const { peer } = await desk.untilText('hello too')
    await bench.fault('nack', 429)
    const request = bench.textTo(desk, 'too soon')
    const before = bench.clock.now()
    const first = await desk.channel.send(request)
    expect(first).toMatchObject({ outcome: 'not-sent', fault: { code: 'telegram_slowmode_wait' } })
    const until = first.outcome === 'not-sent' ? (first.fault.until ?? 0) : 0
    expect(until).toBeGreaterThanOrEqual(before + 10_000)
    expect(await desk.channel.send(request)).toEqual(first)
    expect(bench.wire('send')).toHaveLength(1)
    const other = { ...bench.textTo(desk, 'elsewhere at once'), address: peer.address }
    expect(await desk.channel.send(other)).toMatchObject({ outcome: 'accepted' })
    bench.clock.offsetMs = 60_000
    expect(await desk.channel.send(request)).toMatchObject({ outcome: 'accepted' })
    expect(bench.received()).toEqual(['too soon'])
  })
})

describe('what nobody knows', () => {
  test.each([0, 1, 2])('costs neither the connection nor what follows (form %i)', async (form) => {
    const desk = await bench.openTalkingDesk()
    await bench.fault('unknown-kind', form)
    await bench.say('after it')
    await desk.untilText('after it')
    expect(desk.texts()).toEqual(['hello', 'after it'])
    expect(desk.states).not.toContain('down')
    if (form !== 2) return
    const kept = desk.events.find((event) => event.type === 'unknown' && event.place !== null)
    expect(kept).toMatchObject({ place: { peer: { address: bench.customer.address } } })
  })
})

test('a key exchange that Telegram refuses is repeated on a new line', async () => {
  bench.simulator.refuseHandshakes(2)
  const desk = await bench.openLiveDesk()
  expect(desk.states).not.toContain('down')
  const refused = bench.simulator.wire(null).filter(({ detail }) => detail?.startsWith('key exchange refused'))
  expect(refused).toHaveLength(2)
  // Both may meet one line: the library tries once more before it hears that the first has been refused.
  const lines = new Set(refused.map(({ connection }) => connection))
  const live = bench.wire('login').at(-1)?.connection
  expect(live).toBeDefined()
  expect(lines).not.toContain(live)
})

test('a clock that is an hour off changes nothing', async () => {
  bench.clock.offsetMs = 3_600_000
  const desk = await bench.openTalkingDesk()
  expect(await desk.channel.send(bench.textTo(desk, 'late'))).toMatchObject({ outcome: 'accepted' })
  const skewed = desk.messages()[0]?.message.time ?? 0
  expect(Math.abs(skewed - Date.now())).toBeLessThan(60_000)
})
