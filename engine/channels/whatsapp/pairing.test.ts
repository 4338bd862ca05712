import { expect, test } from 'vitest'
import { Pairing } from './pairing.ts'

test('the first QR code of each set holds a minute, the others twenty seconds', () => {
  const pairing = new Pairing({ method: 'qr', phone: null })
  pairing.connecting()
  expect([pairing.nextQrMs(), pairing.nextQrMs(), pairing.nextQrMs()]).toEqual([60_000, 20_000, 20_000])
  pairing.connecting()
  expect(pairing.nextQrMs()).toBe(60_000)
})

test('a code needs a number as digits, and WhatsApp knows no login by phone', () => {
  expect(new Pairing({ method: 'code', phone: '4915112345678' }).request.phone).toBe('4915112345678')
  for (const phone of ['+49 151', '12345', null])
    expect(() => new Pairing({ method: 'code', phone })).toThrow(expect.objectContaining({ code: 'bad_phone' }))
  expect(() => new Pairing({ method: 'phone', phone: null })).toThrow(expect.objectContaining({ code: 'bad_method' }))
})
