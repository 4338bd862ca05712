/** Leases: one holder, an epoch that only grows, and nobody who is not assigned. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { leaseLabel, leaseSchema } from '../../../../shared/contracts/device.ts'
import { openDocument } from '../../../../shared/formats/trust.ts'
import { TestVault } from '../../test-vault.ts'
import { TestWorkstation } from '../../test-workstation.ts'

let vault: TestVault
beforeAll(async () => {
  vault = await TestVault.start()
})
afterAll(() => vault.stop())

async function pair(): Promise<[TestWorkstation, TestWorkstation, string]> {
  const [one, account] = await TestWorkstation.ready(vault)
  return [one, await TestWorkstation.enrol(vault, one.enrolment.employee), account]
}
async function acquire(one: TestWorkstation, account: string) {
  const document = await vault.keeper.leases.acquire(await one.row(), account)
  return openDocument(leaseLabel, document, vault.keeper.keyring.current('policy').publicKey, leaseSchema)
}

test('a held lease is renewed by its holder and refused to everybody else, with the name of the holder', async () => {
  const [one, two, account] = await pair()
  const first = await acquire(one, account)
  expect(first).toMatchObject({ epoch: '1.1', validMs: 12 * 3_600_000, workstation: one.enrolment.workstation })
  expect((await acquire(one, account)).epoch).toBe('1.1')
  await expect(acquire(two, account)).rejects.toMatchObject({ code: 'lease_held' })
})

test('releasing needs the current epoch; then the next holder gets the next one', async () => {
  const [one, two, account] = await pair()
  await acquire(one, account)
  await vault.keeper.leases.release(await one.row(), account, '1.0')
  await vault.keeper.leases.release(await two.row(), account, '1.1')
  await expect(acquire(two, account)).rejects.toMatchObject({ code: 'lease_held' })
  await vault.keeper.leases.release(await one.row(), account, '1.1')
  expect((await acquire(two, account)).epoch).toBe('1.2')
})

test('a lease ends by the keeper’s clock, and a revoked holder’s at once', async () => {
  const [one, two, account] = await pair()
  await acquire(one, account)
  vault.clock.time += 12 * 3_600_000 - 1
  await expect(acquire(two, account)).rejects.toMatchObject({ code: 'lease_held' })
  vault.clock.time += 1
  expect((await acquire(two, account)).epoch).toBe('1.2')
  await vault.keeper.workstations.revoke('local', two.enrolment.workstation, null)
  expect((await acquire(one, account)).epoch).toBe('1.3')
})

test('of many that ask at once one gets it', async () => {
  const [one, two, account] = await pair()
  const answers = await Promise.allSettled([one, two, one, two].map((who) => acquire(who, account)))
  const holders = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.workstation] : []))
  expect(new Set(holders).size).toBe(1)
  expect(holders).toHaveLength(2)
})

test('an account that is not assigned is refused', async () => {
  const [one] = await pair()
  const [, , foreign] = await pair()
  await expect(acquire(one, foreign)).rejects.toMatchObject({ code: 'not_assigned' })
  await expect(acquire(one, 'no-such-account')).rejects.toMatchObject({ code: 'not_assigned' })
})

test('a request that was on its way when the workstation was revoked gets no lease and no share', async () => {
  const [one, two, account] = await pair()
  const before = await one.row()
  await vault.keeper.workstations.revoke('local', before.id, null)
  await expect(vault.keeper.leases.acquire(before, account)).rejects.toMatchObject({ code: 'revoked' })
  expect((await acquire(two, account)).workstation).toBe(two.enrolment.workstation)
})
