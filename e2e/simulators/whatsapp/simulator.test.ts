import { once } from 'node:events'
import { WebSocket } from 'ws'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { BaileysClient, trustOnly } from './baileys-client.ts'
import { WhatsAppSimulator } from './simulator.ts'

// Other suites may share the processor.
vi.setConfig({ testTimeout: 30_000 })

const DELIVERED = 3
const READ = 4

let now = Date.UTC(2026, 10, 1, 12, 0, 0, 345)
let simulator: WhatsAppSimulator
let clients: BaileysClient[]

beforeEach(async () => {
  // libsignal inside the client prints sessions.
  for (const name of ['info', 'warn', 'error'] as const) vi.spyOn(console, name).mockImplementation(() => undefined)
  clients = []
  simulator = new WhatsAppSimulator({ clock: { now: () => now }, seed: 7 })
  await simulator.start(0)
  trustOnly(simulator.endpoints().root ?? '')
  simulator.addAccount({ id: 'wa-1', name: 'Shop', phone: '4915112345678' })
  simulator.addCustomer({ id: 'ana', name: 'Ana', phone: '4917711111111', language: 'de' })
  simulator.addCustomer({ id: 'bob', name: 'Bob', phone: '4917722222222', language: 'en' })
})

afterEach(async () => {
  for (const client of clients) await client.close()
  await simulator.stop()
  vi.restoreAllMocks()
})

async function linked(): Promise<BaileysClient> {
  const client = new BaileysClient(simulator.endpoints().url ?? '')
  clients.push(client)
  client.connect()
  await simulator.pair({ account: 'wa-1', qr: await client.qr() })
  expect(await client.closeCode()).toBe(515)
  client.connect()
  await client.open()
  return client
}

function say(customer: string, text: string, addressing: 'lid' | 'number' = 'lid'): Promise<string> {
  const rest = { group: null, entities: [], reply: null, details: null, media: null }
  return simulator.say({ customer, account: 'wa-1', kind: 'text', text, addressing, ...rest })
}

function addressOf(customer: string): string {
  return simulator.customers().find(({ id }) => id === customer)?.address ?? ''
}

async function send(client: BaileysClient, to: string, text: string, messageId?: string): Promise<string> {
  const sent = await client.sock.sendMessage(to, { text }, messageId ? { messageId } : {})
  return sent?.key.id ?? ''
}

function reached(client: BaileysClient, id: string, status: number): Promise<void> {
  return client.until(`status ${status}`, () => (client.statuses.get(id) ?? 0) >= status)
}

function events(event: string): string[] {
  return simulator
    .wire('wa-1')
    .filter((entry) => entry.event === event)
    .map(({ providerId, clientId }) => providerId ?? clientId ?? '')
}

describe('the library against the simulator', () => {
  test('pairs by QR, restarts on 515 and logs in with its LID', async () => {
    const client = await linked()
    const account = simulator.accounts()[0]
    expect(client.creds.me?.id).toBe('4915112345678:1@s.whatsapp.net')
    expect(client.creds.me?.lid).toBe(account?.address.replace('@', ':1@'))
    expect(client.creds.account?.deviceSignature?.length).toBe(64)
  })

  test('texts come in by LID and by number, each with the other name beside it', async () => {
    const client = await linked()
    const first = await say('ana', 'by LID')
    await client.until('first', () => client.texts().length === 1)
    const second = await say('ana', 'by number', 'number')
    await client.until('second', () => client.texts().length === 2)
    expect(client.texts()).toEqual(['by LID', 'by number'])
    expect(client.messages[0]?.key).toMatchObject({
      id: first,
      remoteJid: addressOf('ana'),
      remoteJidAlt: '4917711111111@s.whatsapp.net',
    })
    expect(client.messages[1]?.key).toMatchObject({
      id: second,
      remoteJid: '4917711111111@s.whatsapp.net',
      remoteJidAlt: addressOf('ana'),
    })
    expect(Number(client.messages[0]?.messageTimestamp)).toBe(Math.floor(now / 1000))
    expect(client.messages[0]?.pushName).toBe('Ana')
    await vi.waitFor(() => expect(events('ack')).toEqual([first, second]))
    expect(simulator.sent().map(({ message }) => [message.author, message.text, message.time])).toEqual([
      [addressOf('ana'), 'by LID', Math.floor(now / 1000) * 1000],
      [addressOf('ana'), 'by number', Math.floor(now / 1000) * 1000],
    ])
  })

  test('texts go out to a LID and to a number never seen, are delivered, copied to the phone and read', async () => {
    const client = await linked()
    const toAna = await send(client, addressOf('ana'), 'to LID')
    await reached(client, toAna, DELIVERED)
    const toBob = await send(client, '4917722222222@s.whatsapp.net', 'to number')
    await reached(client, toBob, DELIVERED)
    expect(simulator.received('ana').map(({ message }) => message.text)).toEqual(['to LID'])
    expect(simulator.received('bob').map(({ message }) => message.text)).toEqual(['to number'])
    expect(simulator.phoneCopies('wa-1')).toEqual([toAna, toBob])
    await client.until('acks', () => client.acks.length === 2)
    expect(client.acks).toEqual([toAna, toBob])
    await say('ana', 'and back')
    await client.until('answer', () => client.texts().length === 1)
    const again = await send(client, addressOf('ana'), 'once more')
    await reached(client, again, DELIVERED)
    await simulator.read({ customer: 'ana', account: 'wa-1' })
    await reached(client, toAna, READ)
    await reached(client, again, READ)
    expect(client.statuses.get(toBob)).toBe(DELIVERED)
    await expect(simulator.read({ customer: 'ana', account: 'wa-1', providerId: 'no' })).rejects.toThrow(/no message/)
  })

  test('a message id is shown once, and each attempt stands in the wire log', async () => {
    const client = await linked()
    const id = await send(client, addressOf('ana'), 'same')
    await reached(client, id, DELIVERED)
    await send(client, addressOf('ana'), 'same', id)
    await client.until('second ack', () => client.acks.length === 2)
    expect(simulator.received('ana')).toHaveLength(1)
    expect(events('send')).toEqual([id, id])
  })

  test('what is said while nobody is connected waits in order, also for a simulator that restarts', async () => {
    const client = await linked()
    await say('ana', 'live')
    await client.until('live', () => client.texts().length === 1)
    await client.close()
    await vi.waitFor(() => expect(simulator.wire(null).at(-1)?.event).toBe('close'))
    for (const text of ['one', 'two', 'three']) await say('ana', text)
    client.connect()
    await client.until('queue', () => client.texts().length === 4)
    expect(client.texts()).toEqual(['live', 'one', 'two', 'three'])
    expect(client.upsertTypes).toEqual(['notify', 'append', 'append', 'append'])
    await vi.waitFor(() => expect(events('ack')).toHaveLength(4))
    await client.close()
    const port = Number(new URL(simulator.endpoints().url ?? '').port)
    await simulator.stop()
    await simulator.start(port)
    client.connect()
    await client.open()
    await say('bob', 'nothing came twice')
    await client.until('after', () => client.texts().length === 5)
    expect(client.texts().at(-1)).toBe('nothing came twice')
  })

  test('a message that was not acknowledged comes again, the same ciphertext, marked offline', async () => {
    const client = await linked()
    const raw = client.sock.ws as unknown as { socket: WebSocket }
    client.sock.ws.on('CB:message', () => raw.socket.terminate())
    const id = await say('ana', 'unconfirmed')
    expect(await client.closeCode()).toBe(428)
    expect(events('ack')).toEqual([])
    client.connect()
    await vi.waitFor(() => expect(events('ack')).toEqual([id]), 5000)
    const pushes = simulator.wire('wa-1').filter(({ event }) => event === 'push')
    expect(pushes.map(({ providerId, detail }) => [providerId, detail])).toEqual([
      [id, undefined],
      [id, 'offline'],
    ])
    // The library itself has lost the text by now; that it can be saved is the application's business.
    expect(simulator.wire('wa-1').find(({ event }) => event === 'ack')?.detail).toBe('error 487')
  })

  test('two devices of one account see each other’s messages, and a new login replaces the old one', async () => {
    const first = await linked()
    const second = await linked()
    const id = await send(second, addressOf('ana'), 'from the second')
    await first.until('copy', () => first.messages.some(({ key }) => key.id === id))
    expect(first.messages.find(({ key }) => key.id === id)?.key).toMatchObject({
      fromMe: true,
      remoteJid: addressOf('ana'),
    })
    const old = first.sock
    const replaced = new Promise<unknown>((resolve) => {
      old.ev.on('connection.update', ({ connection, lastDisconnect }) => {
        if (connection === 'close') resolve(lastDisconnect?.error)
      })
    })
    first.connect()
    expect(await replaced).toMatchObject({ output: { statusCode: 440 } })
    await first.open()
  })

  test('a customer who cannot read a message asks for it again and then shows it once', async () => {
    const client = await linked()
    const first = await send(client, addressOf('ana'), 'first')
    await reached(client, first, DELIVERED)
    const earlier = structuredClone(client.keyRows)
    await reached(client, await send(client, addressOf('ana'), 'second'), DELIVERED)
    client.keyRows.clear()
    for (const [key, value] of earlier) client.keyRows.set(key, value)
    const third = await send(client, addressOf('ana'), 'third')
    await reached(client, third, DELIVERED)
    expect(simulator.received('ana').map(({ message }) => message.text)).toEqual(['first', 'second', 'third'])
    expect(events('send').filter((id) => id === third).length).toBeGreaterThan(1)
  })

  test('a text of ten megabytes comes in, and one of a megabyte goes out', async () => {
    const client = await linked()
    const text = 'Größe '.repeat(1_300_000)
    await say('ana', text)
    await client.until('large text', () => client.texts().length === 1)
    expect(client.texts()[0]).toBe(text)
    const answer = text.slice(0, 1_000_000)
    await reached(client, await send(client, addressOf('ana'), answer), DELIVERED)
    expect(simulator.received('ana')[0]?.message.text).toBe(answer)
  })

  test('garbage ends its connection and nothing else', async () => {
    const client = await linked()
    await client.sock.sendRawMessage(Buffer.from([0, 248, 200, 1, 2, 3]))
    expect(await client.closeCode()).toBe(500)
    const stranger = new WebSocket(simulator.endpoints().url ?? '')
    await once(stranger, 'open')
    stranger.send(Buffer.from('no protocol at all'))
    await once(stranger, 'close')
    client.connect()
    await client.open()
    await expect(
      client.sock.query({ tag: 'iq', attrs: { xmlns: 'unheard:of', type: 'get', to: '@s.whatsapp.net' } }),
    ).rejects.toThrow(/feature-not-implemented/)
    await client.sock.sendNode({ tag: 'message', attrs: {} })
    expect(await client.closeCode()).toBe(500)
  })

  test('a QR with another secret makes the device refuse, and an unknown QR is refused', async () => {
    const client = new BaileysClient(simulator.endpoints().url ?? '')
    clients.push(client)
    client.connect()
    const parts = (await client.qr()).split(',')
    parts[3] = Buffer.alloc(32, 9).toString('base64')
    await expect(simulator.pair({ account: 'wa-1', qr: parts.join(',') })).rejects.toThrow(/did not prove/)
    await expect(simulator.pair({ account: 'wa-1', qr: 'nothing' })).rejects.toThrow(/not known/)
  })
})

describe('faults', () => {
  test('kick ends the connection with 401, and the device may not come back', async () => {
    const client = await linked()
    await simulator.fault({ kind: 'kick', account: 'wa-1' })
    expect(await client.closeCode()).toBe(401)
    client.connect()
    expect(await client.closeCode()).toBe(401)
  })

  test('nack refuses with its code', async () => {
    const client = await linked()
    await simulator.fault({ kind: 'nack', account: 'wa-1', value: 463 })
    const id = await send(client, addressOf('ana'), 'refused')
    await client.until('error', () => client.errors.has(id))
    expect(client.errors.get(id)).toBe('463')
    expect(simulator.received('ana')).toEqual([])
    expect(events('refused')).toEqual([id])
  })

  test('a corrupted ciphertext is asked for again and then read', async () => {
    const client = await linked()
    await say('ana', 'before')
    await client.until('before', () => client.texts().length === 1)
    await simulator.fault({ kind: 'bad-mac', account: 'wa-1' })
    const id = await say('ana', 'repaired')
    await client.until('repaired', () => client.texts().includes('repaired'))
    await vi.waitFor(() => expect(events('ack').filter((each) => each === id)).toHaveLength(1))
    expect(events('push').filter((each) => each === id)).toHaveLength(2)
    await say('ana', 'after')
    await client.until('after', () => client.texts().includes('after'))
  })

  test('cut after accept leaves the client without an ack, and the receipt comes with the next login', async () => {
    const client = await linked()
    await simulator.fault({ kind: 'cut', account: 'wa-1', value: 1 })
    const id = await send(client, addressOf('ana'), 'in doubt')
    expect(await client.closeCode()).toBe(428)
    expect(client.acks).toEqual([])
    expect(simulator.received('ana')).toHaveLength(1)
    client.connect()
    await reached(client, id, DELIVERED)
  })

  test('drop-ack accepts and delivers in silence', async () => {
    const client = await linked()
    await simulator.fault({ kind: 'drop-ack', account: 'wa-1' })
    const silent = await send(client, addressOf('ana'), 'first')
    const loud = await send(client, addressOf('ana'), 'second')
    await client.until('ack', () => client.acks.length === 1)
    expect(client.acks).toEqual([loud])
    expect(simulator.received('ana').map(({ providerId }) => providerId)).toEqual([silent, loud])
  })

  test('duplicate, reorder and resend put messages on the wire as they say', async () => {
    const client = await linked()
    await say('ana', 'zero')
    await client.until('zero', () => client.texts().length === 1)
    await simulator.fault({ kind: 'duplicate', account: 'wa-1' })
    const twice = await say('ana', 'twice')
    expect(events('push').filter((each) => each === twice)).toHaveLength(2)
    await client.until('twice', () => client.texts().includes('twice'))
    await simulator.fault({ kind: 'reorder', account: 'wa-1' })
    const late = await say('ana', 'late')
    const early = await say('ana', 'early')
    expect(events('push').slice(-2)).toEqual([early, late])
    await client.until('both', () => client.texts().includes('late') && client.texts().includes('early'))
    await vi.waitFor(() => expect(events('ack')).toHaveLength(4))
    await simulator.fault({ kind: 'resend', account: 'wa-1', count: 1 })
    expect(events('push').at(-1)).toBe(late)
    await vi.waitFor(() => expect(events('ack')).toHaveLength(5))
    expect(client.texts().filter((text) => text === 'late')).toHaveLength(1)
  })

  test('ban, other refusals and stream errors carry their codes', async () => {
    const client = await linked()
    await simulator.fault({ kind: 'cut', account: 'wa-1', value: 503 })
    expect(await client.closeCode()).toBe(503)
    await simulator.fault({ kind: 'ban', account: 'wa-1', value: 405 })
    client.connect()
    expect(await client.closeCode()).toBe(405)
    client.connect()
    await client.open()
    await simulator.fault({ kind: 'ban', account: 'wa-1' })
    expect(await client.closeCode()).toBe(403)
    client.connect()
    expect(await client.closeCode()).toBe(403)
    await simulator.fault({ kind: 'ban', account: 'wa-1', value: 0 })
    client.connect()
    await client.open()
    await simulator.fault({ kind: 'replace', account: 'wa-1' })
    expect(await client.closeCode()).toBe(440)
  })

  test('a frozen connection stays open and silent until another one takes over', async () => {
    const client = await linked()
    await simulator.fault({ kind: 'freeze', account: 'wa-1' })
    await say('ana', 'unheard')
    await expect(client.sock.query(ping(), 300)).rejects.toThrow(/Timed Out|timed/i)
    expect(client.texts()).toEqual([])
    client.connect()
    await client.until('unheard', () => client.texts().length === 1)
  })

  test('delay holds back what follows, in order', async () => {
    const client = await linked()
    await simulator.fault({ kind: 'delay', account: 'wa-1', value: 200 })
    const begin = performance.now()
    await client.sock.query(ping())
    expect(performance.now() - begin).toBeGreaterThan(190)
  })

  test('faults of other providers and unknown accounts are refused', async () => {
    await expect(simulator.fault({ kind: 'gap', account: 'wa-1' })).rejects.toMatchObject({ code: 'unsupported' })
    await expect(simulator.fault({ kind: 'kick', account: 'x' })).rejects.toMatchObject({ code: 'not_found' })
  })
})

function ping() {
  return {
    tag: 'iq',
    attrs: { xmlns: 'w:p', type: 'get', to: '@s.whatsapp.net' },
    content: [{ tag: 'ping', attrs: {} }],
  }
}

test('the root key is the same for the same seed', () => {
  const other = new WhatsAppSimulator({ clock: { now: () => now }, seed: 7 })
  now += 1000
  expect(other.addAccount({ id: 'wa-1', name: 'Shop', phone: '4915112345678' })).toEqual(simulator.accounts()[0])
  expect(() => other.endpoints()).toThrow(/not started/)
})
