import { expect, test } from 'vitest'
import { createUploads } from './upload-store.ts'

test('a file on its way up is told by its bytes, and forgotten with its end or a lock', () => {
  const uploads = createUploads()
  const { apply, clear } = uploads.getState()
  apply('m1', { sent: 1, bytes: 4 })
  apply('m2', { sent: 2, bytes: 2 })
  apply('m1', { sent: 3, bytes: 4 })
  apply('m2', null)
  expect([...uploads.getState().under]).toEqual([['m1', { sent: 3, bytes: 4 }]])
  clear()
  expect(uploads.getState().under.size).toBe(0)
})
