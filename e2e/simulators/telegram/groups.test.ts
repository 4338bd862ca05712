/** Basic groups and megagroups as the unmodified `telegram` package sees them. */
import { Api, type TelegramClient } from 'telegram'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { errorOf, id, LibraryDesk, updatesOf, WAIT } from './library-desk.ts'

let desk: LibraryDesk

beforeEach(async () => {
  desk = await LibraryDesk.open()
})
afterEach(() => desk.close())

async function inputUser(client: TelegramClient, name: string): Promise<Api.InputUser> {
  const { userId, accessHash } = await desk.peer(client, name)
  return new Api.InputUser({ userId, accessHash })
}

/** The megagroup of this title in a client's dialogs. */
async function channelOf(client: TelegramClient, title: string): Promise<Api.InputChannel> {
  const dialogs = await client.getDialogs({})
  const channel = Array.from(dialogs).find((dialog) => dialog.title === title)?.entity as Api.Channel | undefined
  return new Api.InputChannel({ channelId: channel?.id ?? id(0), accessHash: channel?.accessHash ?? id(0) })
}

function rowsOf(customer: string): [string, string | undefined, unknown][] {
  return desk.simulator
    .received(customer)
    .map(({ message }) => [message.kind, message.details?.service?.event, message.details?.service?.members])
}

function send(peer: Api.TypeInputPeer, message: string, randomId: number): Api.messages.SendMessage {
  return new Api.messages.SendMessage({ peer, message, randomId: id(randomId) })
}

function peerOf({ channelId, accessHash }: Api.InputChannel): Api.InputPeerChannel {
  return new Api.InputPeerChannel({ channelId, accessHash })
}

describe('a basic group', () => {
  it('is made, filled, renamed and emptied, with the service messages of all that', async () => {
    const client = await desk.loggedIn()
    const [ana, li] = [await inputUser(client, 'ana'), await inputUser(client, 'li')]
    const made = await client.invoke(new Api.messages.CreateChat({ users: [ana], title: 'Resellers' }))
    const chat = (made.updates as Api.Updates).chats[0] as Api.Chat
    const chatId = chat.id
    await client.invoke(new Api.messages.AddChatUser({ chatId, userId: li, fwdLimit: 10 }))
    await client.invoke(new Api.messages.EditChatTitle({ chatId, title: 'Resellers EU' }))
    await client.invoke(new Api.messages.EditChatAdmin({ chatId, userId: ana, isAdmin: true }))
    const full = await client.invoke(new Api.messages.GetFullChat({ chatId }))
    const { participants } = (full.fullChat as Api.ChatFull).participants as Api.ChatParticipants
    expect(participants.map((one) => one.className)).toEqual([
      'ChatParticipantCreator',
      'ChatParticipantAdmin',
      'ChatParticipant',
    ])
    await client.invoke(send(new Api.InputPeerChat({ chatId }), 'welcome', 1))
    await client.invoke(new Api.messages.DeleteChatUser({ chatId, userId: li }))
    const [self, anaAddress, liAddress] = [...desk.simulator.accounts(), ...desk.simulator.customers()].map(
      (one) => one.address,
    )
    expect(rowsOf('ana')).toEqual([
      ['service', 'created', [self, anaAddress]],
      ['service', 'added', [liAddress]],
      ['service', 'subject', []],
      ['text', undefined, undefined],
      ['service', 'removed', [liAddress]],
    ])
    expect(desk.simulator.received('li')).toHaveLength(3)
    const [group] = desk.simulator.groups()
    expect(group).toMatchObject({ subject: 'Resellers EU', mega: false, address: `chat:${String(chatId)}` })
    expect(group?.members).toEqual([
      { id: 'tg-1', role: 'owner' },
      { id: 'ana', role: 'admin' },
    ])
  })

  it('brings what its members say in short updates, and ends for who is removed', async () => {
    const client = await desk.loggedIn()
    const seen = updatesOf(client)
    const members = ['ana', 'li', 'tg-1']
    const { address } = await desk.simulator.addGroup({ id: 'g', subject: 'Chat', members, mega: false })
    await seen.next('UpdateChatParticipants')
    const providerId = await desk.say('li', { text: 'hello all', group: 'g' })
    await desk.say('li', { text: 'and again', group: 'g', reply: providerId })
    const isAnswer = (update: Api.UpdateShortChatMessage): boolean => Boolean(update.replyTo)
    const short = await seen.next('UpdateShortChatMessage', isAnswer)
    expect([`chat:${String(short.chatId)}`, short.message]).toEqual([address, 'and again'])
    expect(desk.simulator.sent().at(-1)).toMatchObject({ group: 'g', message: { chat: address, reply: providerId } })
    await desk.simulator.changeGroup({ group: 'g', by: 'ana', change: { kind: 'remove', members: ['tg-1'] } })
    const peer = new Api.InputPeerChat({ chatId: short.chatId })
    await vi.waitFor(async () => {
      const { errorMessage } = await errorOf(client.invoke(send(peer, 'still here?', 9)))
      expect(errorMessage).toBe('CHAT_WRITE_FORBIDDEN')
    }, WAIT)
    await expect(desk.say('li', { text: 'gone?', group: 'g' })).rejects.toMatchObject({ code: 'bad_request' })
    expect((await client.invoke(new Api.messages.GetChats({ id: [short.chatId] }))).chats[0]?.className).toBe(
      'ChatForbidden',
    )
  })
})

describe('a megagroup', () => {
  it('is made, joined by link, announced, slowed and left; only administrators change it', async () => {
    desk.simulator.addAccount({ id: 'tg-2', name: 'Second', phone: '493099999999' })
    const [owner, second] = [await desk.loggedIn(), await desk.loggedIn('493099999999')]
    const made = (await owner.invoke(
      new Api.channels.CreateChannel({ title: 'Partners', about: 'x', megagroup: true }),
    )) as Api.Updates
    const { id: channelId, accessHash = id(0) } = made.chats[0] as Api.Channel
    const channel = new Api.InputChannel({ channelId, accessHash })
    await owner.invoke(new Api.channels.InviteToChannel({ channel, users: [await inputUser(owner, 'ana')] }))
    const exported = await owner.invoke(new Api.messages.ExportChatInvite({ peer: peerOf(channel) }))
    const hash = (exported as Api.ChatInviteExported).link.split('+')[1] ?? ''
    expect((await second.invoke(new Api.messages.CheckChatInvite({ hash }))).className).toBe('ChatInvite')
    await second.invoke(new Api.messages.ImportChatInvite({ hash }))
    const mine = await channelOf(second, 'Partners')
    expect(String(mine.channelId)).toBe(String(channelId))
    expect(String(mine.accessHash)).not.toBe(String(accessHash))
    const wrong = new Api.channels.GetFullChannel({ channel: new Api.InputChannel({ channelId, accessHash }) })
    expect((await errorOf(second.invoke(wrong))).errorMessage).toBe('CHANNEL_INVALID')
    const bannedRights = (on: boolean): Api.ChatBannedRights =>
      new Api.ChatBannedRights({ sendMessages: on, untilDate: 0 })
    const announce = (on: boolean) =>
      owner.invoke(
        new Api.messages.EditChatDefaultBannedRights({ peer: peerOf(channel), bannedRights: bannedRights(on) }),
      )
    await announce(true)
    expect((await errorOf(second.invoke(send(peerOf(mine), 'may I?', 1)))).errorMessage).toBe('CHAT_WRITE_FORBIDDEN')
    await announce(false)
    await owner.invoke(new Api.channels.ToggleSlowMode({ channel, seconds: 30 }))
    await second.invoke(send(peerOf(mine), 'once', 2))
    expect((await errorOf(second.invoke(send(peerOf(mine), 'twice', 3)))).code).toBe(420)
    const title = new Api.channels.EditTitle({ channel: mine, title: 'Mine' })
    expect((await errorOf(second.invoke(title))).errorMessage).toBe('CHAT_ADMIN_REQUIRED')
    const adminRights = new Api.ChatAdminRights({ changeInfo: true })
    const { participants, users } = (await owner.invoke(
      new Api.channels.GetParticipants({
        channel,
        filter: new Api.ChannelParticipantsRecent(),
        offset: 0,
        limit: 50,
        hash: id(0),
      }),
    )) as Api.channels.ChannelParticipants
    expect(participants).toHaveLength(3)
    const known = users.find((one) => (one as Api.User).firstName === 'Second') as Api.User
    const input = new Api.InputUser({ userId: known.id, accessHash: known.accessHash ?? id(0) })
    await owner.invoke(new Api.channels.EditAdmin({ channel, userId: input, adminRights, rank: '' }))
    await second.invoke(title)
    await second.invoke(new Api.channels.LeaveChannel({ channel: mine }))
    expect((await errorOf(second.invoke(send(peerOf(mine), 'after', 4)))).errorMessage).toBe('CHANNEL_PRIVATE')
    const banned = new Api.ChatBannedRights({ viewMessages: true, untilDate: 0 })
    const participant = await desk.peer(owner, 'ana')
    await owner.invoke(new Api.channels.EditBanned({ channel, participant, bannedRights: banned }))
    expect(rowsOf('ana').map(([, event]) => event)).toEqual(['added', 'joined', undefined, 'subject', 'left'])
    expect(desk.simulator.groups()[0]?.members).toEqual([{ id: 'tg-1', role: 'owner' }])
  })

  it('numbers its own events: pushes, edits, deletions, reads, and the difference of what was missed', async () => {
    const client = await desk.loggedIn()
    const members = ['ana', 'li', 'tg-1']
    const { address } = await desk.simulator.addGroup({ id: 'm', subject: 'Mega', members, mega: true })
    const channel = await channelOf(client, 'Mega')
    const seen = updatesOf(client)
    const first = await desk.say('ana', { text: 'one', group: 'm' })
    const update = await seen.next<Api.UpdateNewChannelMessage>('UpdateNewChannelMessage')
    expect(address).toBe(`channel:${String(channel.channelId)}`)
    const answer = (await client.invoke(send(peerOf(channel), 'two', 5))) as Api.Updates
    expect(answer.updates.map((one) => one.className)).toEqual(['UpdateMessageID', 'UpdateNewChannelMessage'])
    const { pts } = update
    expect(await desk.change('ana', first, { kind: 'edit', text: 'one!', entities: [] }, 'm')).toBe(
      `${first}/edit/${pts + 2}`,
    )
    await seen.next('UpdateEditChannelMessage')
    await desk.change('ana', first, { kind: 'reaction', emoji: '👍' }, 'm')
    await seen.next('UpdateMessageReactions')
    await desk.change('ana', first, { kind: 'delete' }, 'm')
    await seen.next('UpdateDeleteChannelMessages')
    await client.invoke(new Api.channels.ReadHistory({ channel, maxId: 0 }))
    const ask = (from: number, limit = 100) =>
      client.invoke(
        new Api.updates.GetChannelDifference({
          channel,
          filter: new Api.ChannelMessagesFilterEmpty(),
          pts: from,
          limit,
        }),
      )
    const difference = (await ask(pts - 1)) as Api.updates.ChannelDifference
    expect([difference.final, difference.pts]).toEqual([true, pts + 3])
    expect(difference.newMessages.map((message) => (message as Api.Message).message)).toEqual(['two'])
    expect(difference.otherUpdates.map((one) => one.className)).toEqual([
      'UpdateMessageID',
      'UpdateDeleteChannelMessages',
    ])
    const part = (await ask(pts, 1)) as Api.updates.ChannelDifference
    expect([part.final ?? false, part.pts]).toEqual([false, pts + 1])
    expect((await ask(pts + 3)).className).toBe('updates.ChannelDifferenceEmpty')
    await desk.fault('too-long')
    const tooLong = (await ask(pts)) as Api.updates.ChannelDifferenceTooLong
    expect((tooLong.dialog as Api.Dialog).pts).toBe(pts + 3)
    expect(tooLong.messages).toHaveLength(3)
    // The date of before: a second may have ended since, and what moved is told by date.
    const { date } = update.message as Api.Message
    const state = await client.invoke(new Api.updates.GetState())
    const common = { pts: state.pts, qts: state.qts, date }
    await client.invoke(new Api.updates.GetDifference(common)) // too long as well, by the same fault
    const after = (await client.invoke(new Api.updates.GetDifference(common))) as Api.updates.Difference
    expect(after.otherUpdates.map((one) => one.className)).toContain('UpdateChannelTooLong')
  })

  it('of five hundred lists its members page by page', async () => {
    for (let index = 0; index < 500; index++)
      desk.simulator.addCustomer({
        id: `c${index}`,
        name: `N${index}`,
        phone: String(5_000_000_000 + index),
        language: 'en',
      })
    const members = ['tg-1', ...Array.from({ length: 499 }, (_, index) => `c${index}`)]
    await desk.simulator.addGroup({ id: 'm', subject: 'Crowd', members, mega: true })
    const client = await desk.loggedIn()
    const channel = await channelOf(client, 'Crowd')
    const everybody = await client.getParticipants(peerOf(channel), { limit: 1000 })
    expect(new Set(everybody.map((user) => String(user.id))).size).toBe(500)
    const named = await client.getParticipants(peerOf(channel), { search: 'N499' })
    expect(named).toHaveLength(0)
    const { fullChat } = await client.invoke(new Api.channels.GetFullChannel({ channel }))
    expect((fullChat as Api.ChannelFull).participantsCount).toBe(500)
    const tooMany = { id: 'b', subject: 'Too many', members: members.slice(0, 201), mega: false }
    await expect(desk.simulator.addGroup(tooMany)).rejects.toMatchObject({ code: 'bad_request' })
  })
})

describe('what the control API does to a group', () => {
  it.each([false, true])('is seen by its account (megagroup: %s) and stands in the record', async (mega) => {
    const client = await desk.loggedIn()
    const seen = updatesOf(client)
    await desk.simulator.addGroup({ id: 'g', subject: 'Old', members: ['ana', 'tg-1'], mega })
    const change = (by: string, what: Parameters<typeof desk.simulator.changeGroup>[0]['change']): Promise<void> =>
      desk.simulator.changeGroup({ group: 'g', by, change: what })
    await change('ana', { kind: 'add', members: ['li'] })
    await change('ana', { kind: 'promote', members: ['tg-1'] })
    await change('ana', { kind: 'subject', text: 'New' })
    await change('ana', { kind: 'description', text: 'about us' })
    await change('ana', { kind: 'announce', on: true })
    await seen.next('UpdateChatDefaultBannedRights')
    await change('ana', { kind: 'timer', seconds: 3600 })
    const own = await desk.say('ana', { text: 'from the phone', group: 'g', fromPhone: true })
    const target = { customer: 'ana', account: 'tg-1', group: 'g', target: own, fromPhone: true }
    await desk.simulator.change({ ...target, change: { kind: 'edit', text: 'from my phone', entities: [] } })
    await change('li', { kind: 'leave' })
    await change('li', { kind: 'join' })
    await seen.next(mega ? 'UpdateEditChannelMessage' : 'UpdateEditMessage')
    const events = desk.simulator.sent().map(({ message }) => message.details?.service?.event)
    expect(events).toEqual(['created', ...(mega ? ['added'] : []), 'added', 'subject', 'timer', 'left', 'joined'])
    const got = desk.simulator.received('ana').map(({ message }) => [message.kind, message.details])
    expect(got).toEqual([
      ['text', { expiresS: 3600 }],
      ['edit', null],
    ])
    const roles = desk.simulator.groups()[0]?.members.map(({ id: name, role }) => `${name} ${role}`)
    expect(roles).toEqual(['ana owner', 'tg-1 admin', 'li member'])
    await expect(change('li', { kind: 'subject', text: 'New' })).rejects.toMatchObject({ code: 'bad_request' })
  })
})
