import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WhatsAppSimulator } from '../simulators/whatsapp/simulator.ts'
import { WhatsAppDesk } from './whatsapp-desk.ts'

const now = Date.UTC(2026, 10, 2, 9, 30, 0, 0)
let simulator: WhatsAppSimulator
let desk: WhatsAppDesk

beforeEach(async () => {
  simulator = new WhatsAppSimulator({ clock: { now: () => now }, seed: 11 })
  await simulator.start(0)
  simulator.addAccount({ id: 'wa-1', name: 'Shop', phone: '4915112345678' })
  simulator.addCustomer({ id: 'ana', name: 'Ana', phone: '4917711111111', language: 'de' })
  simulator.addCustomer({ id: 'bob', name: 'Bob', phone: '4917722222222', language: 'en' })
  desk = new WhatsAppDesk(simulator)
})

afterEach(async () => {
  await desk.close()
  await simulator.stop()
})

const plain = { kind: 'text' as const, group: null, entities: [], reply: null, details: null, media: null }

function say(text: string, addressing: 'lid' | 'number' = 'lid', customer = 'ana'): Promise<string> {
  return simulator.say({ ...plain, customer, account: 'wa-1', text, addressing })
}

function customer(id: string) {
  const found = simulator.customers().find((entry) => entry.id === id)
  if (!found) throw new Error(`no customer ${id}`)
  return found
}

function wire(event: string): string[] {
  return simulator
    .wire('wa-1')
    .filter((entry) => entry.event === event)
    .map(({ providerId, clientId }) => providerId ?? clientId ?? '')
}

/** Waits until the provider has seen so many acknowledgements of messages. */
async function acknowledgements(count: number): Promise<void> {
  await expect.poll(() => wire('ack').length, { timeout: 4000, interval: 10 }).toBe(count)
}

describe('pairing and texts', () => {
  test('pairs by QR and tells the account’s own LID', async () => {
    const address = await desk.pair()
    expect(address).toBe(simulator.accounts()[0]?.address)
    expect(desk.state()).toMatchObject({ state: 'live', fault: null, address })
    expect(desk.steps.map(({ step }) => step)).toEqual(['qr', 'done'])
    await expect(desk.channel.pair({ method: 'qr', phone: null })).rejects.toMatchObject({ code: 'already_paired' })
  })

  test('a pairing that was cancelled is over: its code pairs nothing, and another one begins anew', async () => {
    await desk.channel.start()
    await desk.channel.pair({ method: 'qr', phone: null })
    const { text } = await desk.until('a QR code', () => desk.steps.find((step) => step.step === 'qr'))
    await desk.channel.cancelPairing()
    expect(desk.state()).toMatchObject({ state: 'unpaired', fault: null })
    await expect(simulator.pair({ account: 'wa-1', qr: text })).rejects.toThrow()
    expect(desk.steps.splice(0).map(({ step }) => step)).not.toContain('done')
    await desk.channel.cancelPairing()
    await desk.pair()
    await desk.channel.cancelPairing()
    expect(desk.state()?.state).toBe('live')
  })

  test('a text is the same bytes and neutral form as at the provider, by LID and by number', async () => {
    await desk.pair()
    await say('by LID 🙂')
    await desk.message('by LID 🙂')
    await say('by number', 'number')
    const second = await desk.message('by number')
    expect(second.peer).toEqual({
      address: customer('ana').address,
      aliases: [`${customer('ana').phone}@s.whatsapp.net`],
      name: 'Ana',
    })
    expect(second).toMatchObject({ direction: 'in', path: 'live', clientId: null })
    const got = desk.messages().map(({ message, raw }) => ({ message, raw: Buffer.from(raw).toString('base64') }))
    expect(got).toEqual(simulator.sent().map(({ message, raw }) => ({ message, raw })))
  })
})

describe('hostile surroundings', () => {
  test('a server whose certificate another root has signed is not talked to', async () => {
    const forger = new WhatsAppSimulator({ clock: { now: () => now }, seed: 12 })
    await forger.start(0)
    const root = simulator.endpoints()['root'] ?? ''
    const fooled = new WhatsAppDesk(forger, {}, root)
    try {
      await fooled.channel.pair({ method: 'qr', phone: null })
      await fooled.until('a refusal', () => fooled.state()?.fault?.code === 'whatsapp_closed_400')
      expect(fooled.steps).toEqual([])
    } finally {
      await fooled.close()
      await forger.stop()
    }
  })

  test('a 401 on the first login after pairing is tried again before it is believed', async () => {
    await simulator.fault({ kind: 'ban', account: 'wa-1', value: 401, count: 1 })
    await desk.pair()
    expect(desk.statuses.map(({ state }) => state)).not.toContain('unpaired')
  })

  test('text stays text, however long and odd, and no log line carries any of it', async () => {
    await desk.pair()
    const odd = '<script>alert(1)</script> \u202Eevil\u202C \u200B\u0000 𝕏 \'"`;--'
    const long = 'ä'.repeat(5_000_000)
    await say(odd)
    await say(long, 'number')
    await desk.message(long)
    await desk.send(customer('ana').address, odd)
    await simulator.fault({ kind: 'bad-mac', account: 'wa-1' })
    await say('spoilt')
    await desk.message('spoilt')
    expect(desk.messages().map(({ message }) => message.text)).toEqual([odd, long, 'spoilt'])
    const log = JSON.stringify(desk.log)
    for (const secret of ['script', 'spoilt', customer('ana').phone, customer('ana').address.slice(0, -4)])
      expect(log).not.toContain(secret)
  })
})

describe('sending', () => {
  test('an answer arrives once and its state goes on to delivered and read', async () => {
    await desk.pair()
    await say('hello')
    const { peer } = await desk.message('hello')
    const id = desk.channel.newClientId()
    const outcome = await desk.send(peer.address, 'good day', id)
    expect(outcome).toEqual({ outcome: 'accepted', providerId: id, time: now })
    await desk.stateOf(id, 'sent')
    await desk.stateOf(id, 'delivered')
    await simulator.read({ customer: 'ana', account: 'wa-1' })
    expect(await desk.stateOf(id, 'read')).toMatchObject({ providerId: id, time: now, error: null })
    expect(simulator.received('ana').map(({ message }) => [message.providerId, message.text])).toEqual([
      [id, 'good day'],
    ])
    expect(simulator.phoneCopies('wa-1')).toEqual([id])
  })

  test('a never-seen number gets its message at its LID, an unknown number none', async () => {
    await desk.pair()
    const outcome = await desk.send(`${customer('bob').phone}@s.whatsapp.net`, 'first words')
    expect(outcome.outcome).toBe('accepted')
    expect(simulator.received('bob').map(({ message }) => message.text)).toEqual(['first words'])
    expect(await desk.send('4900000000000@s.whatsapp.net', 'anybody?')).toMatchObject({
      outcome: 'refused',
      fault: { code: 'whatsapp_unknown_number' },
    })
  })

  test('a refusal by 463 is final, says until when, and reaches nobody', async () => {
    await desk.pair()
    await simulator.fault({ kind: 'nack', account: 'wa-1', value: 463 })
    const id = desk.channel.newClientId()
    expect(await desk.send(customer('ana').address, 'offer', id)).toEqual({
      outcome: 'refused',
      fault: { code: 'whatsapp_nack_463', text: expect.any(String), until: Math.floor(now / 1000) * 1000 + 3_600_000 },
    })
    expect(await desk.stateOf(id, 'failed')).toMatchObject({ error: { code: 'whatsapp_nack_463' } })
    expect(wire('send')).toEqual([id])
    expect(simulator.received('ana')).toEqual([])
  })

  test('a cut after the hand-over is unknown, is not repeated, and a late receipt resolves it', async () => {
    await desk.pair()
    await simulator.fault({ kind: 'cut', account: 'wa-1', value: 1 })
    const id = desk.channel.newClientId()
    expect(await desk.send(customer('ana').address, 'lost?', id)).toMatchObject({ outcome: 'unknown' })
    await desk.stateOf(id, 'delivered')
    await desk.reached('live')
    expect(wire('send')).toEqual([id])
    expect(simulator.received('ana')).toHaveLength(1)
  })

  test('without an acknowledgement the outcome is unknown', async () => {
    await desk.close()
    desk = new WhatsAppDesk(simulator, { ackTimeoutMs: 600 })
    await desk.pair()
    await desk.send(customer('ana').address, 'opens the session')
    await simulator.fault({ kind: 'drop-ack', account: 'wa-1' })
    expect(await desk.send(customer('ana').address, 'no answer')).toMatchObject({
      outcome: 'unknown',
      fault: { code: 'whatsapp_no_answer' },
    })
  })

  test('what cannot be sent is said without a word to the network', async () => {
    const { address } = customer('ana')
    expect(await desk.send(address, 'early')).toMatchObject({ outcome: 'not-sent' })
    await desk.pair()
    const refusals = [
      await desk.send('4917711111111', 'x'),
      await desk.send(address, ''),
      await desk.send(address, 'x'.repeat(65_537)),
      await desk.send(address, 'x', '<id>'),
    ]
    expect(refusals.map((outcome) => outcome.outcome === 'refused' && outcome.fault.code)).toEqual([
      'whatsapp_bad_address',
      'whatsapp_empty_text',
      'whatsapp_text_too_long',
      'whatsapp_bad_id',
    ])
    expect(wire('send')).toEqual([])
  })

  test('read marks reach the provider', async () => {
    await desk.pair()
    const id = await say('read me')
    const { peer } = await desk.message('read me')
    await desk.channel.markRead({ address: peer.address, messages: [{ providerId: id, author: null }] })
    // The read receipt travels behind this send on the same connection.
    await desk.send(peer.address, 'have read')
    expect(wire('read')).toEqual([id])
  })

  test('two accounts and one customer write across each other: nothing is lost, doubled or reordered', async () => {
    simulator.addAccount({ id: 'wa-2', name: 'Office', phone: '4915187654321' })
    const other = new WhatsAppDesk(simulator)
    try {
      await desk.pair()
      await other.pair('wa-2')
      const numbers = Array.from({ length: 12 }, (_, index) => index)
      const said = numbers.map(async (n) => {
        await say(`in ${n}`, n % 2 ? 'number' : 'lid')
        await simulator.say({ ...plain, customer: 'ana', account: 'wa-2', text: `in ${n}` })
      })
      const sent = numbers.map(async (n) => [
        await desk.send(customer('ana').address, `shop ${n}`),
        await other.send(customer('ana').address, `office ${n}`),
      ])
      await Promise.all(said)
      const outcomes = (await Promise.all(sent)).flat().map(({ outcome }) => outcome)
      expect(new Set(outcomes)).toEqual(new Set(['accepted']))
      const expected = numbers.map((n) => `in ${n}`)
      for (const side of [desk, other]) {
        await side.until('all texts', () => side.messages().length >= numbers.length)
        expect(side.messages().map(({ message }) => message.text)).toEqual(expected)
      }
      const texts = simulator.received('ana').map(({ message }) => message.text)
      expect(texts.filter((text) => text.startsWith('shop'))).toEqual(numbers.map((n) => `shop ${n}`))
      expect(texts.filter((text) => text.startsWith('office'))).toEqual(numbers.map((n) => `office ${n}`))
    } finally {
      await other.close()
    }
  })
})

describe('nothing is lost', () => {
  test('what was written during an absence is caught up in order', async () => {
    await desk.pair()
    await say('before')
    await desk.message('before')
    await desk.restart()
    await say('one')
    await say('two', 'number')
    await say('three')
    await desk.channel.start()
    await desk.message('three')
    const got = desk.messages().map(({ message, path }) => [message.text, path])
    expect(got).toEqual([
      ['before', 'live'],
      ['one', 'offline'],
      ['two', 'offline'],
      ['three', 'offline'],
    ])
  })

  test.each(['inbox', 'state'] as const)(
    'a failing %s write leaves neither row nor ratchet step, and nothing is acknowledged',
    async (place) => {
      await desk.pair()
      await say('first')
      await desk.message('first')
      await acknowledgements(1)
      const sessions = JSON.stringify(desk.store.listState('key/session'))
      let struck = 0
      desk.store.sabotage = (write, name) => {
        if (write !== place || (write === 'state' && !name.startsWith('key/session'))) return
        struck += 1
        throw new Error('disk full')
      }
      const id = await say('second')
      await desk.until('the fault', () => desk.state()?.fault?.code === 'whatsapp_store_failed')
      expect(struck).toBeGreaterThan(0)
      expect(desk.messages()).toHaveLength(1)
      expect(JSON.stringify(desk.store.listState('key/session'))).toBe(sessions)
      expect(wire('ack')).toHaveLength(1)
      desk.store.sabotage = null
      const { message } = await desk.message('second')
      expect(message.providerId).toBe(id)
      expect(desk.messages()).toHaveLength(2)
    },
  )

  test('a message that comes again after its receipt was lost is kept once and confirmed once more', async () => {
    await desk.pair()
    const id = await say('again?')
    await desk.message('again?')
    await acknowledgements(1)
    await simulator.fault({ kind: 'resend', account: 'wa-1' })
    await say('next')
    await desk.message('next')
    await acknowledgements(3)
    expect(desk.messages().map(({ message }) => message.text)).toEqual(['again?', 'next'])
    const details = simulator.wire('wa-1').filter(({ event, providerId }) => event === 'ack' && providerId === id)
    expect(details.map(({ detail }) => detail)).toEqual(['inactive', 'inactive'])
  })

  test('a message delivered twice is kept once and is not asked for again', async () => {
    await desk.pair()
    await say('hello')
    const { peer } = await desk.message('hello')
    // After an answer messages no longer carry a key exchange, and a repeated one fails in another way.
    await desk.send(peer.address, 'good day')
    await desk.stateOf(wire('send')[0] ?? '', 'delivered')
    await simulator.fault({ kind: 'duplicate', account: 'wa-1' })
    await say('twice')
    await say('then')
    await desk.message('then')
    await say('last')
    await desk.message('last')
    expect(desk.messages().map(({ message }) => message.text)).toEqual(['hello', 'twice', 'then', 'last'])
    expect(simulator.wire('wa-1').filter(({ detail }) => detail === 'retry')).toEqual([])
  })

  test('an unreadable message is asked for again and arrives', async () => {
    await desk.pair()
    await say('clear')
    await desk.message('clear')
    await simulator.fault({ kind: 'bad-mac', account: 'wa-1' })
    const id = await say('garbled')
    const { message } = await desk.message('garbled')
    expect(message.providerId).toBe(id)
    expect(desk.store.listState('undecrypted')).toEqual([])
    expect(desk.events().every(({ type }) => type === 'message')).toBe(true)
  })

  test('what stays unreadable is kept as an unknown event', async () => {
    await desk.close()
    desk = new WhatsAppDesk(simulator, { giveUpAfterMs: 0, watchEveryMs: 20 })
    await desk.pair()
    await simulator.fault({ kind: 'bad-mac', account: 'wa-1', count: 9 })
    await say('never')
    const event = await desk.until('an unknown event', () => desk.events().find(({ type }) => type === 'unknown'))
    expect(event).toMatchObject({ reason: 'whatsapp_undecryptable', place: { direction: 'in' } })
  })
})

describe('the reconnect table', () => {
  function connections(): number {
    return simulator.wire('wa-1').filter(({ event }) => event === 'login').length
  }

  test('a cut line is taken up again', async () => {
    await desk.pair()
    await simulator.fault({ kind: 'cut', account: 'wa-1' })
    await desk.until('a loss', () => desk.state()?.state === 'down')
    await desk.reached('live')
    await say('still there')
    expect(await desk.message('still there')).toMatchObject({ peer: { name: 'Ana' } })
  })

  test('a device removed on the phone is unpaired, also after a restart, and can be paired anew', async () => {
    await desk.pair()
    await simulator.fault({ kind: 'kick', account: 'wa-1' })
    expect(await desk.reached('unpaired')).toMatchObject({ fault: { code: 'whatsapp_unlinked' } })
    await desk.restart()
    desk.statuses.length = 0
    desk.steps.length = 0
    await desk.channel.start()
    expect(desk.state()?.state).toBe('unpaired')
    await desk.pair()
    await say('back')
    await desk.message('back')
  })

  test('an account opened elsewhere is left alone', async () => {
    await desk.pair()
    await simulator.fault({ kind: 'replace', account: 'wa-1' })
    expect(await desk.reached('replaced')).toMatchObject({ fault: { code: 'whatsapp_replaced' } })
    const logins = connections()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(connections()).toBe(logins)
    expect(await desk.send(customer('ana').address, 'x')).toMatchObject({ outcome: 'not-sent' })
    await desk.channel.start()
    await desk.reached('live')
  })

  test.each([
    [403, 'banned'],
    [405, 'outdated'],
  ] as const)('a login refused with %d ends as %s', async (value, state) => {
    await desk.pair()
    await simulator.fault({ kind: 'ban', account: 'wa-1', value, count: 9 })
    await desk.reached(state)
    expect(desk.state()?.fault?.code).toBe(`whatsapp_${state}`)
  })

  test('a server error is answered by another try', async () => {
    await desk.pair()
    await simulator.fault({ kind: 'cut', account: 'wa-1', value: 503 })
    await desk.until('the error', () => desk.state()?.fault?.code === 'whatsapp_closed_503')
    expect(await desk.reached('live')).toMatchObject({ fault: null })
  })

  test('a frozen line turns silent and is replaced', async () => {
    await desk.close()
    desk = new WhatsAppDesk(simulator, { keepAliveMs: 80, watchEveryMs: 40, silentAfterMs: 400, lostAfterMs: 700 })
    await desk.pair()
    await simulator.fault({ kind: 'freeze', account: 'wa-1' })
    await desk.reached('silent')
    await say('meanwhile')
    await desk.reached('live')
    await desk.message('meanwhile')
    expect(desk.state()?.aliveAt).toBeGreaterThan(0)
  })
})
