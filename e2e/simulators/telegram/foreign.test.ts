/** The simulator as another people's client sees it: mtcute, independent of the `telegram` package, on an older layer. */
import type { Message } from '@mtcute/core'
import type { TelegramClient } from '@mtcute/core/client.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { foreignClient } from './foreign-client.ts'
import { ACCOUNT_PHONE, LibraryDesk, WAIT } from './library-desk.ts'
import { drawJpeg } from './tiny-jpeg.ts'

let desk: LibraryDesk
let client: TelegramClient

beforeEach(async () => {
  desk = await LibraryDesk.open()
  client = foreignClient(desk.simulator.endpoints())
})
afterEach(async () => {
  await client.destroy()
  await desk.close()
})

async function logIn(password?: string): Promise<void> {
  await client.start({
    phone: ACCOUNT_PHONE,
    code: () => desk.simulator.lastCode(ACCOUNT_PHONE) ?? '',
    codeSentCallback: () => undefined,
    ...(password === undefined ? {} : { password }),
  })
  // What comes before the client knows where the mailbox stands counts as known to it.
  const asked = (): boolean => desk.simulator.wire('tg-1').some((entry) => entry.detail === 'updates.getDifference')
  await vi.waitFor(() => expect(asked()).toBe(true), WAIT)
}

function listen(): { messages: Message[]; texts: () => string[] } {
  const messages: Message[] = []
  client.onNewMessage.add((message) => void messages.push(message))
  return { messages, texts: () => messages.map((message) => message.text).filter(Boolean) }
}

describe('a foreign client', () => {
  it('logs in with code and two-step password, lists dialogs, sends and receives, and shows changes', async () => {
    desk.simulator.setPassword('tg-1', 'geheim', 'the usual')
    await logIn('geheim')
    const seen = listen()
    const edits: string[] = []
    client.onEditMessage.add((message) => void edits.push(message.text))
    const target = await desk.say('ana', { text: 'Olá', entities: [{ type: 'bold', offset: 0, length: 2 }] })
    await vi.waitFor(() => expect(seen.texts()).toEqual(['Olá']), WAIT)
    await desk.change('ana', target, { kind: 'edit', text: 'Olá!', entities: [] })
    await vi.waitFor(() => expect(edits).toEqual(['Olá!']), WAIT)
    const chat = seen.messages[0]?.chat.id ?? 0
    const sent = await client.sendText(chat, 'R$ 90', { replyTo: Number(target) })
    const dialogs = []
    for await (const dialog of client.iterDialogs()) dialogs.push([dialog.peer.displayName, dialog.lastMessage?.text])
    expect(dialogs).toEqual([['Ana Souza', 'R$ 90']])
    await client.editMessage({ chatId: chat, message: sent.id, text: 'R$ 80' })
    await client.sendReaction({ chatId: chat, message: Number(target), emoji: '👍' })
    await client.deleteMessagesById(chat, [sent.id])
    const kinds = desk.simulator.received('ana').map((row) => row.message.kind)
    expect(kinds).toEqual(['text', 'edit', 'reaction', 'delete'])
  })

  it('moves files both ways', async () => {
    await logIn()
    const seen = listen()
    const picture = drawJpeg(300, 200, 4)
    await desk.say('ana', { kind: 'image', bytes: picture, text: 'see' })
    await desk.say('ana', { kind: 'document', bytes: Buffer.from('%PDF'), details: { file: pdf } })
    await vi.waitFor(() => expect(seen.messages).toHaveLength(2), WAIT)
    const [first, second] = seen.messages.map((message) => message.media)
    if (first?.type !== 'photo' || second?.type !== 'document') return expect.unreachable('a photo and a document')
    expect(Buffer.from(await client.downloadAsBuffer(first))).toEqual(picture)
    expect([second.fileName, Buffer.from(await client.downloadAsBuffer(second)).toString()]).toEqual(['a.pdf', '%PDF'])
    const chat = seen.messages[0]?.chat.id ?? 0
    await client.sendMedia(chat, { type: 'photo', file: picture, fileName: 'p.jpg', fileMime: 'image/jpeg' })
    await client.sendMedia(chat, {
      type: 'document',
      file: Buffer.alloc(70_000, 1),
      fileName: 'b.bin',
      fileMime: 'a/b',
    })
    const rows = desk.simulator.received('ana').map(({ message }) => [message.kind, message.details?.file?.bytes])
    expect(rows).toEqual([
      ['image', picture.length],
      ['document', 70_000],
    ])
  })

  it('takes part in groups of both sorts', async () => {
    await logIn()
    const seen = listen()
    for (const [id, mega] of [
      ['small', false],
      ['large', true],
    ] as const) {
      await desk.simulator.addGroup({ id, subject: id, members: ['ana', 'li', 'tg-1'], mega })
      await desk.say('ana', { text: `to ${id}`, group: id })
      const message = await vi.waitFor(() => {
        const found = seen.messages.find((one) => one.text === `to ${id}`)
        return found ?? expect.unreachable('not yet')
      }, WAIT)
      expect([message.chat.displayName, message.sender.displayName]).toEqual([id, 'Ana Souza'])
      await client.sendText(message.chat.id, `from ${id}`)
      const members = await client.getChatMembers(message.chat.id)
      expect(members.map((member) => member.user.displayName).sort()).toEqual(['Ana Souza', 'Telegram Main', '李伟'])
    }
    const rows = desk.simulator.received('li').map((row) => [row.group, row.message.text])
    expect(rows).toEqual([
      ['small', 'from small'],
      ['large', 'from large'],
    ])
  })

  it('survives a cut and recovers what it missed, in private and in a megagroup', async () => {
    await logIn()
    const seen = listen()
    await desk.simulator.addGroup({ id: 'large', subject: 'large', members: ['ana', 'tg-1'], mega: true })
    await desk.say('ana', { text: 'p1' })
    await desk.say('ana', { text: 'g1', group: 'large' })
    await vi.waitFor(() => expect(seen.texts()).toEqual(['p1', 'g1']), WAIT)
    await desk.fault('cut')
    await desk.say('ana', { text: 'p2' })
    await desk.say('ana', { text: 'g2', group: 'large' })
    await vi.waitFor(() => expect(seen.texts().sort()).toEqual(['g1', 'g2', 'p1', 'p2']), WAIT)
    await desk.simulator.fault({ kind: 'gap', account: 'tg-1', count: 2 })
    await desk.say('ana', { text: 'p3' })
    await desk.say('ana', { text: 'g3', group: 'large' })
    await desk.say('ana', { text: 'p4' })
    await desk.say('ana', { text: 'g4', group: 'large' })
    await vi.waitFor(() => expect(seen.texts().sort()).toEqual(['g1', 'g2', 'g3', 'g4', 'p1', 'p2', 'p3', 'p4']), WAIT)
  })
})

const pdf = {
  name: 'a.pdf',
  mime: 'application/pdf',
  bytes: 4,
  width: null,
  height: null,
  durationS: null,
  waveform: null,
}
