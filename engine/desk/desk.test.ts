import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CodedError, type Handlers } from '../../shared/contracts/contract.ts'
import type { EventDraft } from '../../shared/formats/event.ts'
import { decodeHeader, decodePayload } from '../../shared/formats/event.ts'
import type { NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import type { notificationsContract } from '../../shared/contracts/notifications.ts'
import { messageViewSchema, type MessageView, type windowContract } from '../../shared/contracts/window.ts'
import { generateRawKeyPair, privateKeyObject } from '../../shared/formats/keys.ts'
import { scriptedChannel } from '../accounts/scripted-channel.ts'
import { RemoteSends } from '../accounts/remote-sends.ts'
import { Sender } from '../accounts/sender.ts'
import { Cache } from '../cache/database.ts'
import { Presences } from '../colleagues/presence.ts'
import type { ChannelEvent, GroupChange, ProviderChannel, SeenIdentity, SendRequest } from '../channels/channel.ts'
import { withdrawn } from '../channels/channel.ts'
import { Ledger } from '../ledger/ledger.ts'
import { MediaStore, signTicket } from '../media/store.ts'
import { applyChannelEvent } from '../recorder/apply.ts'
import { newTouched, type ApplyContext } from '../recorder/context.ts'
import type { Session } from '../session.ts'
import { createDesk } from './desk.ts'

const now = 1_700_000_000_000
const ana: SeenIdentity = { address: '55110@lid', aliases: [], name: 'Ana Souza' }
const ben: SeenIdentity = { address: '55120@lid', aliases: [], name: '李伟' }
const own = { address: '1@lid', aliases: [], name: null }
const group = { address: '120363@g.us', aliases: [], name: 'Resellers' }
const signingKey = privateKeyObject('ed25519', generateRawKeyPair('ed25519').privateKey)

let folder: string
let cache: Cache
let ledger: Ledger
let sender: Sender
let desk: Pick<
  Handlers<typeof windowContract>,
  Exclude<
    keyof typeof windowContract,
    'status.get' | 'enrol' | 'enrol.read' | 'unlock' | 'lock' | keyof typeof notificationsContract
  >
>
let sent: SendRequest[]
/** How far files have gone up, as it is told. */
/** The provider takes the file slowly, until it is told to stop. */
let held: boolean
let uploads: ({ sent: number; bytes: number } | null)[]
let changed: GroupChange[]
let arrived: () => void

/** The parts of an open session that the desk works with, as a session wires them. */
function openSession(channel: ProviderChannel): Session {
  const media = new MediaStore(join(folder, 'media'))
  const context = (writer: Parameters<Ledger['append']>[0], touched = newTouched()): ApplyContext => ({
    account: 'a',
    epoch: '1.1',
    now,
    touched,
    append: (draft) => void ledger.append(writer, draft),
  })
  sender = new Sender({
    account: 'a',
    cache,
    media,
    now: () => now,
    context,
    mayLeaveUpTo: () => Number.MAX_SAFE_INTEGER,
    refusal: () => null,
    uploading: (_message, progress) => void uploads.push(progress),
    isPolicyKnown: () => true,
    committed: () => {},
    remote: new RemoteSends({
      account: 'a',
      cache,
      call: () => Promise.reject(new CodedError('vault_away', 'no vault here')),
      epoch: () => '1.1',
      fetch: () => {},
    }),
  })
  const append: Session['appendIn'] = (writer, event) =>
    ledger.append(writer, {
      account: 'a',
      epoch: '1.1',
      conversation: null,
      identity: null,
      message: null,
      at: now,
      ...event,
    } as EventDraft).header.seq
  const session: Partial<Session> = {
    cache,
    ledger,
    media,
    appendIn: append,
    record: (event) => cache.transaction((writer) => void append(writer, event)),
    accounts: {
      find: () => ({ runner: { channel, requireChannel: () => channel }, sender }),
      list: () => [{ id: 'a', channel: 'whatsapp', name: 'W', runner: null }],
    } as never,
    keepFile: (file) => media.keep(file.blob, signTicket('ledger', file, signingKey)),
    fileStored: () => {},
    refusal: () => null,
    fetcher: { changed: () => {} } as never,
    presences: new Presences({
      cache,
      call: () => Promise.reject(new CodedError('vault_away', 'no vault here')),
      sealKey: () => new Uint8Array(32),
      openingKey: () => {
        throw new Error('nobody tells anything here')
      },
      changed: () => {},
    }),
  }
  return session as Session
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-desk-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  ledger = new Ledger(cache, 'ledger')
  cache.transaction((writer) =>
    writer.run("INSERT INTO accounts (id, channel, name, address) VALUES ('a', 'whatsapp', 'W', '1@lid')"),
  )
  sent = []
  uploads = []
  held = false
  changed = []
  arrived = () => {}
  let ids = 0
  const channel = scriptedChannel({
    newClientId: () => `C${++ids}`,
    send: async (request) => {
      sent.push(request)
      for (const bytes of [1, 2, request.file?.bytes ?? 0]) request.progress?.(bytes)
      arrived()
      if (held) {
        await new Promise((resolve) => request.signal?.addEventListener('abort', resolve))
        return { outcome: 'refused', fault: withdrawn }
      }
      return Promise.resolve({ outcome: 'accepted', providerId: request.clientId, time: now })
    },
    changeGroup: (change) => {
      changed.push(change)
      return Promise.resolve({ address: null, link: 'https://chat' })
    },
  })
  const session = openSession(channel)
  desk = createDesk({ session: () => session, now: () => now, touched: () => {} })
  sender.begin(channel)
})
afterEach(async () => {
  await sender.end()
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

async function leaves(count: number): Promise<void> {
  while (sent.length < count) await new Promise<void>((resolve) => (arrived = resolve))
  // The outcome is written down after the provider's answer.
  await new Promise((resolve) => setImmediate(resolve))
}

function arrive(part: Partial<NeutralMessage> & { providerId: string }, peer = ana, author: typeof ana | null = null) {
  apply({
    type: 'message',
    peer,
    author,
    direction: 'in',
    path: 'live',
    message: {
      channel: 'whatsapp',
      kind: 'text',
      chat: peer.address,
      author: peer.address,
      time: now,
      text: '',
      entities: [],
      reply: null,
      target: null,
      media: null,
      details: null,
      ...part,
    },
    clientId: null,
    raw: new Uint8Array(),
    media: null,
  })
}

function apply(event: ChannelEvent): void {
  cache.transaction((writer) =>
    applyChannelEvent(
      writer,
      { account: 'a', epoch: '1.1', now, touched: newTouched(), append: (draft) => void ledger.append(writer, draft) },
      event,
    ),
  )
}

const conversation = (): string => cache.get<{ opaque: string }>('SELECT opaque FROM conversations')!.opaque
async function views(): Promise<MessageView[]> {
  const { messages } = await desk['conversation.open']({ conversation: conversation(), limit: 200 })
  return messages.map((view) => messageViewSchema.parse(view))
}
const payloads = (kind: string) =>
  ledger
    .listAfter(0, 1000, 1e8)
    .filter((row) => decodeHeader(row.header).kind === kind)
    .map((row) => decodePayload(kind, row.payload))

const pdf = {
  name: '../..\\a\u202Efdp.exe',
  mime: 'application/pdf',
  bytes: 100_000,
  width: null,
  height: null,
  durationS: null,
  waveform: null,
}

test('a file that is sent leaves in pieces, its intent names it, and the vault hears of it in the same commit', async () => {
  arrive({ providerId: 'M', text: 'price list?' })
  const content = randomBytes(pdf.bytes)
  const { attachment } = await desk['attachment.begin']({ kind: 'document', file: pdf, thumbnail: null })
  await desk['attachment.put']({ attachment, offset: 0, data: content.subarray(0, 70_000) })
  const early = desk.send({ conversation: conversation(), text: '', attachment })
  await expect(early).rejects.toMatchObject({ code: 'attachment_incomplete' })
  await expect(desk['attachment.put']({ attachment, offset: 5, data: content.subarray(0, 5) })).rejects.toMatchObject({
    code: 'attachment_offset',
  })
  await desk['attachment.put']({ attachment, offset: 70_000, data: content.subarray(70_000) })
  const [answered] = await views()
  const { message } = await desk.send({ conversation: conversation(), text: 'here', attachment, reply: answered!.id })
  await leaves(1)
  expect(sent[0]).toMatchObject({ content: { kind: 'document', text: 'here', reply: 'M' }, address: ana.address })
  expect(await sent[0]!.file!.read(65_000, 1000)).toEqual(content.subarray(65_000, 66_000))
  const [stored] = payloads('media.stored/1')
  expect(stored).toMatchObject({ payload: { clientId: 'C1', bytes: pdf.bytes, sha256: sent[0]!.file!.sha256 } })
  expect(payloads('message.intended/1')).toMatchObject([{ payload: { kind: 'document', replyTo: 'M' } }])
  const shown = (await views()).at(-1)!
  expect(shown).toMatchObject({ id: message, state: 'sent', reply: { author: 'Ana Souza', text: 'price list?' } })
  expect(shown.details?.file?.name).toBe('afdp.exe')
  const read = await desk['media.read']({ message, offset: 10, length: 20 })
  expect(Buffer.from(read.data)).toEqual(content.subarray(10, 30))
  const again = desk.send({ conversation: conversation(), text: '', attachment })
  await expect(again).rejects.toMatchObject({ code: 'attachment_unknown' })
})

test('a file that is taken back on its way up is shown as not sent, and may be sent again', async () => {
  arrive({ providerId: 'M', text: 'price list?' })
  const { attachment } = await desk['attachment.begin']({ kind: 'document', file: pdf, thumbnail: null })
  for (let offset = 0; offset < pdf.bytes; offset += 50_000)
    await desk['attachment.put']({ attachment, offset, data: randomBytes(50_000) })
  held = true
  const { message } = await desk.send({ conversation: conversation(), text: '', attachment })
  await leaves(1)
  await desk['message.withdraw']({ message })
  await vi.waitFor(async () => expect((await views()).at(-1)).toMatchObject({ fault: { code: 'withdrawn' } }))
  expect((await views()).at(-1)).toMatchObject({ id: message, state: 'failed' })
  expect(uploads.at(-1)).toBeNull()
  expect(() => desk['message.withdraw']({ message })).toThrow(expect.objectContaining({ code: 'not_withdrawable' }))
  held = false
  await desk.resend({ message })
  await leaves(2)
  expect(sent.map(({ clientId }) => clientId)).toEqual(['C1', 'C1'])
  expect((await views()).at(-1)).toMatchObject({ state: 'sent', fault: null })
})

test('edit, reaction and deletion leave like messages and show at the message that they are about', async () => {
  arrive({ providerId: 'M', text: 'hello' })
  const { message } = await desk.send({ conversation: conversation(), text: 'frist' })
  await leaves(1)
  await desk['message.edit']({ message, text: 'first' })
  await desk['message.react']({ message: (await views())[0]!.id, emoji: '👍' })
  await leaves(3)
  await desk['message.delete']({ message })
  await leaves(4)
  expect(sent.slice(1).map(({ content }) => [content.kind, content.target])).toEqual([
    ['edit', 'C1'],
    ['reaction', 'M'],
    ['delete', 'C1'],
  ])
  const [theirs, ours] = await views()
  expect(theirs!.reactions).toEqual([{ emoji: '👍', names: [], mine: true }])
  expect(ours).toMatchObject({ text: 'first', versions: [{ text: 'frist' }], deleted: { by: 'company' } })
  expect(() => desk['message.edit']({ message: theirs!.id, text: 'x' })).toThrow(
    expect.objectContaining({ code: 'not_editable' }),
  )
  expect(() => desk['message.delete']({ message: theirs!.id })).toThrow(
    expect.objectContaining({ code: 'not_deletable' }),
  )
})

test('an edit by somebody else changes nothing, a deletion by an admin of the group does', async () => {
  const members = [
    { ...ana, role: 'member' as const },
    { ...ben, role: 'admin' as const },
    { ...own, role: 'member' as const },
  ]
  const seen = {
    address: group.address,
    subject: 'Resellers',
    description: null,
    members,
    announce: false,
    inviteLink: null,
  }
  apply({ type: 'group', group: seen })
  arrive({ providerId: 'M', text: 'from Ana' }, group, ana)
  arrive({ providerId: 'E', kind: 'edit', target: 'M', text: 'forged' }, group, ben)
  expect((await views())[0]).toMatchObject({
    text: 'from Ana',
    versions: [],
    deleted: null,
    author: { name: 'Ana Souza' },
  })
  arrive({ providerId: 'D', kind: 'delete', target: 'M' }, group, ben)
  expect((await views())[0]).toMatchObject({ text: 'from Ana', deleted: { by: 'customer' } })
})

test('in a group the names stand for the addresses, members have references, and changes go out by them', async () => {
  const members = [
    { ...ben, role: 'member' as const },
    { ...own, role: 'owner' as const },
  ]
  const seen = {
    address: group.address,
    subject: 'Resellers',
    description: null,
    members,
    announce: false,
    inviteLink: null,
  }
  apply({ type: 'group', group: seen })
  const service = { event: 'removed' as const, members: [ben.address, '999@lid'], text: null, seconds: null }
  arrive({ providerId: 'S', kind: 'service', details: { service } }, group)
  expect((await views())[0]!.details?.service?.members).toEqual(['李伟', 'WhatsApp'])
  const shown = await desk['group.get']({ conversation: conversation() })
  expect(shown.members.map((one) => [one.person.name, one.self])).toEqual([
    ['李伟', false],
    ['WhatsApp', true],
  ])
  expect(JSON.stringify(shown)).not.toContain('@lid')
  const ref = shown.members[0]!.ref
  const change = { conversation: conversation(), subject: null }
  await desk['group.change']({ ...change, change: 'promote', members: [ref] })
  await desk['group.change']({ ...change, change: 'add', members: ['+49 151 1234567'] })
  expect(changed).toEqual([
    { change: 'promote', address: group.address, members: [ben.address] },
    { change: 'add', address: group.address, members: ['491511234567@s.whatsapp.net'] },
  ])
  await desk.send({ conversation: conversation(), text: '@Li hello', mentions: [ref] })
  await leaves(1)
  expect(sent[0]!.content.details).toEqual({ mentions: [ben.address] })
})

test('a name that is mentioned leaves as the digits of an address, and digits are shown as the name', async () => {
  const [li, la] = ['@李伟', '@Ana Souza']
  const others: SeenIdentity[] = [
    { address: '77001@lid', aliases: ['4917700001@s.whatsapp.net'], name: 'Cem' },
    { address: '77002@lid', aliases: [], name: 'Dora' },
  ]
  for (const identity of others) apply({ type: 'identity', identity })
  const asking = { text: '@4917700001 and @77002?', details: { mentions: ['77001@lid'] } }
  arrive({ providerId: 'M', ...asking }, group, ana)
  arrive({ providerId: 'B', text: 'ok' }, group, ben)
  const entities = [
    { type: 'mention_name', offset: 0, length: la.length },
    { type: 'bold', offset: 0, length: 5 },
    { type: 'mention_name', offset: la.length + 5, length: li.length },
  ]
  const [, answered] = await views()
  await desk.send({
    conversation: conversation(),
    text: `${la} ask ${li}!`,
    entities,
    mentions: [ana.address, ben.address],
    reply: answered!.id,
  })
  await leaves(1)
  const said = { text: '@55110 ask @55120!', entities: [], details: { mentions: [ana.address, ben.address] } }
  expect(sent[0]!.content).toMatchObject(said)
  expect(payloads('message.intended/1')).toMatchObject([{ payload: said }])
  const [asked, , own] = await views()
  expect(own).toMatchObject({
    text: said.text,
    entities: [
      { type: 'mention_name', offset: 0, length: 6 },
      { type: 'mention_name', offset: 11, length: 6 },
    ],
    details: { mentions: ['Ana Souza', '李伟'] },
  })
  // Who is not mentioned is not named, and a number of a person is as good as the LID.
  expect(asked).toMatchObject({
    entities: [{ type: 'mention_name', offset: 0, length: 11 }],
    details: { mentions: ['Cem'] },
  })
  expect(JSON.stringify(desk['conversations.list']({ account: null, unread: false, mine: false, limit: 9 }))).toContain(
    `${la} ask ${li}!`,
  )

  await desk['message.edit']({ message: own!.id, text: `now ${la} alone` })
  await leaves(2)
  expect(sent[1]!.content).toMatchObject({ text: 'now @55110 alone', details: { mentions: [ana.address] } })
  expect((await views())[2]).toMatchObject({ text: 'now @55110 alone', details: { mentions: ['Ana Souza'] } })
})

test('votes are counted by the last word of each, and only options of the poll can be chosen', async () => {
  const poll = { question: 'When?', options: ['Mon', 'Tue'], multiple: false }
  arrive({ providerId: 'P', kind: 'poll', details: { poll } }, group, ana)
  arrive({ providerId: 'V1', kind: 'vote', target: 'P', details: { vote: ['Mon'] } }, group, ben)
  arrive({ providerId: 'V2', kind: 'vote', target: 'P', details: { vote: ['Tue'] } }, group, ben)
  const message = (await views())[0]!.id
  await desk['message.vote']({ message, options: ['Tue'] })
  expect((await views())[0]!.votes).toEqual([
    { option: 'Mon', count: 0, mine: false },
    { option: 'Tue', count: 2, mine: true },
  ])
  expect(() => desk['message.vote']({ message, options: ['Wed'] })).toThrow(
    expect.objectContaining({ code: 'not_a_poll' }),
  )
})

test('a forwarded file is a copy of its own under its own key', async () => {
  arrive({ providerId: 'M', text: 'hi' })
  const content = randomBytes(pdf.bytes)
  const { attachment } = await desk['attachment.begin']({ kind: 'document', file: pdf, thumbnail: null })
  await desk['attachment.put']({ attachment, offset: 0, data: content })
  const { message } = await desk.send({ conversation: conversation(), text: 'list', attachment })
  await leaves(1)
  await desk['message.forward']({ message, conversation: conversation() })
  await leaves(2)
  expect(sent[1]!.content).toMatchObject({ kind: 'document', text: 'list', details: { forwarded: true } })
  // The provider forwards what it has itself, and gets the copy where it does not.
  expect(sent[1]!.origin).toEqual({ address: ana.address, providerId: sent[0]!.clientId })
  expect(await sent[1]!.file!.read(0, pdf.bytes)).toEqual(content)
  // The first piece, the whole, and its end; what comes shortly after another is not told.
  const { bytes } = pdf
  const told = [{ sent: 1, bytes }, { sent: bytes, bytes }, null]
  await vi.waitFor(() => expect(uploads).toEqual([...told, ...told]))
  const stored = payloads('media.stored/1') as { payload: { blob: string; key: string; sha256: string } }[]
  expect(new Set(stored.map((one) => one.payload.blob)).size).toBe(2)
  expect(new Set(stored.map((one) => one.payload.sha256)).size).toBe(1)
})
