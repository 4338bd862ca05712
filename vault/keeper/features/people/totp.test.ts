/** One-time codes against the vectors of RFC 6238, and the rules around them. */
import { expect, test } from 'vitest'
import { matchTotp, toBase32, totpCode, totpStepMs } from './totp.ts'

const secret = Buffer.from('12345678901234567890')

test('the vectors of RFC 6238 (SHA-1, the last six digits)', () => {
  const vectors = [
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ] as const
  for (const [seconds, code] of vectors) expect(totpCode(secret, Math.floor(seconds / 30))).toBe(code)
  expect(toBase32(secret)).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
})

test('one step of difference either way, never twice, never another length', () => {
  const at = 1_800_000_000_000
  const step = Math.floor(at / totpStepMs)
  for (const near of [step - 1, step, step + 1]) expect(matchTotp(secret, totpCode(secret, near), at, 0)).toBe(near)
  for (const far of [step - 2, step + 2]) expect(matchTotp(secret, totpCode(secret, far), at, 0)).toBeNull()
  expect(matchTotp(secret, totpCode(secret, step), at, step)).toBeNull()
  for (const bad of ['', '1', `${totpCode(secret, step)}0`, ' '.repeat(6), 'ä'.repeat(6)])
    expect(matchTotp(secret, bad, at, 0)).toBeNull()
})
