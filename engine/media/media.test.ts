import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { blobLabel } from '../../shared/contracts/device.ts'
import { frame } from '../../shared/formats/bytes.ts'
import { decodeHeader, decodePayload, type DecodedPayload } from '../../shared/formats/event.ts'
import { generateRawKeyPair, privateKeyObject, publicKeyObject, verifyFor } from '../../shared/formats/keys.ts'
import { scriptedChannel } from '../accounts/scripted-channel.ts'
import { applyWanted, findAttachment, recordAttachment } from '../cache/attachments.ts'
import { Cache } from '../cache/database.ts'
import { recordMessage } from '../cache/messages.ts'
import { recordConversation, recordIdentity } from '../cache/people.ts'
import { ChannelError, type ProviderChannel } from '../channels/channel.ts'
import { Ledger } from '../ledger/ledger.ts'
import { Fetcher } from './fetcher.ts'
import { MediaStore } from './store.ts'

const signing = generateRawKeyPair('ed25519')
const content = randomBytes(300_000)
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
let folder: string
let cache: Cache
let ledger: Ledger
let store: MediaStore
let now: number
let troubles: (string | null)[]
let idle: () => void

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-media-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  ledger = new Ledger(cache, 'ledger')
  store = new MediaStore(join(folder, 'media'))
  now = 1_700_000_000_000
  troubles = []
  idle = () => {}
  cache.transaction((writer) => writer.run("INSERT INTO accounts (id, channel, name) VALUES ('a', 'whatsapp', 'W')"))
})
afterEach(() => {
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

function fetcher(channel: ProviderChannel, vault?: (offset: number) => AsyncIterable<Uint8Array>): Fetcher {
  return new Fetcher({
    cache,
    store,
    ledger: 'ledger',
    signingKey: privateKeyObject('ed25519', signing.privateKey),
    now: () => now,
    accounts: () => ['a'],
    channel: () => channel,
    vault: vault ? (_row, offset) => vault(offset) : null,
    isVaultThere: () => true,
    context: (writer, account, touched) => ({
      account,
      epoch: '1.1',
      now,
      touched,
      append: (draft) => void ledger.append(writer, draft),
    }),
    committed: () => idle(),
    stored: () => {},
    trouble: (code) => troubles.push(code),
    stallMs: 5000,
  })
}

function offer(claimed: { bytes?: number | null; sha256?: string | null; source?: 'provider' | 'vault' } = {}): number {
  return cache.transaction((writer) => {
    const identity = recordIdentity(writer, 'a', { address: '1@lid', aliases: [], name: 'Ana' })
    const conversation = recordConversation(writer, 'a', identity.id)
    const key = recordMessage(writer, {
      conversation: conversation.id,
      at: now,
      opaque: 'opaque',
      mine: 0,
      path: 'live',
      kind: 'image',
      providerId: `M${now++}`,
      clientId: null,
      state: 'received',
      replyTo: null,
      author: null,
      entities: null,
      details: null,
      target: null,
      text: '',
      account: 'a',
      peer: identity.id,
      unread: true,
    })
    recordAttachment(writer, {
      ...key,
      account: 'a',
      state: 'waiting',
      source: claimed.source ?? 'provider',
      reference: new Uint8Array([1]),
      claimedBytes: claimed.bytes === undefined ? content.length : claimed.bytes,
      claimedSha256: claimed.sha256 === undefined ? hash(content) : claimed.sha256,
      mime: 'image/jpeg',
    })
    return key.n
  })
}

async function* pieces(from: number, to = content.length, size = 50_001): AsyncIterable<Uint8Array> {
  for (let at = from; at < to; at += size) yield content.subarray(at, Math.min(at + size, to))
}

const stateOf = (n: number): string => findAttachment(cache, n)!.state
async function until(n: number, ...states: string[]): Promise<void> {
  while (!states.includes(stateOf(n))) await new Promise<void>((resolve) => (idle = resolve))
  idle = () => {}
}
const told = (): DecodedPayload[] =>
  ledger.listAfter(0, 100, 1e7).map((row) => decodePayload(decodeHeader(row.header).kind, row.payload))

async function whole(n: number): Promise<Buffer> {
  const { blob, key } = findAttachment(cache, n)!
  return store.read({ blob: blob!, key: key! }, 0, 1_000_000)
}

test('a file comes whole, is nothing but noise on disk, and has a ticket that the vault believes', async () => {
  const n = offer()
  const channel = scriptedChannel({ download: ({ offset }) => pieces(offset) })
  const fetching = fetcher(channel)
  fetching.start()
  await until(n, 'held')
  await fetching.stop()
  expect(await whole(n)).toEqual(content)
  const { blob, key } = findAttachment(cache, n)!
  expect(await store.read({ blob: blob!, key: key! }, 65_530, 20)).toEqual(content.subarray(65_530, 65_550))
  const onDisk = readFileSync(join(folder, 'media', `${blob}.blob`))
  expect(onDisk.includes(content.subarray(0, 64))).toBe(false)
  const [ticket] = store.listOut(10)
  expect(ticket).toMatchObject({ ledger: 'ledger', blob, bytes: onDisk.length, sha256: hash(onDisk) })
  const signed = frame(['ledger', blob!, String(onDisk.length), hash(onDisk)].map((part) => Buffer.from(part, 'ascii')))
  const publicKey = publicKeyObject('ed25519', signing.publicKey)
  expect(verifyFor(blobLabel, signed, Buffer.from(ticket!.signature, 'base64url'), publicKey)).toBe(true)
  expect(told()).toMatchObject([
    { kind: 'media.stored/1', payload: { blob, sha256: hash(content), bytes: content.length, peer: { name: 'Ana' } } },
  ])
})

test('a cut file goes on at the last whole chunk, also after a restart with a torn end', async () => {
  const n = offer()
  const offsets: number[] = []
  const cut = scriptedChannel({
    async *download({ offset }) {
      offsets.push(offset)
      yield* pieces(offset, 200_000)
      throw new ChannelError('not_connected', 'cut')
    },
  })
  const first = fetcher(cut)
  first.start()
  while (findAttachment(cache, n)!.notBefore === 0) await new Promise<void>((resolve) => (idle = resolve))
  idle = () => {}
  await first.stop()
  const [part] = readdirSync(join(folder, 'media', 'part'))
  const path = join(folder, 'media', 'part', part!)
  truncateSync(path, statSync(path).size - 10)
  now += 60_000
  const second = fetcher(
    scriptedChannel({
      download: ({ offset }) => {
        offsets.push(offset)
        return pieces(offset)
      },
    }),
  )
  second.start()
  await until(n, 'held')
  await second.stop()
  expect(offsets).toEqual([0, 131_072])
  expect(await whole(n)).toEqual(content)
})

test('an expired file is asked for once more; one that nobody has any more is missing', async () => {
  const n = offer()
  const gone = offer()
  const channel = scriptedChannel({
    async *download({ reference, offset }) {
      if (reference[0] === 1) throw new ChannelError('media_expired', 'gone')
      yield* pieces(offset)
    },
    refreshMedia: ({ providerId }) => Promise.resolve(providerId === 'M1700000000000' ? new Uint8Array([2]) : null),
  })
  const fetching = fetcher(channel)
  fetching.start()
  await until(n, 'held')
  await until(gone, 'missing')
  await fetching.stop()
  expect(told().find((one) => one.kind === 'media.missing/1')).toMatchObject({
    payload: { error: { code: 'media_expired' }, retries: false },
  })
})

test('what is not the file that was announced is thrown away, and after some attempts said to be missing', async () => {
  const n = offer({ sha256: hash(Buffer.from('another')) })
  const large = offer({ sha256: null, bytes: 1000 })
  const channel = scriptedChannel({ download: ({ offset }) => pieces(offset) })
  const fetching = fetcher(channel)
  fetching.start()
  for (;;) {
    if (stateOf(n) === 'missing' && stateOf(large) === 'missing') break
    await new Promise<void>((resolve) => (idle = resolve))
    now += 3_600_000
    fetching.changed()
  }
  await fetching.stop()
  expect(readdirSync(join(folder, 'media', 'part'))).toEqual([])
  expect(store.listOut(10)).toEqual([])
  expect(told().filter((one) => one.kind === 'media.missing/1')).toHaveLength(2)
  cache.transaction((writer) => applyWanted(writer, n))
  expect(stateOf(n)).toBe('waiting')
})

test('no more than two at a time for one account', async () => {
  const all = [offer(), offer(), offer()]
  let running = 0
  let most = 0
  const channel = scriptedChannel({
    async *download({ offset }) {
      most = Math.max(most, ++running)
      yield* pieces(offset)
      running--
    },
  })
  const fetching = fetcher(channel)
  fetching.start()
  for (const n of all) await until(n, 'held')
  await fetching.stop()
  expect(most).toBe(2)
})

test('a file that the vault holds comes from there, and is told nobody', async () => {
  const n = offer({ source: 'vault' })
  const fetching = fetcher(scriptedChannel({}), (offset) => pieces(offset))
  fetching.start()
  await until(n, 'held')
  await fetching.stop()
  expect(await whole(n)).toEqual(content)
  expect([told(), store.listOut(10)]).toEqual([[], []])
})

test('a crash between keeping a file and writing it down fetches nothing again; unknown parts are swept away', async () => {
  const n = offer()
  const key = randomBytes(32)
  const part = await store.begin('blob-1', key)
  await part.write(content)
  const file = await part.finish()
  store.keep(file.blob, {
    ledger: 'ledger',
    blob: file.blob,
    bytes: file.sealedBytes,
    sha256: file.sealedSha256,
    signature: 'A'.repeat(86),
  })
  cache.transaction((writer) =>
    writer.run("UPDATE attachments SET state = 'fetching', blob = 'blob-1', key = ? WHERE n = ?", [key, n]),
  )
  await (await store.begin('nobodys', randomBytes(32))).close()
  const fetching = fetcher(scriptedChannel({}))
  fetching.start()
  await until(n, 'held')
  await fetching.stop()
  expect(await whole(n)).toEqual(content)
  expect(readdirSync(join(folder, 'media', 'part'))).toEqual([])
})
