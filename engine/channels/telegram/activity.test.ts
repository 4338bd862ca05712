import { Api } from 'telegram'
import { returnBigInt } from 'telegram/Helpers.js'
import { expect, test } from 'vitest'
import { isActivity, readActivity } from './activity.ts'

const now = Date.UTC(2026, 10, 2, 9, 30)
const seconds = now / 1000
const userId = returnBigInt('77')
const fromId = new Api.PeerUser({ userId })

function read(update: Api.TypeUpdate) {
  if (!isActivity(update)) throw new Error('this is another update')
  return readActivity(update, '42', now)
}

const typing = (action: Api.TypeSendMessageAction) => read(new Api.UpdateUserTyping({ userId, action }))

test.each([
  [new Api.SendMessageTypingAction(), 'typing'],
  [new Api.SendMessageRecordAudioAction(), 'recording'],
  [new Api.SendMessageRecordRoundAction(), 'filming'],
  [new Api.SendMessageUploadDocumentAction({ progress: 3 }), 'sending'],
  [new Api.SendMessageCancelAction(), null],
])('what somebody does in a conversation of two counts for six seconds', (action, doing) => {
  expect(typing(action)).toEqual({ notice: 'doing', chat: 'user:77', author: 'user:77', doing, lastsMs: 6000 })
})

test('groups and megagroups name who it is', () => {
  const action = new Api.SendMessageTypingAction()
  const chat = read(new Api.UpdateChatUserTyping({ chatId: returnBigInt('3'), fromId, action }))
  expect(chat).toMatchObject({ chat: 'chat:3', author: 'user:77', doing: 'typing' })
  const channel = read(new Api.UpdateChannelUserTyping({ channelId: returnBigInt('4'), fromId, action }))
  expect(channel).toMatchObject({ chat: 'channel:4', author: 'user:77', doing: 'typing' })
})

test.each([
  [new Api.UserStatusOnline({ expires: seconds + 90 }), { state: 'online' }, 90_000],
  [new Api.UserStatusOnline({ expires: seconds - 9 }), { state: 'online' }, 0],
  [new Api.UserStatusOffline({ wasOnline: seconds - 60 }), { state: 'offline', seenAt: now - 60_000 }, null],
  [new Api.UserStatusOffline({ wasOnline: 2_147_483_647 }), { state: 'offline', seenAt: now }, null],
  [new Api.UserStatusOffline({ wasOnline: -1 }), null, null],
  [new Api.UserStatusRecently({}), { state: 'recently' }, null],
  [new Api.UserStatusLastWeek({}), { state: 'within-week' }, null],
  [new Api.UserStatusLastMonth({}), { state: 'within-month' }, null],
  [new Api.UserStatusEmpty(), null, null],
])('a status says how exactly it is known', (status, availability, lastsMs) => {
  const told = { notice: 'availability', person: 'user:77', availability, lastsMs }
  expect(read(new Api.UpdateUserStatus({ userId, status }))).toEqual(told)
})

test('own doings, what leads to no message and a server’s nonsense say nothing', () => {
  const own = returnBigInt('42')
  const action = new Api.SendMessageTypingAction()
  const nothing: Api.TypeUpdate[] = [
    new Api.UpdateUserTyping({ userId: own, action }),
    new Api.UpdateChatUserTyping({ chatId: own, fromId: new Api.PeerUser({ userId: own }), action }),
    new Api.UpdateUserStatus({ userId: own, status: new Api.UserStatusRecently({}) }),
    new Api.UpdateUserTyping({ userId, action: new Api.SendMessageGamePlayAction() }),
    new Api.UpdateUserTyping({ userId, action: new Api.SendMessageChooseStickerAction() }),
    new Api.UpdateChatUserTyping({ chatId: own, fromId: action as never, action }),
    new Api.UpdateUserTyping({ userId: undefined as never, action }),
  ]
  expect(nothing.map(read)).toEqual(nothing.map(() => null))
  expect(isActivity(new Api.UpdateConfig())).toBe(false)
})
