/** Typing and being online as the unmodified `telegram` package sees them. */
import { Api } from 'telegram'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ActivityRequest } from '../provider.ts'
import { LibraryDesk, updatesOf } from './library-desk.ts'

let desk: LibraryDesk

beforeEach(async () => {
  desk = await LibraryDesk.open()
})
afterEach(() => desk.close())

function act(doing: ActivityRequest['doing'], more: Partial<ActivityRequest> = {}): void {
  desk.simulator.act({ customer: 'ana', account: 'tg-1', group: null, doing, times: 1, ...more })
}

it('comes as updates of conversations, groups and megagroups', async () => {
  const client = await desk.loggedIn()
  const seen = updatesOf(client)
  act('typing')
  expect((await seen.next<Api.UpdateUserTyping>('UpdateUserTyping')).action.className).toBe('SendMessageTypingAction')
  act('sending')
  const uploads = ({ action }: Api.UpdateUserTyping) => action.className === 'SendMessageUploadDocumentAction'
  await seen.next<Api.UpdateUserTyping>('UpdateUserTyping', uploads)
  for (const mega of [false, true]) {
    const group = await desk.simulator.addGroup({ id: `g${mega}`, subject: 'G', members: ['tg-1', 'ana'], mega })
    act('recording', { account: null, group: group.id })
    const name = mega ? 'UpdateChannelUserTyping' : 'UpdateChatUserTyping'
    const update = await seen.next<Api.UpdateChatUserTyping>(name)
    expect([update.action.className, update.fromId.className]).toEqual(['SendMessageRecordAudioAction', 'PeerUser'])
  }
  expect(() => act('typing', { account: null, group: 'gtrue', customer: 'li' })).toThrow('not in this group')
})

it('tells a status when it changes, and again to whoever asks for the user', async () => {
  const client = await desk.loggedIn()
  const seen = updatesOf(client)
  const peer = await desk.peer(client, 'ana')
  const id = [new Api.InputUser({ userId: peer.userId, accessHash: peer.accessHash })]
  const status = async () => ((await client.invoke(new Api.users.GetUsers({ id })))[0] as Api.User).status
  expect((await status())?.className).toBe('UserStatusRecently')
  act('offline', { seenAt: 1_700_000_000_000 })
  const told = await seen.next<Api.UpdateUserStatus>('UpdateUserStatus')
  expect((told.status as Api.UserStatusOffline).wasOnline).toBe(1_700_000_000)
  expect(((await status()) as Api.UserStatusOffline).wasOnline).toBe(1_700_000_000)
  for (const [doing, name] of [
    ['online', 'UserStatusOnline'],
    ['within-week', 'UserStatusLastWeek'],
    ['within-month', 'UserStatusLastMonth'],
    ['hidden', 'UserStatusEmpty'],
    ['recently', 'UserStatusRecently'],
  ] as const) {
    act(doing)
    expect((await status())?.className).toBe(name)
    await seen.next<Api.UpdateUserStatus>('UpdateUserStatus', (update) => update.status.className === name)
  }
})
