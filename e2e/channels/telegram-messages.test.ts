/** Telegram messages and read marks both ways against the simulator, with what a network does to them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { plainText } from '../../shared/contracts/neutral-message.ts'
import type { SendRequest } from '../../engine/channels/channel.ts'
import { TelegramBench } from './telegram-bench.ts'
import type { TelegramDesk } from './telegram-desk.ts'

let bench: TelegramBench
const read = (providerId: string) => ({ providerId, author: null })

beforeEach(async () => {
  bench = await TelegramBench.open()
})

afterEach(() => bench.close())

describe('receiving', () => {
  test('a text comes live, with name, address, time and the provider bytes', async () => {
    const desk = await bench.openLiveDesk()
    const text = 'Olá 👋 <b>x</b> \u202e'
    const providerId = await bench.say(text)
    const event = await desk.untilText(text)
    expect(event).toMatchObject({
      peer: { address: bench.customer.address, name: 'Ana Souza' },
      direction: 'in',
      path: 'live',
      clientId: null,
      message: bench.simulator.sent().find((sent) => sent.providerId === providerId)?.message,
    })
    expect(event.raw.length).toBeGreaterThan(20)
  })

  test('what came while stopped is caught up in order, once', async () => {
    const desk = await bench.openLiveDesk()
    await bench.say('before')
    await desk.untilText('before')
    await desk.channel.stop()
    expect(desk.status?.state).toBe('stopped')
    const missed = Array.from({ length: 130 }, (_, n) => `missed ${n}`)
    for (const text of missed) await bench.say(text)
    await desk.channel.start()
    await desk.untilState('live')
    await bench.say('after')
    await desk.untilText('after')
    expect(desk.texts()).toEqual(['before', ...missed, 'after'])
    expect(desk.messages().map(({ path }) => path)).toEqual(['live', ...missed.map(() => 'offline'), 'live'])
  })

  test('a dropped update is recovered in order when the next one shows the gap', async () => {
    const desk = await bench.openLiveDesk()
    await bench.say('one')
    await bench.fault('gap')
    await bench.say('two, dropped')
    await bench.say('three')
    await desk.untilText('three')
    expect(desk.texts()).toEqual(['one', 'two, dropped', 'three'])
  })

  test('a dropped update that nothing follows is found by the heartbeat', async () => {
    const desk = await bench.openLiveDesk({ heartbeatMs: 100 })
    await bench.fault('gap')
    await bench.say('dropped')
    expect(await desk.untilText('dropped')).toMatchObject({ path: 'offline' })
  })

  test('updates that overtake each other, come twice or come again are stored once and in order', async () => {
    const desk = await bench.openLiveDesk({ gapMs: 5_000 })
    await bench.say('zero')
    await desk.untilText('zero')
    await bench.fault('reorder')
    await bench.say('one')
    await bench.say('two')
    await bench.fault('duplicate')
    await bench.say('three')
    await bench.fault('resend')
    await bench.say('four')
    await desk.untilText('four')
    expect(desk.texts()).toEqual(['zero', 'one', 'two', 'three', 'four'])
  })

  test('a store that refuses an update costs the connection, not the message', async () => {
    const desk = await bench.openLiveDesk()
    desk.refuseInbox = 1
    await bench.say('refused once')
    await desk.untilText('refused once')
    await desk.untilState('live')
    await bench.say('next')
    await desk.untilText('next')
    expect(desk.texts()).toEqual(['refused once', 'next'])
    expect(desk.logs).toContain('warn telegram_store_failed')
  })

  test('a message written on another device of the account is told as such', async () => {
    const desk = await bench.openTalkingDesk()
    const other = await bench.openLiveDesk()
    await other.channel.send(bench.textTo(other, 'from the phone'))
    expect(await desk.untilText('from the phone')).toMatchObject({
      direction: 'out',
      path: 'phone',
      clientId: null,
      peer: { address: bench.customer.address },
      message: { author: bench.account.address },
    })
  })
})

describe('sending', () => {
  test('an accepted text reaches the customer, tells its state, and is no gap', async () => {
    const desk = await bench.openLiveDesk()
    const asked = await bench.say('question')
    await desk.untilText('question')
    const request = bench.textTo(desk, 'answer', asked)
    const outcome = await desk.channel.send(request)
    const [arrived] = bench.simulator.received(bench.customer.id)
    expect(arrived?.message).toMatchObject({ text: 'answer', author: bench.account.address, reply: asked })
    expect(outcome).toEqual({ outcome: 'accepted', providerId: arrived?.providerId, time: arrived?.message.time })
    expect(desk.events.at(-1)).toMatchObject({
      type: 'state',
      state: 'sent',
      clientId: request.clientId,
      providerId: arrived?.providerId,
    })
    const differences = () => bench.wire('rpc').filter(({ detail }) => detail?.includes('getDifference')).length
    const before = differences()
    await bench.say('thanks')
    expect(await desk.untilText('thanks')).toMatchObject({ path: 'live' })
    expect(differences()).toBe(before)
    expect(desk.texts()).toEqual(['question', 'thanks'])
  })

  test('ten sends at once keep their order', async () => {
    const desk = await bench.openTalkingDesk()
    const texts = Array.from({ length: 10 }, (_, n) => `line ${n}`)
    const outcomes = await Promise.all(texts.map((text) => desk.channel.send(bench.textTo(desk, text))))
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(texts.map(() => 'accepted'))
    expect(bench.received()).toEqual(texts)
  })

  test('the same client id twice is one message', async () => {
    const desk = await bench.openTalkingDesk()
    const request = bench.textTo(desk, 'only once')
    const first = await desk.channel.send(request)
    expect(first.outcome).toBe('accepted')
    expect(await desk.channel.send(request)).toEqual(first)
    expect(bench.received()).toEqual(['only once'])
  })

  test('a line cut before the answer leaves the outcome unknown, and repeating is safe', async () => {
    const desk = await bench.openTalkingDesk()
    await bench.fault('cut', 1)
    const request = bench.textTo(desk, 'cut in the middle')
    expect(await desk.channel.send(request)).toMatchObject({
      outcome: 'unknown',
      fault: { code: 'telegram_connection_lost' },
    })
    // The difference after the reconnect names the message by its client id.
    const echo = await desk.untilText('cut in the middle')
    expect(echo).toMatchObject({ direction: 'out', clientId: request.clientId, path: 'offline' })
    await desk.untilState('live')
    expect(await desk.channel.send(request)).toMatchObject({
      outcome: 'accepted',
      providerId: echo.message.providerId,
    })
    expect(bench.received()).toEqual(['cut in the middle'])
    expect(desk.texts()).toEqual(['hello', 'cut in the middle'])
    // Nothing is left that a later message with the same text could be mistaken for.
    expect(desk.store.listState('intent')).toEqual([])
  })

  test('an answer that never comes leaves the outcome unknown, and the echo is recognised', async () => {
    const desk = await bench.openTalkingDesk({ sendMs: 300 })
    await bench.fault('drop-ack')
    const request = bench.textTo(desk, 'unanswered')
    expect(await desk.channel.send(request)).toMatchObject({
      outcome: 'unknown',
      fault: { code: 'telegram_no_answer' },
    })
    await bench.say('next')
    await desk.untilText('next')
    expect(desk.messages().map(({ message, clientId }) => [message.text, clientId])).toEqual([
      ['hello', null],
      ['unanswered', request.clientId],
      ['next', null],
    ])
  })

  test('a flood wait is obeyed and remembered until it is over', async () => {
    const desk = await bench.openTalkingDesk()
    await bench.fault('flood', 17)
    const request = bench.textTo(desk, 'patience')
    const before = bench.clock.now()
    const first = await desk.channel.send(request)
    expect(first).toMatchObject({ outcome: 'not-sent', fault: { code: 'telegram_flood_wait' } })
    const until = first.outcome === 'not-sent' ? (first.fault.until ?? 0) : 0
    expect(until - before).toBeGreaterThanOrEqual(17_000)
    expect(until - before).toBeLessThan(19_000)
    await desk.channel.stop()
    await desk.channel.start()
    await desk.untilState('live')
    expect(await desk.channel.send(request)).toEqual(first)
    expect(bench.wire('send')).toHaveLength(1)
    bench.clock.offsetMs = 18_000
    expect((await desk.channel.send(request)).outcome).toBe('accepted')
  })

  test('what cannot be sent says why', async () => {
    const desk = bench.openDesk()
    const request = { clientId: '5', address: bench.customer.address, content: plainText('x'), file: null }
    expect(await desk.channel.send(request)).toMatchObject({ outcome: 'not-sent' })
    await desk.pair(bench.simulator, bench.account.phone)
    const cases: [Partial<SendRequest>, string][] = [
      [{ address: 'user:1' }, 'telegram_peer_unknown'],
      [{ address: '49151@s.whatsapp.net' }, 'telegram_address_malformed'],
      [{ clientId: '9223372036854775808' }, 'telegram_client_id_malformed'],
      [{ clientId: 'abc' }, 'telegram_client_id_malformed'],
      [{ content: plainText('x', 'first') }, 'telegram_reply_malformed'],
    ]
    for (const [change, code] of cases)
      expect(await desk.channel.send({ ...request, ...change })).toMatchObject({ outcome: 'refused', fault: { code } })
    await bench.say('hello')
    await desk.untilText('hello')
    expect(await desk.channel.send({ ...request, content: plainText('x'.repeat(5_000)) })).toMatchObject({
      outcome: 'refused',
      fault: { code: 'telegram_message_too_long' },
    })
    expect(bench.received()).toEqual([])
  })

  test('people who wrote before the account was paired can be answered', async () => {
    await bench.say('early')
    const desk = await bench.openLiveDesk()
    expect((await desk.channel.send(bench.textTo(desk, 'late answer'))).outcome).toBe('accepted')
    expect(bench.received()).toEqual(['late answer'])
  })
})

describe('read marks', () => {
  test('go to the provider and come from the customer', async () => {
    const desk = await bench.openLiveDesk()
    await bench.say('one')
    const second = await bench.say('two')
    await desk.untilText('two')
    await desk.channel.markRead({ address: bench.customer.address, messages: [read('1'), read(second)] })
    expect(bench.wire('read').at(-1)?.providerId).toBe(second)
    const outcome = await desk.channel.send(bench.textTo(desk, 'read me'))
    const providerId = outcome.outcome === 'accepted' ? outcome.providerId : ''
    await bench.simulator.read({ customer: bench.customer.id, account: bench.account.id })
    const mark = await desk.until(() => desk.events.find((event) => event.type === 'read-up-to'))
    expect(mark).toMatchObject({ peerAddress: bench.customer.address, direction: 'out', providerId })
  })

  test('made on another device are told', async () => {
    const desk = await bench.openLiveDesk()
    const other = await bench.openLiveDesk()
    const id = await bench.say('seen elsewhere')
    await Promise.all([desk.untilText('seen elsewhere'), other.untilText('seen elsewhere')])
    await other.channel.markRead({ address: bench.customer.address, messages: [read(id)] })
    const mark = await desk.until(() => desk.events.find((event) => event.type === 'read-up-to'))
    expect(mark).toMatchObject({ peerAddress: bench.customer.address, direction: 'in', providerId: id })
  })
})

describe('a bad network', () => {
  // The faults are a fixed sequence, so that a failure can be repeated.
  const faults = ['gap', 'reorder', 'cut', 'duplicate', 'resend', 'cut-in-send', 'restart', 'gap'] as const

  test('loses, doubles and reorders nothing in either direction', async () => {
    const desk = await bench.openTalkingDesk({ heartbeatMs: 200 })
    const sends: Promise<void>[] = []
    for (let n = 0; n < 96; n++) {
      const fault = n % 6 === 0 ? faults[(n / 6) % faults.length] : undefined
      if (fault === 'cut-in-send') await bench.fault('cut', 1)
      else if (fault === 'restart') await desk.channel.stop().then(() => desk.channel.start())
      else if (fault) await bench.fault(fault)
      await bench.say(`in ${n}`)
      if (n % 3 === 0) sends.push(sendUntilAccepted(desk, bench.textTo(desk, `out ${n}`)))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(sends)
    await desk.untilText('in 95')
    const incoming = desk.messages().filter(({ direction }) => direction === 'in')
    expect(incoming.map(({ message }) => message)).toEqual(bench.simulator.sent().map(({ message }) => message))
    expect(bench.received().toSorted()).toEqual(Array.from({ length: 32 }, (_, n) => `out ${n * 3}`).toSorted())
    for (const event of desk.messages()) expect(event.direction === 'in' || event.clientId !== null).toBe(true)
  }, 20_000)

  /** Sends as the engine does: the same request again until the provider has it. */
  async function sendUntilAccepted(desk: TelegramDesk, request: SendRequest): Promise<void> {
    for (;;) {
      const { outcome } = await desk.channel.send(request)
      if (outcome === 'accepted') return
      expect(outcome).not.toBe('refused')
      await desk.untilState('live')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
})
