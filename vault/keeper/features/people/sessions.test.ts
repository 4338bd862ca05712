/** Signing in: guesses that come side by side are no cheaper than guesses in a row. */
import { afterEach, expect, test } from 'vitest'
import { TestVault } from '../../test-vault.ts'

let vault: TestVault
afterEach(() => vault.stop())

test('of many guesses at once only as many are answered as before a block', async () => {
  vault = await TestVault.start()
  const { name, password } = vault.made.login
  const guesses = await Promise.allSettled(
    Array.from({ length: 8 }, (_, n) => vault.keeper.sessions.signIn({ name, password, totp: `00000${n}` })),
  )
  const codes = guesses.map((one) => (one.status === 'rejected' ? (one.reason as { code?: string }).code : 'signed in'))
  expect(codes.filter((code) => code === 'sign_in_refused')).toHaveLength(5)
  expect(codes.filter((code) => code === 'sign_in_blocked')).toHaveLength(3)
})
