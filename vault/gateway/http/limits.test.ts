import { expect, test } from 'vitest'
import { addressKey, Buckets, ByteBudget } from './limits.ts'

test('a bucket gives its burst, refills with time and never above the burst', () => {
  let now = 0
  const buckets = new Buckets({ burst: 3, perSecond: 2 }, () => now)
  expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([true, true, true, false])
  expect(buckets.take('b')).toBe(true)
  now = 500
  expect([buckets.take('a'), buckets.take('a')]).toEqual([true, false])
  now = 1_000_000
  expect([buckets.take('a', 4), buckets.take('a', 3), buckets.take('a')]).toEqual([false, true, false])
})

test('forgetting many strangers does not give a busy one new tokens', () => {
  const buckets = new Buckets({ burst: 1, perSecond: 0 }, () => 0)
  for (let i = 0; i < 19_999; i++) buckets.take(`stranger ${i}`)
  buckets.take('busy')
  for (let i = 0; i < 10_000; i++) buckets.take(`another ${i}`)
  expect(buckets.take('busy')).toBe(false)
  expect(buckets.take('stranger 0')).toBe(true)
})

test('a byte budget is shared per key and given back once', () => {
  const budget = new ByteBudget(10)
  const release = budget.take('a', 6)
  expect(() => budget.take('a', 5)).toThrow('too much')
  budget.take('b', 10)
  release()
  release()
  budget.take('a', 10)
  expect(() => budget.take('a', 1)).toThrow('too much')
})

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['::1', '0:0:0:0'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::9', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s is counted as %s', (address, key) => expect(addressKey(address)).toBe(key))
