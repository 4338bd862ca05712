import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { guardListeners, orderFrames } from './socket-guard.ts'

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
