/** The rules of MTProto that libraries rely on and rarely show: ids, salts, containers, acknowledgements, resending. */
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { initialised, ProtocolClient } from './protocol-client.ts'
import { plainSay } from './say-request.ts'
import { TelegramSimulator } from './simulator.ts'
import { encodeTl, TlWriter, type TlObject } from './tl-codec.ts'
import { intOf, objectOf, textOf } from './tl-fields.ts'

const PHONE = '493012345678'
const WAIT = { timeout: 4000, interval: 10 }

let simulator: TelegramSimulator
let clients: ProtocolClient[]

beforeEach(async () => {
  clients = []
  simulator = new TelegramSimulator({ clock: { now: () => Date.now() }, seed: 3 })
  await simulator.start(0)
  simulator.addAccount({ id: 'tg-1', name: 'Telegram Main', phone: PHONE })
  simulator.addCustomer({ id: 'ana', name: 'Ana Souza', phone: '5511912345678', language: 'pt' })
})

afterEach(async () => {
  for (const client of clients) client.close()
  await simulator.stop()
})

async function connect(before: ProtocolClient | null = null, temporary = false): Promise<ProtocolClient> {
  const lifetime = temporary ? { dc: 2, expiresIn: 3600 } : null
  const client = await ProtocolClient.connect(simulator.endpoints(), before, lifetime)
  clients.push(client)
  return client
}

/** Connected, with the right salt. */
async function ready(): Promise<ProtocolClient> {
  const client = await connect()
  client.sendObject({ _: 'ping', ping_id: 1n })
  await vi.waitFor(() => expect(client.of('bad_server_salt')).toHaveLength(1), WAIT)
  return client
}

function resultsOf(client: ProtocolClient, msgId: bigint): TlObject[] {
  return client
    .of('rpc_result')
    .filter((message) => message.object['req_msg_id'] === msgId)
    .map((message) => objectOf(message.object, 'result'))
}

async function call(client: ProtocolClient, body: Buffer): Promise<TlObject> {
  const msgId = client.send(body)
  return vi.waitFor(() => resultsOf(client, msgId)[0] ?? expect.unreachable('no answer yet'), WAIT)
}

async function loggedIn(): Promise<ProtocolClient> {
  const client = await ready()
  const settings = { _: 'codeSettings' }
  const ask = { _: 'auth.sendCode', phone_number: PHONE, api_id: 1, api_hash: 'x', settings }
  const sent = await call(client, initialised(ask))
  const hash = textOf(sent, 'phone_code_hash')
  const code = simulator.lastCode(PHONE) ?? ''
  await call(client, encodeTl({ _: 'auth.signIn', phone_number: PHONE, phone_code_hash: hash, phone_code: code }))
  return client
}

function container(...messages: Buffer[]): Buffer {
  return Buffer.concat([new TlWriter().int(0x73f1f8dc).int(messages.length).result(), ...messages])
}

describe('message ids and salts', () => {
  it('answers a wrong salt with the right one and executes nothing before', async () => {
    const client = await connect()
    const msgId = client.send(initialised({ _: 'help.getConfig' }))
    await vi.waitFor(() => expect(client.of('bad_server_salt')).toHaveLength(1), WAIT)
    expect(client.of('bad_server_salt')[0]?.object).toMatchObject({ bad_msg_id: msgId, error_code: 48 })
    expect(client.of('new_session_created')).toHaveLength(0)
    expect(await call(client, initialised({ _: 'help.getConfig' }))).toMatchObject({ _: 'config', this_dc: 2 })
    expect(client.of('new_session_created')).toHaveLength(1)
  })

  it.each([
    ['too old', -301_000, 0n, 16],
    ['from the future', 31_000, 0n, 17],
    ['with wrong lowest bits', 0, 1n, 18],
  ])('refuses an id that is %s', async (_name, offsetMs, bits, code) => {
    const client = await ready()
    const msgId = (BigInt(Math.floor((Date.now() + offsetMs) / 1000)) << 32n) + bits
    client.sendObject({ _: 'ping', ping_id: 5n }, msgId)
    await vi.waitFor(() => expect(client.of('bad_msg_notification')).toHaveLength(1), WAIT)
    expect(client.of('bad_msg_notification')[0]?.object).toMatchObject({ bad_msg_id: msgId, error_code: code })
    expect(client.of('pong')).toHaveLength(0)
  })

  it('gives growing ids: 1 modulo 4 for answers, 3 for the rest', async () => {
    const client = await ready()
    for (let index = 0; index < 5; index++) await call(client, initialised({ _: 'help.getNearestDc' }))
    const ids = client.received.map((message) => message.msgId)
    expect(ids).toEqual([...ids].sort((a, b) => (a < b ? -1 : 1)))
    expect(client.of('rpc_result').every((message) => message.msgId % 4n === 1n)).toBe(true)
    expect(client.of('new_session_created').every((message) => message.msgId % 4n === 3n)).toBe(true)
  })

  it('gives future salts that are accepted later', async () => {
    const client = await ready()
    client.sendObject({ _: 'get_future_salts', num: 3 })
    await vi.waitFor(() => expect(client.of('future_salts')).toHaveLength(1), WAIT)
    const salts = client.of('future_salts')[0]?.object['salts']
    expect(salts).toHaveLength(3)
    expect((salts as TlObject[])[0]).toMatchObject({ salt: client.salt })
  })
})

describe('requests', () => {
  it('are executed once however often their id comes; the answer comes again until it is acknowledged', async () => {
    const client = await loggedIn()
    const found = await call(client, encodeTl({ _: 'contacts.resolvePhone', phone: '5511912345678' }))
    const user = (found['users'] as TlObject[])[0] ?? { _: 'userEmpty' }
    const peer = { _: 'inputPeerUser', user_id: user['id'], access_hash: user['access_hash'] }
    const send = encodeTl({ _: 'messages.sendMessage', peer, message: 'once', random_id: 9n })
    const msgId = client.send(send)
    client.send(send, msgId)
    await vi.waitFor(() => expect(resultsOf(client, msgId)).toHaveLength(2), WAIT)
    const answers = client.of('rpc_result').filter((message) => message.object['req_msg_id'] === msgId)
    expect(answers[0]?.msgId).toBe(answers[1]?.msgId)
    client.sendObject({ _: 'msgs_ack', msg_ids: [answers[0]?.msgId] })
    client.send(send, msgId)
    client.sendObject({ _: 'ping', ping_id: 2n })
    await vi.waitFor(() => expect(client.of('pong')).toHaveLength(1), WAIT)
    expect(resultsOf(client, msgId)).toHaveLength(2)
    expect(simulator.received('ana')).toHaveLength(1)
  })

  it('may come in containers and compressed, but no container in a container', async () => {
    const client = await ready()
    const packed = encodeTl({ _: 'gzip_packed', packed_data: gzipSync(initialised({ _: 'help.getNearestDc' })) })
    const inner = [packed, encodeTl({ _: 'ping', ping_id: 8n }), container()].map((body) => client.message(body))
    client.send(container(...inner))
    await vi.waitFor(() => expect(client.of('pong')).toHaveLength(1), WAIT)
    expect(client.of('rpc_result').map((message) => objectOf(message.object, 'result')._)).toEqual(['nearestDc'])
    expect(client.of('bad_msg_notification')[0]?.object).toMatchObject({ error_code: 64 })
  })

  it('need the client to introduce itself once per key', async () => {
    const client = await ready()
    expect(await call(client, encodeTl({ _: 'help.getNearestDc' }))).toMatchObject({
      error_message: 'CONNECTION_NOT_INITED',
    })
    await call(client, initialised({ _: 'help.getNearestDc' }))
    expect(await call(client, encodeTl({ _: 'help.getNearestDc' }))).toMatchObject({ _: 'nearestDc' })
  })

  it('that wait for one that failed fail too', async () => {
    const client = await ready()
    const failed = client.send(initialised({ _: 'updates.getState' }))
    const query = encodeTl({ _: 'help.getNearestDc' })
    expect(await call(client, encodeTl({ _: 'invokeAfterMsg', msg_id: failed, query }))).toMatchObject({
      error_message: 'MSG_WAIT_FAILED',
    })
  })

  it('are told apart as received and unknown', async () => {
    const client = await ready()
    const known = client.send(initialised({ _: 'help.getNearestDc' }))
    client.sendObject({ _: 'msgs_state_req', msg_ids: [known, known + 400n] })
    await vi.waitFor(() => expect(client.of('msgs_state_info')).toHaveLength(1), WAIT)
    expect(client.of('msgs_state_info')[0]?.object['info']).toEqual(Buffer.from([4, 1]))
  })
})

describe('a temporary key', () => {
  it('takes over the authorization of the permanent key it was bound to, and only with its proof', async () => {
    const permanent = await loggedIn()
    const temporary = await connect(null, true)
    temporary.sendObject({ _: 'ping', ping_id: 1n })
    await vi.waitFor(() => expect(temporary.of('bad_server_salt')).toHaveLength(1), WAIT)
    const bind = async (key: Buffer): Promise<TlObject> => {
      const msgId = await temporary.bindTo(key)
      return vi.waitFor(() => resultsOf(temporary, msgId)[0] ?? expect.unreachable('no answer yet'), WAIT)
    }
    expect(await bind(Buffer.alloc(256, 5))).toMatchObject({ error_message: 'ENCRYPTED_MESSAGE_INVALID' })
    expect(await bind(permanent.key)).toEqual({ _: 'boolTrue' })
    expect(await call(temporary, encodeTl({ _: 'updates.getState' }))).toMatchObject({ _: 'updates.state' })
  })
})

describe('pushes', () => {
  it('come again under the same id when the session returns, until they are acknowledged', async () => {
    const client = await loggedIn()
    await simulator.say(plainSay('ana', 'tg-1', 'first'))
    await vi.waitFor(() => expect(client.of('updates')).toHaveLength(1), WAIT)
    client.close()
    await vi.waitFor(() => expect(simulator.wire('tg-1').at(-1)?.event).toBe('close'), WAIT)
    await simulator.say(plainSay('ana', 'tg-1', 'second'))
    const back = await connect(client)
    back.sendObject({ _: 'ping', ping_id: 3n })
    await vi.waitFor(() => expect(back.of('updateShortMessage')).toHaveLength(1), WAIT)
    expect(back.of('updates')[0]?.msgId).toBe(client.of('updates')[0]?.msgId)
    back.sendObject({ _: 'msgs_ack', msg_ids: back.received.map((message) => message.msgId) })
    await vi.waitFor(
      () => expect(simulator.wire('tg-1').filter((entry) => entry.event === 'ack')).toHaveLength(2),
      WAIT,
    )
    const third = await connect(back)
    third.sendObject({ _: 'ping', ping_id: 4n })
    await vi.waitFor(() => expect(third.of('pong')).toHaveLength(1), WAIT)
    expect(third.received).toHaveLength(1)
  })

  it('do not come to a session that asked for none', async () => {
    const client = await loggedIn()
    const other = await connect(client)
    other.sessionId += 1n
    const state = encodeTl({ _: 'updates.getState' })
    const before = await call(other, encodeTl({ _: 'invokeWithoutUpdates', query: state }))
    await simulator.say(plainSay('ana', 'tg-1', 'news'))
    await vi.waitFor(() => expect(client.of('updates')).toHaveLength(1), WAIT)
    expect(intOf(await call(other, encodeTl({ _: 'invokeWithoutUpdates', query: state })), 'pts')).toBe(
      intOf(before, 'pts') + 1,
    )
    expect(other.of('updates')).toHaveLength(0)
  })
})

describe('the line', () => {
  it('is closed when ping_delay_disconnect is not renewed', async () => {
    const client = await ready()
    client.sendObject({ _: 'ping_delay_disconnect', ping_id: 1n, disconnect_delay: 1 })
    await vi.waitFor(() => expect(client.of('pong')).toHaveLength(1), WAIT)
    await vi.waitFor(() => expect(client.closed).toBe(true), WAIT)
  })

  it('gets -404 for a key that nobody made and for a message that is not authentic', async () => {
    const stranger = await ready()
    stranger.key = Buffer.alloc(256, 1)
    stranger.sendObject({ _: 'ping', ping_id: 1n })
    await vi.waitFor(() => expect(stranger.errors).toEqual([-404]), WAIT)
    const forged = await ready()
    forged.frame(Buffer.concat([Buffer.alloc(8, 9), Buffer.alloc(64, 9)]))
    await vi.waitFor(() => expect(forged.errors).toEqual([-404]), WAIT)
  })

  it('ends, and only this one, at bytes that make no sense', async () => {
    const [client, other] = [await ready(), await ready()]
    client.send(Buffer.from('deadbeefdeadbeef', 'hex'))
    client.send(encodeTl({ _: 'gzip_packed', packed_data: Buffer.from('not gzip') }))
    await vi.waitFor(() => expect(client.closed).toBe(true), WAIT)
    other.sendObject({ _: 'ping', ping_id: 1n })
    await vi.waitFor(() => expect(other.of('pong')).toHaveLength(1), WAIT)
  })

  it('forgets a session and a key on request', async () => {
    const client = await ready()
    client.sendObject({ _: 'destroy_session', session_id: 12345n })
    client.sendObject({ _: 'destroy_auth_key' })
    await vi.waitFor(() => expect(client.of('destroy_auth_key_ok')).toHaveLength(1), WAIT)
    expect(client.of('destroy_session_none')).toHaveLength(1)
    client.sendObject({ _: 'ping', ping_id: 1n })
    await vi.waitFor(() => expect(client.errors).toEqual([-404]), WAIT)
  })
})
