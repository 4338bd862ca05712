import { Api } from 'telegram/index.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { expect, test } from 'vitest'
import { rawBytes } from './raw-bytes.ts'

test('bytes are kept as they are', () => {
  const update = new Api.UpdatesTooLong()
  expect(rawBytes(update).equals(update.getBytes())).toBe(true)
})

test('an object that cannot be written is told with its class and its fields', () => {
  const peer = [true] as unknown as Api.TypePeer
  const update = new Api.UpdateReadHistoryOutbox({ peer, maxId: 7, pts: 8, ptsCount: 1 })
  expect(() => update.getBytes()).toThrow()
  expect(JSON.parse(rawBytes(update).toString())).toEqual({
    standIn: expect.objectContaining({
      className: 'UpdateReadHistoryOutbox',
      peer: [true],
      maxId: 7,
      pts: 8,
    }) as unknown,
  })
})

test('long numbers, bytes, depth and what is no object at all are told as well', () => {
  const deep = {
    className: 'A',
    inner: { className: 'B', id: returnBigInt('123456789012345678'), data: Buffer.from([1, 255]) },
  }
  expect(JSON.parse(rawBytes(deep).toString())).toEqual({
    standIn: { className: 'A', inner: { className: 'B', id: '123456789012345678', data: { hex: '01ff' } } },
  })
  expect(rawBytes(true).toString()).toBe('{"standIn":true}')
  let endless: unknown = 1
  for (let n = 0; n < 5000; n++) endless = [endless]
  expect(rawBytes(endless).length).toBeLessThan(5000)
})
