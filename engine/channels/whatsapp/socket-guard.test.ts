import { EventEmitter } from 'node:events'
import type { BinaryNode } from '@whiskeysockets/baileys'
import { expect, test } from 'vitest'
import { dropUnknownCollections, guardBus, guardListeners, orderFrames } from './socket-guard.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('listeners that throw or reject are reported and end nothing', async () => {
  const emitter = new EventEmitter()
  const reports: string[] = []
  emitter.on('CB:bad', () => {
    throw new Error('thrown')
  })
  emitter.on('CB:bad', async () => Promise.reject(new Error('rejected')))
  guardListeners(emitter, (event, error) => reports.push(`${event} ${String(error)}`), {})
  emitter.emit('CB:bad', {})
  await settled()
  expect(reports).toEqual(['CB:bad Error: thrown', 'CB:bad Error: rejected'])
})

test('listeners on a bus that gives itself out are guarded as well', async () => {
  const bus = new EventEmitter()
  const reports: string[] = []
  // As the library's: a call without an address rejects in a listener that nobody waits for.
  bus.on('call', async () => Promise.reject(new Error('message key is missing remoteJid')))
  guardBus({ on: (event: string, listener: () => void) => bus.on(event, listener) }, (event, error) =>
    reports.push(`${event} ${String(error)}`),
  )
  bus.emit('call', [{}])
  await settled()
  expect(reports).toEqual(['call Error: message key is missing remoteJid'])
  expect(() => guardBus({ on: () => undefined }, () => undefined)).toThrow('no longer')
})

test('chunks are read one after the other and an unreadable frame does not hide those behind it', async () => {
  const emitter = new EventEmitter()
  const read: string[] = []
  let rest: string[] = []
  emitter.on('message', async (chunk: string | Buffer) => {
    if (typeof chunk === 'string') rest.push(...chunk.split(''))
    await settled()
    for (let frame = rest.shift(); frame !== undefined; frame = rest.shift()) {
      if (frame === '!') throw new Error('unreadable')
      read.push(frame)
    }
  })
  const reports: string[] = []
  let given = 0
  orderFrames(
    emitter,
    (event) => reports.push(event),
    () => (given += 1),
  )
  emitter.emit('message', 'a!b')
  emitter.emit('message', 'c')
  for (let turn = 0; turn < 12; turn++) await settled()
  expect(read).toEqual(['a', 'b', 'c'])
  expect(reports).toEqual(['frame'])
  expect(given).toBe(0)
  rest = []
  emitter.emit('message', '!!!!!')
  for (let turn = 0; turn < 12; turn++) await settled()
  expect(given).toBe(1)
})

test('a notice names only settings that exist: the library would ask for others without end', () => {
  const collection = (attrs: Record<string, string>): BinaryNode => ({ tag: 'collection', attrs })
  // Under the second name the library would write a version into the prototype of every object.
  const odd = [collection({}), collection({ name: '__proto__' }), collection({ name: 'constructor' })]
  const content = [...odd, collection({ name: 'regular', version: '3' })]
  const notice: BinaryNode = { tag: 'notification', attrs: { type: 'server_sync', id: 'N' }, content }
  dropUnknownCollections(notice)
  expect(notice.content).toEqual([collection({ name: 'regular', version: '3' })])
  const other: BinaryNode = { tag: 'notification', attrs: { type: 'w:gp2' }, content: [collection({})] }
  dropUnknownCollections(other)
  expect(other.content).toHaveLength(1)
})
