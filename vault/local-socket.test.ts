import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { CodedError, type Contract } from '../shared/contracts/contract.ts'
import { attachPeer, connectLocal, listenLocal, type LocalServer, type Peer } from './local-socket.ts'

const upper = {
  shout: { input: z.strictObject({ text: z.string() }), output: z.strictObject({ text: z.string() }) },
  refuse: { input: z.strictObject({}), output: z.strictObject({}) },
  break: { input: z.strictObject({}), output: z.strictObject({}) },
} as const satisfies Contract
const lower = {
  name: { input: z.strictObject({}), output: z.strictObject({ name: z.string() }) },
} as const satisfies Contract

let folder: string
let path: string
let server: LocalServer
let served: Peer<typeof lower>[]
let reported: unknown[]

const serve = (socket: Socket): void => {
  served.push(
    attachPeer(socket, {
      contract: upper,
      handlers: {
        shout: ({ text }) => ({ text: text.toUpperCase() }),
        refuse: () => {
          throw new CodedError('not_today', 'no')
        },
        break: () => {
          throw new TypeError('a bug')
        },
      },
      context: undefined,
      asks: lower,
      report: (error) => reported.push(error),
    }),
  )
}
const dial = (): Promise<Peer<typeof upper>> =>
  connectLocal(path, {
    contract: lower,
    handlers: { name: () => ({ name: 'client' }) },
    context: undefined,
    asks: upper,
    report: (error) => reported.push(error),
  })

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-socket-'))
  path = join(folder, 'one.sock')
  served = []
  reported = []
  server = await listenLocal(path, serve)
})
afterEach(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

test('both sides ask and are answered, also with text that is larger than one read', async () => {
  const client = await dial()
  const long = 'grüße 你好 '.repeat(200_000)
  expect(await client.call('shout', { text: long })).toEqual({ text: long.toUpperCase() })
  expect(await served[0]!.call('name', {})).toEqual({ name: 'client' })
  expect(statSync(path).mode & 0o777).toBe(0o660)
})

test('a coded refusal keeps its code, a bug becomes internal and is reported once', async () => {
  const client = await dial()
  await expect(client.call('refuse', {})).rejects.toMatchObject({ code: 'not_today' })
  await expect(client.call('break', {})).rejects.toMatchObject({ code: 'internal', message: 'something went wrong' })
  expect(reported).toHaveLength(1)
})

test('when one side goes, the pending calls of the other are rejected with peer_gone', async () => {
  const client = await dial()
  await client.call('shout', { text: 'x' })
  const pending = served[0]!.call('name', {})
  client.close()
  await expect(pending).rejects.toMatchObject({ code: 'peer_gone' })
  await served[0]!.closed
})

test.each([
  ['a length beyond the limit', Buffer.from([0xff, 0xff, 0xff, 0xff])],
  ['a length of nothing', Buffer.alloc(4)],
  ['bytes that are not JSON', Buffer.concat([Buffer.from([0, 0, 0, 3]), Buffer.from('{]}')])],
  ['JSON that is no message', Buffer.concat([Buffer.from([0, 0, 0, 4]), Buffer.from('null')])],
])('%s ends that connection and no other', async (_name, bytes) => {
  const good = await dial()
  const raw = connect(path)
  raw.on('error', () => undefined)
  const closed = once(raw, 'close')
  raw.write(bytes)
  raw.resume()
  await closed
  expect(await good.call('shout', { text: 'alive' })).toEqual({ text: 'ALIVE' })
})

test('a second server on a live socket is refused, a file left by a dead one is replaced', async () => {
  await expect(listenLocal(path, serve)).rejects.toMatchObject({ code: 'already_running' })
  const stale = join(folder, 'stale.sock')
  writeFileSync(stale, '')
  const other = await listenLocal(stale, serve)
  await other.close()
  await expect(
    connectLocal(stale, {
      contract: {},
      handlers: {},
      context: undefined,
      asks: {},
      report: () => undefined,
    }),
  ).rejects.toMatchObject({ code: 'peer_away' })
})

test('more open requests than are served at once are answered busy, and the connection stays', async () => {
  const peer = await dial()
  const shouts = await Promise.allSettled(Array.from({ length: 2_000 }, () => peer.call('shout', { text: 'a' })))
  const codes = new Set(shouts.map((one) => (one.status === 'rejected' ? (one.reason as CodedError).code : 'ok')))
  expect([...codes].filter((code) => code !== 'ok' && code !== 'busy')).toEqual([])
  expect(await peer.call('shout', { text: 'b' })).toEqual({ text: 'B' })
})
