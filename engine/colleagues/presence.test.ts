import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { generateRawKeyPair, privateKeyObject } from '../../shared/formats/keys.ts'
import { openSealed, seal } from '../../shared/formats/seal.ts'
import { Cache } from '../cache/database.ts'
import { recordConversation, recordIdentity, type ConversationRow } from '../cache/people.ts'
import { Presences } from './presence.ts'

const keeper = generateRawKeyPair('x25519')
const own = generateRawKeyPair('x25519')
const keyOf = (pair: typeof own) => ({
  publicKey: pair.publicKey,
  privateKey: privateKeyObject('x25519', pair.privateKey),
})
let folder: string
let cache: Cache
let conversation: ConversationRow
let presences: Presences
let changed: number[]
let told: { sealed: string }[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-presence-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  conversation = cache.transaction((writer) => {
    const seen = { address: '5511@lid', aliases: ['5511999@s.whatsapp.net'], name: 'Ana' }
    return recordConversation(writer, 'a', recordIdentity(writer, 'a', seen).id)
  })
  changed = []
  told = []
  presences = new Presences({
    cache,
    call: (_method, input) => {
      told.push(input as { sealed: string })
      return Promise.resolve({}) as Promise<never>
    },
    sealKey: () => keeper.publicKey,
    openingKey: () => keyOf(own),
    changed: (id) => changed.push(id),
  })
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  presences.stop()
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

function arrive(doing: string, part: object = {}, key = own.publicKey): void {
  const colleague = {
    account: 'a',
    peer: '5511@lid',
    doing,
    workstation: 'w1',
    employee: 'mara',
    name: 'Mara',
    ...part,
  }
  presences.told(seal(Buffer.from(JSON.stringify(colleague)), key, 'colleague').toString('base64url'))
}
const names = (): string[] => presences.of(conversation.id).map(({ name, doing }) => `${name} ${doing}`)

test('a colleague is there until he goes, or is not told of for 30 s; by any address of the customer', () => {
  arrive('viewing', { peer: '5511999@s.whatsapp.net' })
  arrive('typing')
  expect([names(), presences.list(), changed.length]).toEqual([['Mara typing'], [conversation.id], 2])
  vi.advanceTimersByTime(29_000)
  arrive('typing')
  vi.advanceTimersByTime(29_000)
  expect([names(), changed.length]).toEqual([['Mara typing'], 2])
  vi.advanceTimersByTime(1000)
  expect([names(), presences.list(), changed.length]).toEqual([[], [], 3])
  arrive('viewing')
  arrive('none')
  expect(names()).toEqual([])
})

test('at two workstations a person is one, and typing is more than viewing; others stand beside', () => {
  arrive('typing')
  arrive('viewing', { workstation: 'w2' })
  arrive('viewing', { workstation: 'w3', employee: 'jon', name: 'Jon' })
  expect(names()).toEqual(['Mara typing', 'Jon viewing'])
})

test('what is not sealed to this workstation, or has another shape, is refused; an unknown customer is passed over', () => {
  expect(() => arrive('typing', {}, keeper.publicKey)).toThrow('sealed to another key')
  expect(() => arrive('singing')).toThrow()
  arrive('typing', { peer: '99@lid' })
  expect([changed, presences.list()]).toEqual([[], []])
})

test('what is done here is told so that only the keeper can read it', async () => {
  await presences.tell(conversation, 'typing')
  const opened = openSealed(Buffer.from(told[0]!.sealed, 'base64url'), keyOf(keeper), 'presence')
  expect(JSON.parse(opened.toString('utf8'))).toEqual({ account: 'a', peer: '5511@lid', doing: 'typing' })
})
