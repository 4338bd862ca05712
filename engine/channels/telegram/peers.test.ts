import { Api } from 'telegram/index.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readChats, readUsers } from './peers.ts'
import { ReadingBench } from './test-context.ts'

let bench: ReadingBench
beforeEach(() => {
  bench = new ReadingBench()
})
afterEach(() => bench.close())

test('people and groups whose ids are none are not kept: the next sight of them could not be compared any more', () => {
  const user = (id: string) => new Api.User({ id: returnBigInt(id), firstName: 'Ana' })
  const chat = (id: string) => new Api.ChatForbidden({ id: returnBigInt(id), title: 'Resellers' })
  for (let sight = 0; sight < 2; sight++) {
    const peers = readUsers([user('-1'), user('5'), new Api.UserEmpty({ id: returnBigInt(6) })])
    const groups = readChats([chat('-9223372036854775808'), chat('8')])
    bench.writer.transaction(() => bench.writer.putSeen({ peers, groups }))
  }
  expect(bench.peers.find('5')).toMatchObject({ name: 'Ana' })
  expect(bench.peers.findGroup('chat:8')).toMatchObject({ title: 'Resellers' })
  expect(bench.peers.find('-1')).toBeNull()
})
