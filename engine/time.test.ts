import { expect, test } from 'vitest'
import { TrustedClock } from './time.ts'

test('a system clock that is pushed back again and again neither stops trusted time nor stays unseen', () => {
  let system = 1_700_000_000_000
  let elapsed = 0
  const clock = new TrustedClock({ now: () => system }, null, () => elapsed)
  const start = clock.now()
  for (let i = 0; i < 10; i++) {
    elapsed += 4 * 60_000
    expect(clock.now()).toBe(start + elapsed)
  }
  expect(clock.setBack).toBe(true)
  system += 3_600_000
  expect(clock.setBack).toBe(false)
})

test('the vault’s answer counts on the scale of trusted time: a system clock that runs ahead uses up no offline hours', () => {
  const system = 1_700_000_000_000
  const clock = new TrustedClock({ now: () => system }, null, () => 0)
  clock.observe(system - 86_400_000, 'vault')
  expect(clock.now() - clock.vaultAt).toBe(0)
  clock.observe(system + 3_600_000, 'vault')
  expect([clock.now(), clock.vaultAt]).toEqual([system + 3_600_000, system + 3_600_000])
})
