/** The address as a screen's state: written and read back, and hostile ones read as nothing. */
import { expect, test } from 'vitest'
import { dayIn, oneOf, orderIn, parsePlace, writePlace, yesNo } from './url-state.ts'

test('a place comes back as it was written, also with signs of every kind', () => {
  const params = new URLSearchParams({ text: 'Müller & Söhne #1?', team: '华南/1' })
  const written = writePlace({ area: 'conversations', thing: 'abc_1-2', params })
  const read = parsePlace(written)
  expect([read.area, read.thing, [...read.params]]).toEqual(['conversations', 'abc_1-2', [...params]])
  expect(writePlace(parsePlace('#/audit'))).toBe('#/audit')
  expect(parsePlace('').area).toBe('')
})

test('what is not allowed counts as absent', () => {
  const params = new URLSearchParams('sort=constructor&order=down&active=maybe&from=2026-99&until=2026-02-30x&state=on')
  expect(orderIn(params, ['name', 'role'], { by: 'name', descending: false })).toEqual({
    by: 'name',
    descending: false,
  })
  expect([yesNo(params, 'active'), dayIn(params, 'from'), dayIn(params, 'until')]).toEqual([null, null, null])
  expect(oneOf(params, 'state', ['running'])).toBeNull()
})

test('a day begins at the viewer’s midnight, and the end of a range is the next one', () => {
  const params = new URLSearchParams('from=2026-03-01')
  expect(dayIn(params, 'from')).toBe(new Date(2026, 2, 1).getTime())
  expect(dayIn(params, 'from', 1)).toBe(new Date(2026, 2, 2).getTime())
})
