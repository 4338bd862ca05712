import { afterEach, expect, test, vi } from 'vitest'
import { dateFormat, numberFormat } from './formats.ts'

afterEach(() => vi.restoreAllMocks())

test('a kind of formatter is made once for each language', () => {
  const options = { hour: '2-digit' } as const
  const german = dateFormat('hour', 'de', options)
  expect(dateFormat('hour', 'de', options)).toBe(german)
  expect(dateFormat('hour', 'en', options)).not.toBe(german)
  expect(numberFormat('hour', 'de', {})).not.toBe(german)
})

test('in another time zone formatters are made anew', () => {
  const zone = vi.spyOn(Date.prototype, 'getTimezoneOffset').mockReturnValue(-60)
  const before = dateFormat('hour', 'de', { hour: '2-digit' })
  zone.mockReturnValue(-480)
  expect(dateFormat('hour', 'de', { hour: '2-digit' })).not.toBe(before)
})
