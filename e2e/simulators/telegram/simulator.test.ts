/** The simulator as the unmodified `telegram` package sees it. */
import { Api, type TelegramClient } from 'telegram'
import { BinaryReader } from 'telegram/extensions/index.js'
import { returnBigInt } from 'telegram/Helpers.js'
import type { StringSession } from 'telegram/sessions/index.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { API_HASH, API_ID, libraryClient, logIn } from './library-client.ts'
import { plainSay } from './say-request.ts'
import { TelegramSimulator } from './simulator.ts'

const ACCOUNT_PHONE = '493012345678'
const WAIT = { timeout: 8000, interval: 20 }

let simulator: TelegramSimulator
let clients: TelegramClient[]
let offsetMs = 0

beforeEach(async () => {
  offsetMs = 0
  clients = []
  simulator = new TelegramSimulator({ clock: { now: () => Date.now() + offsetMs }, seed: 7 })
  await simulator.start(0)
  simulator.addAccount({ id: 'tg-1', name: 'Telegram Main', phone: ACCOUNT_PHONE })
  simulator.addCustomer({ id: 'ana', name: 'Ana Souza', phone: '5511912345678', language: 'pt' })
  simulator.addCustomer({ id: 'li', name: '李伟', phone: '8613912345678', language: 'zh' })
})

afterEach(async () => {
  await Promise.all(clients.map((client) => client.destroy()))
  await simulator.stop()
})

async function connect(options: { session?: string; obfuscated?: boolean } = {}): Promise<TelegramClient> {
  const client = libraryClient({ endpoints: simulator.endpoints(), ...options })
  clients.push(client)
  await client.connect()
  return client
}

async function loggedIn(options: { obfuscated?: boolean } = {}): Promise<TelegramClient> {
  const client = await connect(options)
  await logIn(client, ACCOUNT_PHONE, (phone) => simulator.lastCode(phone))
  return client
}

function say(customer: string, text: string): Promise<string> {
  return simulator.say(plainSay(customer, 'tg-1', text))
}

function fault(kind: Parameters<TelegramSimulator['fault']>[0]['kind'], value?: number): Promise<void> {
  return simulator.fault({ kind, account: 'tg-1', ...(value === undefined ? {} : { value }) })
}

/** Collects what reaches the client's handlers: texts of messages, and class names of the rest. */
function listen(client: TelegramClient): { texts: string[]; kinds: string[] } {
  const seen = { texts: [] as string[], kinds: [] as string[] }
  client.addEventHandler((update: { className?: string; message?: unknown }) => {
    const { message } = update
    const text = typeof message === 'string' ? message : message instanceof Api.Message ? message.message : null
    if (text !== null) seen.texts.push(text)
    if (update.className) seen.kinds.push(update.className)
  })
  return seen
}

async function inputPeerOf(client: TelegramClient, name: string): Promise<Api.InputPeerUser> {
  const found = await client.invoke(
    new Api.contacts.ResolvePhone({ phone: simulator.customers().find((one) => one.id === name)?.phone ?? '' }),
  )
  const user = found.users[0] as Api.User
  return new Api.InputPeerUser({ userId: user.id, accessHash: user.accessHash ?? returnBigInt('0') })
}

function sendRequest(peer: Api.InputPeerUser, message: string, randomId: string): Api.messages.SendMessage {
  return new Api.messages.SendMessage({ peer, message, randomId: returnBigInt(randomId) })
}

async function errorOf(call: Promise<unknown>): Promise<{ code: number; errorMessage: string }> {
  const error = await call.then(
    () => expect.unreachable('the call was accepted'),
    (reason: unknown) => reason as { code: number; errorMessage: string },
  )
  return { code: error.code, errorMessage: error.errorMessage }
}

describe('logging in', () => {
  it('takes phone and code, and refuses wrong ones as Telegram does', async () => {
    const client = await connect()
    expect(await errorOf(client.invoke(new Api.users.GetUsers({ id: [new Api.InputUserSelf()] })))).toEqual({
      code: 401,
      errorMessage: 'AUTH_KEY_UNREGISTERED',
    })
    const settings = new Api.CodeSettings({})
    const ask = (phoneNumber: string) =>
      client.invoke(new Api.auth.SendCode({ phoneNumber, apiId: API_ID, apiHash: API_HASH, settings }))
    expect((await errorOf(ask('12'))).errorMessage).toBe('PHONE_NUMBER_INVALID')
    const sent = (await ask(`+${ACCOUNT_PHONE}`)) as Api.auth.SentCode
    const enter = (phoneCode: string) =>
      client.invoke(new Api.auth.SignIn({ phoneNumber: ACCOUNT_PHONE, phoneCodeHash: sent.phoneCodeHash, phoneCode }))
    expect((await errorOf(enter('00000'))).errorMessage).toBe('PHONE_CODE_INVALID')
    const authorization = (await enter(simulator.lastCode(ACCOUNT_PHONE) ?? '')) as Api.auth.Authorization
    expect((authorization.user as Api.User).firstName).toBe('Telegram')
    const password = await client.invoke(new Api.account.GetPassword())
    expect(password.hasPassword ?? false).toBe(false)
    expect(simulator.wire('tg-1').map((entry) => entry.event)).toContain('login')
  })

  it('takes a QR token that the phone accepts; each device then sees the sends of the other', async () => {
    const first = await loggedIn({ obfuscated: true })
    const second = await connect()
    const seen = listen(second)
    const exportToken = () =>
      second.invoke(new Api.auth.ExportLoginToken({ apiId: API_ID, apiHash: API_HASH, exceptIds: [] }))
    const { token } = (await exportToken()) as Api.auth.LoginToken
    const text = (bytes: Buffer): string => `tg://login?token=${bytes.toString('base64url')}`
    await expect(simulator.pair({ account: 'tg-1', qr: text(Buffer.alloc(32)) })).rejects.toMatchObject({
      code: 'bad_request',
    })
    await simulator.pair({ account: 'tg-1', qr: text(token) })
    await vi.waitFor(() => expect(seen.kinds).toContain('UpdateLoginToken'), WAIT)
    expect((await exportToken()).className).toBe('auth.LoginTokenSuccess')
    await second.updateManager.catchUp()
    const peer = await inputPeerOf(first, 'ana')
    await first.invoke(sendRequest(peer, 'from the first device', '11'))
    await vi.waitFor(() => expect(seen.texts).toContain('from the first device'), WAIT)
    expect(simulator.received('ana').map((row) => row.message.text)).toEqual(['from the first device'])
    const devices = await first.invoke(new Api.account.GetAuthorizations())
    expect(devices.authorizations.map((one) => one.current ?? false)).toEqual([true, false])
  })

  it('lets a saved session back in without a new login', async () => {
    const client = await loggedIn()
    const saved = (client.session as StringSession).save()
    await client.disconnect()
    await say('ana', 'while away')
    const again = await connect({ session: saved })
    const dialogs = await again.getDialogs({})
    expect(Array.from(dialogs, (dialog) => [dialog.name, dialog.message?.message])).toEqual([
      ['Ana Souza', 'while away'],
    ])
  })
})

describe('messages', () => {
  it('arrive in the full form from strangers and in the short form from people known to the device', async () => {
    const client = await loggedIn()
    const seen = listen(client)
    for (const text of ['Olá', 'tudo bem?', '<b>x</b> \u202e👩‍👩‍👧']) await say('ana', text)
    await say('li', '你好')
    await vi.waitFor(() => expect(seen.texts).toEqual(['Olá', 'tudo bem?', '<b>x</b> \u202e👩‍👩‍👧', '你好']), WAIT)
    expect(seen.kinds.slice(0, 4)).toEqual([
      'UpdateNewMessage',
      'UpdateShortMessage',
      'UpdateShortMessage',
      'UpdateNewMessage',
    ])
    const dialogs = await client.getDialogs({})
    expect(Array.from(dialogs, (dialog) => [dialog.name, dialog.unreadCount])).toEqual([
      ['李伟', 1],
      ['Ana Souza', 3],
    ])
    const wire = simulator.wire('tg-1')
    expect(wire.filter((entry) => entry.event === 'push').map((entry) => entry.providerId)).toEqual([
      '1',
      '2',
      '3',
      '4',
    ])
    await vi.waitFor(
      () => expect(simulator.wire('tg-1').filter((entry) => entry.event === 'ack')).toHaveLength(4),
      WAIT,
    )
  })

  it('are reported in the neutral form with the bytes that went over the wire', async () => {
    const client = await loggedIn()
    const seen = listen(client)
    const providerId = await say('ana', 'Quanto custa?')
    await vi.waitFor(() => expect(seen.texts).toHaveLength(1), WAIT)
    const peer = await inputPeerOf(client, 'ana')
    const sent = (await client.invoke(
      new Api.messages.SendMessage({
        peer,
        message: 'R$ 90',
        randomId: returnBigInt('5'),
        replyTo: new Api.InputReplyToMessage({ replyToMsgId: Number(providerId) }),
        entities: [new Api.MessageEntityBold({ offset: 0, length: 2 })],
      }),
    )) as Api.UpdateShortSentMessage
    const customer = simulator.customers()[0]
    const [row] = simulator.sent()
    expect(row?.message).toEqual({
      channel: 'telegram',
      kind: 'text',
      chat: customer?.address,
      author: customer?.address,
      providerId,
      time: expect.any(Number),
      text: 'Quanto custa?',
      entities: [],
      reply: null,
      target: null,
      media: null,
      details: null,
    })
    expect((row?.message.time ?? 1) % 1000).toBe(0)
    const [got] = simulator.received('ana')
    expect(got?.message).toMatchObject({
      author: simulator.accounts()[0]?.address,
      providerId: String(sent.id),
      text: 'R$ 90',
      reply: providerId,
      entities: [{ type: 'bold', offset: 0, length: 2 }],
    })
    const raw = new BinaryReader(Buffer.from(got?.raw ?? '', 'base64')).tgReadObject() as Api.Message
    expect([raw.id, raw.message, raw.out]).toEqual([sent.id, 'R$ 90', true])
  })

  it('come as history page by page, the long ones compressed', async () => {
    const client = await loggedIn()
    for (let index = 1; index <= 130; index++) await say('ana', `message ${index}`)
    const peer = await inputPeerOf(client, 'ana')
    const all = await client.getMessages(peer, { limit: 130 })
    expect(Array.from(all, (message) => message.message)).toEqual(
      Array.from({ length: 130 }, (_, index) => `message ${130 - index}`),
    )
  })

  it('are marked as read in both directions', async () => {
    const client = await loggedIn()
    const seen = listen(client)
    await say('ana', 'one')
    const peer = await inputPeerOf(client, 'ana')
    await client.invoke(sendRequest(peer, 'answer', '1'))
    const { pts } = await client.invoke(new Api.updates.GetState())
    const affected = await client.invoke(new Api.messages.ReadHistory({ peer, maxId: 1 }))
    expect([affected.pts, affected.ptsCount]).toEqual([pts + 1, 1])
    expect((await client.getDialogs({}))[0]?.unreadCount).toBe(0)
    await simulator.read({ customer: 'ana', account: 'tg-1' })
    await vi.waitFor(() => expect(seen.kinds).toContain('UpdateReadHistoryOutbox'), WAIT)
  })

  it('are refused for a wrong access hash, empty, too long, and under flood', async () => {
    const client = await loggedIn()
    const peer = await inputPeerOf(client, 'ana')
    const wrong = new Api.InputPeerUser({ userId: peer.userId, accessHash: returnBigInt('1') })
    expect((await errorOf(client.invoke(sendRequest(wrong, 'x', '1')))).errorMessage).toBe('PEER_ID_INVALID')
    expect((await errorOf(client.invoke(sendRequest(peer, '  ', '2')))).errorMessage).toBe('MESSAGE_EMPTY')
    expect((await errorOf(client.invoke(sendRequest(peer, 'x'.repeat(4097), '3')))).errorMessage).toBe(
      'MESSAGE_TOO_LONG',
    )
    await fault('flood', 23)
    expect((await errorOf(client.invoke(sendRequest(peer, 'x', '4')))).code).toBe(420)
    await client.invoke(sendRequest(peer, 'x', '4'))
    expect(simulator.received('ana')).toHaveLength(1)
    expect(simulator.wire('tg-1').filter((entry) => entry.event === 'refused')).toHaveLength(4)
  })
})

describe('sending again', () => {
  it('under the same random_id gives the same result and delivers once', async () => {
    const client = await loggedIn()
    const peer = await inputPeerOf(client, 'ana')
    const results = [
      await client.invoke(sendRequest(peer, 'only once', '77')),
      await client.invoke(sendRequest(peer, 'only once', '77')),
    ] as Api.UpdateShortSentMessage[]
    expect(results[0]?.id).toBe(results[1]?.id)
    expect(simulator.received('ana')).toHaveLength(1)
    expect(
      simulator
        .wire('tg-1')
        .filter((entry) => entry.event === 'send')
        .map((entry) => entry.clientId),
    ).toEqual(['77', '77'])
  })

  it.each(['drop-ack', 'cut'] as const)('happens by itself after %s and still delivers once', async (kind) => {
    const client = await loggedIn()
    const peer = await inputPeerOf(client, 'ana')
    await fault(kind, 1)
    const sending = client.invoke(sendRequest(peer, 'answer is lost', '99'))
    await vi.waitFor(() => expect(simulator.received('ana')).toHaveLength(1), WAIT)
    if (kind === 'drop-ack') await fault('cut')
    const result = (await sending) as Api.UpdateShortSentMessage
    expect(String(result.id)).toBe(simulator.received('ana')[0]?.providerId)
    expect(simulator.received('ana')).toHaveLength(1)
  })
})

describe('updates that go astray', () => {
  it('are recovered through getDifference after a gap and after a cut line', async () => {
    const client = await loggedIn()
    const seen = listen(client)
    await say('ana', 'm1')
    await fault('gap')
    await say('ana', 'm2')
    await say('ana', 'm3')
    await vi.waitFor(() => expect(seen.texts).toEqual(['m1', 'm2', 'm3']), WAIT)
    await fault('cut')
    await say('ana', 'm4')
    await vi.waitFor(() => expect(seen.texts).toEqual(['m1', 'm2', 'm3', 'm4']), WAIT)
    const calls = simulator.wire('tg-1').filter((entry) => entry.detail === 'updates.getDifference')
    expect(calls.length).toBeGreaterThanOrEqual(2)
  })

  it('come in slices when there are many', async () => {
    const client = await loggedIn()
    const { pts, date, qts } = await client.invoke(new Api.updates.GetState())
    for (let index = 0; index < 150; index++) await say('ana', `m${index}`)
    const first = await client.invoke(new Api.updates.GetDifference({ pts, date, qts }))
    if (!(first instanceof Api.updates.DifferenceSlice)) return expect.unreachable('a slice was expected')
    expect([first.newMessages.length, first.intermediateState.pts]).toEqual([100, pts + 100])
    const second = await client.invoke(new Api.updates.GetDifference({ pts: pts + 100, date, qts }))
    if (!(second instanceof Api.updates.Difference)) return expect.unreachable('the rest was expected')
    expect([second.newMessages.length, second.state.pts]).toEqual([50, pts + 150])
    const end = await client.invoke(new Api.updates.GetDifference({ pts: pts + 150, date, qts }))
    expect(end.className).toBe('updates.DifferenceEmpty')
  })

  it('come twice, late or in the wrong order, and reach the handlers once and in order', async () => {
    const client = await loggedIn()
    const seen = listen(client)
    await say('ana', 'm0')
    await vi.waitFor(() => expect(seen.texts).toEqual(['m0']), WAIT)
    await fault('duplicate')
    await say('ana', 'm1')
    await fault('reorder')
    await say('ana', 'm2')
    await say('ana', 'm3')
    await fault('delay', 200)
    await say('ana', 'm4')
    await fault('resend')
    await vi.waitFor(() => expect(seen.texts).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']), WAIT)
    const pushed = simulator.wire('tg-1').filter((entry) => entry.event === 'push')
    expect(pushed.map((entry) => entry.providerId).slice(0, 6)).toEqual(['1', '2', '2', '4', '3', '5'])
    expect(pushed.length).toBeGreaterThan(6) // what was not acknowledged went out again
  })

  it('wait while the line is frozen', async () => {
    const client = await loggedIn()
    const seen = listen(client)
    const started = Date.now()
    await fault('freeze', 400)
    await say('ana', 'through ice')
    await client.invoke(new Api.updates.GetState())
    expect(Date.now() - started).toBeGreaterThanOrEqual(390)
    await vi.waitFor(() => expect(seen.texts).toEqual(['through ice']), WAIT)
  })
})

describe('the end of an authorization', () => {
  it('is noticed with the next call after another device reset it', async () => {
    const [first, second] = [await loggedIn(), await loggedIn()]
    const reset = async (hash: Api.Authorization['hash']): Promise<unknown> =>
      first.invoke(new Api.account.ResetAuthorization({ hash }))
    const { authorizations } = await first.invoke(new Api.account.GetAuthorizations())
    const other = authorizations.find((one) => !one.current)
    const hash = other?.hash ?? returnBigInt('0')
    expect(await errorOf(reset(hash))).toEqual({ code: 406, errorMessage: 'FRESH_RESET_AUTHORISATION_FORBIDDEN' })
    offsetMs = 25 * 3_600_000
    expect(await reset(hash)).toBe(true)
    const seen = listen(second)
    await say('ana', 'not for the second')
    expect(await errorOf(second.invoke(new Api.updates.GetState()))).toEqual({
      code: 401,
      errorMessage: 'SESSION_REVOKED',
    })
    expect(seen.texts).toEqual([])
    expect((await first.invoke(new Api.account.GetAuthorizations())).authorizations).toHaveLength(1)
  })

  it.each([
    ['revoke', 401, 'SESSION_REVOKED'],
    ['kick', 401, 'SESSION_REVOKED'],
    ['replace', 406, 'AUTH_KEY_DUPLICATED'],
    ['ban', 401, 'USER_DEACTIVATED_BAN'],
  ] as const)('by %s answers every call with %i %s', async (kind, code, errorMessage) => {
    const client = await loggedIn()
    await fault(kind)
    for (const _ of [1, 2])
      expect(await errorOf(client.invoke(new Api.updates.GetState()))).toEqual({ code, errorMessage })
  })

  it('comes with logging out', async () => {
    const client = await loggedIn()
    await client.invoke(new Api.auth.LogOut())
    expect((await errorOf(client.invoke(new Api.updates.GetState()))).errorMessage).toBe('AUTH_KEY_UNREGISTERED')
  })
})

describe('the clock', () => {
  it.each([26 * 3_600_000, -3 * 3_600_000])('may be moved by %i ms under a connected client', async (moveMs) => {
    const client = await loggedIn()
    const seen = listen(client)
    offsetMs = moveMs
    const state = await client.invoke(new Api.updates.GetState())
    expect(Math.abs(state.date * 1000 - (Date.now() + moveMs))).toBeLessThan(5000)
    await say('ana', 'at another time')
    await vi.waitFor(() => expect(seen.texts).toEqual(['at another time']), WAIT)
  })
})

describe('what is not built', () => {
  it('is refused with a code, and the server lives', async () => {
    const client = await loggedIn()
    expect(await errorOf(client.invoke(new Api.messages.GetAllStickers({ hash: returnBigInt('0') })))).toEqual({
      code: 400,
      errorMessage: 'METHOD_INVALID',
    })
    await expect(fault('nack', 463)).rejects.toMatchObject({ code: 'unsupported' })
    await expect(simulator.say(plainSay('nobody', 'tg-1', 'x'))).rejects.toMatchObject({
      code: 'not_found',
    })
    expect(await client.invoke(new Api.help.GetNearestDc())).toMatchObject({ thisDc: 2 })
  })
})
