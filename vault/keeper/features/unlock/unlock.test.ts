/** Unlocking: two verifiers, attempts counted for ever, nonces used once, shares sealed. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestVault } from '../../test-vault.ts'
import { TestWorkstation } from '../../test-workstation.ts'

let vault: TestVault
beforeAll(async () => {
  vault = await TestVault.start()
})
afterAll(() => vault.stop())

const minuteMs = 60_000
const wrong = (one: TestWorkstation): Promise<unknown> =>
  one.prove(randomBytes(32)).then(
    () => 'accepted',
    (error: { code: string; message: string }) => (error.code === 'pin_wrong' ? `left ${error.message}` : error.code),
  )

test('the PIN brings the share of its slot and opens the journal on that connection only', async () => {
  const [one] = await TestWorkstation.ready(vault)
  await expect(vault.keeper.unlock.requireProof(one.enrolment.workstation, 'c1')).rejects.toMatchObject({
    code: 'proof_needed',
  })
  const { slot, share } = await one.prove(one.proof)
  expect(slot).toBe(1)
  expect(share.equals(one.shares[0]!)).toBe(true)
  await vault.keeper.unlock.requireProof(one.enrolment.workstation, 'c1')
  await expect(vault.keeper.unlock.requireProof(one.enrolment.workstation, 'c2')).rejects.toThrow()
})

test('five wrong PINs block for a growing time, over restarts, and raise an alert', async () => {
  const [one] = await TestWorkstation.ready(vault)
  const answers = []
  for (let i = 0; i < 5; i++) answers.push(await wrong(one))
  expect(answers).toEqual(['left 4', 'left 3', 'left 2', 'left 1', 'pin_blocked'])
  await vault.stopKeeper()
  await vault.startKeeper()
  await expect(one.prove(one.proof)).rejects.toMatchObject({ code: 'pin_blocked' })
  const alerts = await vault.keeper.alerts.newest(1)
  expect(alerts[0]).toMatchObject({ code: 'pin_blocked', subject: one.enrolment.workstation })
  vault.clock.time += 15 * minuteMs
  for (let i = 0; i < 5; i++) await wrong(one)
  vault.clock.time += 16 * minuteMs
  await expect(one.prove(one.proof)).rejects.toMatchObject({ code: 'pin_blocked' })
  vault.clock.time += 15 * minuteMs
  expect((await one.prove(one.proof)).slot).toBe(1)
  expect(await wrong(one)).toBe('left 4')
})

test('parallel guesses count like guesses in a row', async () => {
  const [one] = await TestWorkstation.ready(vault)
  const answers = await Promise.all(Array.from({ length: 8 }, () => wrong(one)))
  expect(answers.filter((answer) => String(answer).startsWith('left'))).toHaveLength(4)
  expect(answers.filter((answer) => answer === 'pin_blocked')).toHaveLength(4)
})

test('a nonce counts once, for a minute, for its connection; the share key is signed', async () => {
  const [one] = await TestWorkstation.ready(vault)
  const row = await one.row()
  const { unlock } = vault.keeper
  const nonce = unlock.nonce(row.id, 'c1')
  const input = { sealed: 'AAAA', nonce, shareKey: 'A'.repeat(43), signature: 'A'.repeat(86) }
  await expect(unlock.prove(row, 'c2', input)).rejects.toMatchObject({ code: 'nonce_refused' })
  await expect(unlock.prove(row, 'c1', input)).rejects.toMatchObject({ code: 'nonce_refused' })
  const old = unlock.nonce(row.id, 'c1')
  vault.clock.time += minuteMs
  await expect(unlock.prove(row, 'c1', { ...input, nonce: old })).rejects.toMatchObject({ code: 'nonce_refused' })
  await expect(one.prove(one.proof, 'c1', true)).rejects.toMatchObject({ code: 'signature_refused' })
})

test('a service workstation needs no PIN, every other one does', async () => {
  const { id } = await vault.keeper.people.add('local', { name: 'Box', role: 'salesperson', team: null, service: true })
  const service = await TestWorkstation.enrol(vault, id, true)
  expect((await service.prove(null)).share.equals(service.shares[0]!)).toBe(true)
  const [one] = await TestWorkstation.ready(vault)
  await expect(one.prove(null)).rejects.toMatchObject({ code: 'pin_wrong' })
})

test('a revoked workstation gets its share never again', async () => {
  const [one, account] = await TestWorkstation.ready(vault)
  await one.prove(one.proof)
  await vault.keeper.leases.acquire(await one.row(), account)
  const first = await vault.keeper.workstations.revoke('local', one.enrolment.workstation, 'left the company')
  await expect(one.prove(one.proof)).rejects.toMatchObject({ code: 'revoked' })
  await expect(vault.keeper.unlock.requireProof(one.enrolment.workstation, 'c1')).rejects.toThrow()
  expect(await vault.keeper.leases.holderName(account)).toBeNull()
  const again = await vault.keeper.workstations.revoke('local', one.enrolment.workstation, null)
  expect(again.revokedAt).toBe(first.revokedAt)
})
