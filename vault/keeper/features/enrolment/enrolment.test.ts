/** Enrolment: one code, one workstation, and nothing for a code that is wrong, used or too old. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeEnrolmentCode } from '../../../../shared/formats/enrolment-code.ts'
import { TestVault } from '../../test-vault.ts'
import { TestWorkstation } from '../../test-workstation.ts'

let vault: TestVault
let employee: string
beforeAll(async () => {
  vault = await TestVault.start()
  employee = (await vault.keeper.people.add('local', { name: 'Ana', role: 'salesperson', team: null })).id
})
afterAll(() => vault.stop())

const makeCode = async (): Promise<string> => (await vault.keeper.enrolments.makeCode('local', employee)).code
const refusal = (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => 'accepted',
    (error: { code?: string }) => error.code,
  )

test('over the real gateway: the answer opens, the gateway knows the device, two shares come', async () => {
  const one = new TestWorkstation(vault)
  const code = await makeCode()
  expect(decodeEnrolmentCode(code)).toMatchObject({ gateway: vault.gateway!.url, root: vault.made.rootFingerprint })
  const { status, body } = await vault.post(vault.gateway!.url, '/v1/enrol', one.request(code))
  expect(status).toBe(200)
  expect(Object.keys(body as object).toSorted()).toEqual(['deviceSecret', 'enrolment', 'policy', 'shares'])
  const two = await TestWorkstation.enrol(vault, employee)
  expect(two.shares.map((share) => share.length)).toEqual([32, 32])
  expect(two.shares[0]!.equals(two.shares[1]!)).toBe(false)
  two.write('ledger.opened/1', { software: 'test', platform: 'test' })
  await two.upload()
  expect((await vault.keeper.workstations.list()).map((row) => row.machine)).toEqual(['seat-7', 'seat-7'])
})

test('a code counts once', async () => {
  const code = await makeCode()
  await new TestWorkstation(vault).use(code)
  expect(await refusal(new TestWorkstation(vault).use(code))).toBe('enrolment_used')
  const together = await makeCode()
  const both = [new TestWorkstation(vault).use(together), new TestWorkstation(vault).use(together)]
  expect(new Set(await Promise.all(both.map(refusal)))).toEqual(new Set(['accepted', 'enrolment_used']))
})

test('a code ends after 24 hours and an unknown one is refused', async () => {
  const code = await makeCode()
  vault.clock.time += 24 * 3_600_000
  expect(await refusal(new TestWorkstation(vault).use(code))).toBe('enrolment_expired')
  const request = { ...new TestWorkstation(vault).request(await makeCode()), secret: 'A'.repeat(22) }
  expect(await refusal(vault.keeper.enrolments.enrol(request))).toBe('enrolment_unknown')
})

test('a changed request is refused and leaves the code unused', async () => {
  const one = new TestWorkstation(vault)
  const code = await makeCode()
  const request = one.request(code)
  const other = new TestWorkstation(vault).request(await makeCode())
  expect(await refusal(vault.keeper.enrolments.enrol({ ...request, openingKey: other.openingKey }))).toBe(
    'signature_refused',
  )
  expect(await refusal(vault.keeper.enrolments.enrol(one.request(code, true)))).toBe('details_refused')
  await one.use(code)
})
