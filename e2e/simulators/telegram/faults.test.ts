/** What goes wrong on purpose, beyond a lost line: refusals, objects that nobody knows, differences that are too long. */
import { Api } from 'telegram'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { errorOf, id, LibraryDesk, updatesOf, WAIT } from './library-desk.ts'

let desk: LibraryDesk

beforeEach(async () => {
  desk = await LibraryDesk.open()
})
afterEach(() => desk.close())

describe('refusals', () => {
  it.each([
    [400, 400, 'PEER_FLOOD'],
    [403, 403, 'USER_PRIVACY_RESTRICTED'],
    [429, 420, 'SLOWMODE_WAIT_10'],
  ])('nack %i answers a send with %i %s, once', async (value, code, errorMessage) => {
    const client = await desk.loggedIn()
    const peer = await desk.peer(client, 'ana')
    await desk.fault('nack', value)
    const send = () => client.invoke(new Api.messages.SendMessage({ peer, message: 'x', randomId: id(1) }))
    expect(await errorOf(send())).toEqual({ code, errorMessage })
    await send()
    expect(desk.simulator.received('ana')).toHaveLength(1)
  })

  it('nack 420 makes reads wait, but not the question for the state', async () => {
    const client = await desk.loggedIn()
    await desk.fault('nack', 420)
    const state = await client.invoke(new Api.updates.GetState())
    const ask = () => client.invoke(new Api.updates.GetDifference(state))
    expect(await errorOf(ask())).toEqual({ code: 420, errorMessage: 'FLOOD_WAIT_5' })
    await ask()
  })

  it('flood strikes media and changes of groups by their random_id as it does texts', async () => {
    const client = await desk.loggedIn()
    const peer = await desk.peer(client, 'ana')
    const geoPoint = new Api.InputGeoPoint({ lat: 1, long: 2 })
    const media = new Api.InputMediaGeoPoint({ geoPoint })
    const send = () => client.invoke(new Api.messages.SendMedia({ peer, media, message: '', randomId: id(6) }))
    await desk.fault('flood', 9)
    expect((await errorOf(send())).errorMessage).toBe('FLOOD_WAIT_9')
    await send()
    await send()
    expect(desk.simulator.received('ana')).toHaveLength(1)
    const events = desk.simulator.wire('tg-1').filter((entry) => entry.clientId === '6')
    expect(events.map((entry) => entry.event)).toEqual(['send', 'refused', 'send', 'accepted', 'send', 'accepted'])
  })
})

describe('what nobody knows', () => {
  it.each([0, 1])('is pushed (%i), and what comes after it arrives', async (value) => {
    const client = await desk.loggedIn()
    const seen = updatesOf(client)
    await desk.fault('unknown-kind', value)
    await desk.say('ana', { text: 'after the unknown' })
    await vi.waitFor(() => expect(JSON.stringify(seen.all.map(plain))).toContain('after the unknown'), WAIT)
  })

  it('may be the media of a message', async () => {
    const client = await desk.loggedIn()
    const seen = updatesOf(client)
    await desk.fault('unknown-kind', 2)
    const update = await seen.next<Api.UpdateNewMessage>('UpdateNewMessage')
    expect((update.message as Api.Message).media?.className).toBe('MessageMediaUnsupported')
  })
})

function plain(update: Api.TypeUpdate): unknown {
  const { message } = update as { message?: unknown }
  return typeof message === 'string' ? message : message instanceof Api.Message ? message.message : null
}

describe('a difference that is too long', () => {
  it('is announced by updatesTooLong and gives only the state', async () => {
    const client = await desk.loggedIn()
    const before = await client.invoke(new Api.updates.GetState())
    await desk.say('ana', { text: 'one' })
    await desk.simulator.fault({ kind: 'too-long', account: 'tg-1', count: 2 })
    // The library asks by itself when it is told; the second time it strikes our own question.
    await vi.waitFor(() => expect(differences()).toHaveLength(1), WAIT)
    const answer = (await client.invoke(new Api.updates.GetDifference(before))) as Api.updates.DifferenceTooLong
    expect([answer.className, answer.pts]).toEqual(['updates.DifferenceTooLong', before.pts + 1])
  })
})

function differences(): unknown[] {
  return desk.simulator.wire('tg-1').filter((entry) => entry.detail === 'updates.getDifference')
}
