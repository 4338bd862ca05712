/** Two-step passwords, more than one data centre, and the list of sessions, as the `telegram` package sees them. */
import { Api, type TelegramClient } from 'telegram'
import { computeCheck } from 'telegram/Password.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { API_HASH, API_ID } from './library-client.ts'
import { ACCOUNT_PHONE, errorOf, LibraryDesk, updatesOf, WAIT } from './library-desk.ts'

let desk: LibraryDesk

beforeEach(async () => {
  desk = await LibraryDesk.open()
})
afterEach(() => desk.close())

async function enterCode(client: TelegramClient): Promise<Api.auth.TypeAuthorization> {
  const settings = new Api.CodeSettings({})
  const sent = (await client.invoke(
    new Api.auth.SendCode({ phoneNumber: ACCOUNT_PHONE, apiId: API_ID, apiHash: API_HASH, settings }),
  )) as Api.auth.SentCode
  const { phoneCodeHash } = sent
  const phoneCode = desk.simulator.lastCode(ACCOUNT_PHONE) ?? ''
  return client.invoke(new Api.auth.SignIn({ phoneNumber: ACCOUNT_PHONE, phoneCodeHash, phoneCode }))
}

async function enterPassword(client: TelegramClient, text: string): Promise<Api.auth.TypeAuthorization> {
  const question = await client.invoke(new Api.account.GetPassword())
  const password = await computeCheck(question, text)
  return client.invoke(new Api.auth.CheckPassword({ password }))
}

function exportToken(client: TelegramClient): Promise<Api.auth.TypeLoginToken> {
  return client.invoke(new Api.auth.ExportLoginToken({ apiId: API_ID, apiHash: API_HASH, exceptIds: [] }))
}

const scanned = (token: Buffer): string => `tg://login?token=${token.toString('base64url')}`

describe('the two-step password', () => {
  it('is asked for after the code, refused when wrong, and shows its hint', async () => {
    desk.simulator.setPassword('tg-1', 'Sonne & Mond', 'sky')
    const client = await desk.connect()
    expect(await errorOf(enterCode(client))).toEqual({ code: 401, errorMessage: 'SESSION_PASSWORD_NEEDED' })
    expect((await client.invoke(new Api.account.GetPassword())).hint).toBe('sky')
    expect((await errorOf(client.invoke(new Api.updates.GetState()))).errorMessage).toBe('AUTH_KEY_UNREGISTERED')
    expect((await errorOf(enterPassword(client, 'Sonne'))).errorMessage).toBe('PASSWORD_HASH_INVALID')
    const stale = await computeCheck(await client.invoke(new Api.account.GetPassword()), 'Sonne & Mond')
    expect((await enterPassword(client, 'Sonne & Mond')).className).toBe('auth.Authorization')
    const again = client.invoke(new Api.auth.CheckPassword({ password: stale }))
    expect((await errorOf(again)).errorMessage).toBe('SRP_ID_INVALID')
    expect(desk.simulator.devices('tg-1')).toEqual([
      { id: expect.any(String), name: expect.any(String), current: true },
    ])
    desk.simulator.setPassword('tg-1', null, null)
    expect((await client.invoke(new Api.account.GetPassword())).hasPassword ?? false).toBe(false)
  })

  it('is asked for after a scanned QR as well', async () => {
    desk.simulator.setPassword('tg-1', 'pw', null)
    const client = await desk.connect()
    const { token } = (await exportToken(client)) as Api.auth.LoginToken
    await desk.simulator.pair({ account: 'tg-1', qr: scanned(token) })
    expect((await errorOf(exportToken(client))).errorMessage).toBe('SESSION_PASSWORD_NEEDED')
    expect((await enterPassword(client, 'pw')).className).toBe('auth.Authorization')
  })
})

describe('another data centre', () => {
  it('takes the login of an account that was moved; its older files stay where they are', async () => {
    const old = await desk.loggedIn()
    const bytes = Buffer.alloc(5000, 7)
    const providerId = await desk.say('ana', { kind: 'document', bytes })
    await desk.fault('migrate', 4)
    // The library goes to the new data centre by itself and finds itself logged out there.
    await errorOf(old.invoke(new Api.updates.GetState()))
    expect((await errorOf(old.invoke(new Api.updates.GetState()))).errorMessage).toBe('AUTH_KEY_UNREGISTERED')
    const calls = (): (string | undefined)[] => desk.simulator.wire(null).map((entry) => entry.detail)
    expect(calls()).toContain('updates.getState USER_MIGRATE_4')
    await enterCode(old)
    const client = await desk.connect()
    await errorOf(enterCode(client))
    expect(calls()).toContain('auth.sendCode PHONE_MIGRATE_4')
    await enterCode(client)
    expect([client.session.dcId, (await client.invoke(new Api.help.GetNearestDc())).thisDc]).toEqual([4, 4])
    const [message] = await client.getMessages(await desk.peer(client, 'ana'), { ids: [Number(providerId)] })
    expect(await client.downloadMedia(message as Api.Message, {})).toEqual(bytes)
    expect(calls()).toEqual(expect.arrayContaining(['auth.exportAuthorization', 'auth.importAuthorization']))
    expect(desk.simulator.devices('tg-1')).toHaveLength(3)
  })

  it('is named to a QR login, whose token goes on there', async () => {
    await desk.fault('migrate', 4)
    const client = await desk.connect()
    const seen = updatesOf(client)
    const { token } = (await exportToken(client)) as Api.auth.LoginToken
    await desk.simulator.pair({ account: 'tg-1', qr: scanned(token) })
    await seen.next('UpdateLoginToken')
    const moved = (await exportToken(client)) as Api.auth.LoginTokenMigrateTo
    expect([moved.className, moved.dcId]).toEqual(['auth.LoginTokenMigrateTo', 4])
    await client._switchDC(moved.dcId)
    const success = await client.invoke(new Api.auth.ImportLoginToken({ token: moved.token }))
    expect(success.className).toBe('auth.LoginTokenSuccess')
    await client.invoke(new Api.updates.GetState())
  })
})

describe('sessions', () => {
  it('younger than a day may not end others, older ones may end all of them', async () => {
    const [first, second] = [await desk.loggedIn(), await desk.loggedIn()]
    const all = (): Promise<unknown> => first.invoke(new Api.auth.ResetAuthorizations())
    expect(await errorOf(all())).toEqual({ code: 406, errorMessage: 'FRESH_RESET_AUTHORISATION_FORBIDDEN' })
    desk.offsetMs = 24 * 3_600_000 + 60_000
    await all()
    await vi.waitFor(() => expect(desk.simulator.devices('tg-1')).toHaveLength(1), WAIT)
    expect((await errorOf(second.invoke(new Api.updates.GetState()))).errorMessage).toBe('SESSION_REVOKED')
  })
})
