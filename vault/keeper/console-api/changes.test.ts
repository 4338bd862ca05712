/** What the console changes: employees and their logins, assignments, the policy; and the audit log that tells of it and leaves as a file. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { policyLabel, policySchema, type Policy } from '../../../shared/domain/policy.ts'
import { openDocument } from '../../../shared/formats/trust.ts'
import { verifyAuditExport } from '../../verify/audit-export.ts'
import { TestConsole } from '../test-console.ts'
import { TestVault } from '../test-vault.ts'
import { TestWorkstation } from '../test-workstation.ts'

let vault: TestVault
let admin: TestConsole
beforeAll(async () => {
  vault = await TestVault.start()
  admin = await TestConsole.signIn(vault, vault.made.login)
})
afterAll(() => vault.stop())

const everything = { actor: null, action: null, subject: null, from: null, until: null, before: null }

test('a new manager signs in with the login that was shown once, and a renewed one ends the old', async () => {
  const { id, login } = await admin.call('employees.add', { name: 'Max', role: 'manager', team: 'north' })
  const max = await TestConsole.signIn(vault, login!)
  expect((await max.call('session.get', {})).session?.employee).toMatchObject({ id, role: 'manager', team: 'north' })
  const renewed = await admin.call('employees.renewLogin', { employee: id })
  expect((await max.call('session.get', {})).session).toBeNull()
  await expect(TestConsole.signIn(vault, login!)).rejects.toThrow('sign_in_refused')
  await TestConsole.signIn(vault, renewed.login)
  await expect(max.call('employees.renewLogin', { employee: id })).rejects.toMatchObject({ code: 'signed_out' })
})

test('a change of role gives or takes the login, and nobody takes away his own rights or the last administrator', async () => {
  const { id } = await admin.call('employees.add', { name: 'Rosa', role: 'salesperson', team: null })
  const { login } = await admin.call('employees.change', { employee: id, role: 'compliance', team: 'south' })
  const rosa = await TestConsole.signIn(vault, login!)
  expect((await rosa.call('audit.list', everything)).entries.length).toBeGreaterThan(0)
  await expect(
    rosa.call('employees.change', { employee: id, role: 'administrator', team: null }),
  ).rejects.toMatchObject({
    code: 'not_allowed',
  })
  expect(await admin.call('employees.change', { employee: id, role: 'compliance', team: 'west' })).toEqual({
    login: null,
  })
  expect((await rosa.call('session.get', {})).session?.employee.team).toBe('west')
  await admin.call('employees.change', { employee: id, role: 'salesperson', team: 'west' })
  await expect(TestConsole.signIn(vault, login!)).rejects.toThrow('sign_in_refused')
  const { employee: self } = (await admin.call('session.get', {})).session!
  await expect(admin.call('employees.change', { employee: self.id, role: 'it', team: null })).rejects.toMatchObject({
    code: 'own_role',
  })
  const second = await TestConsole.as(vault, 'administrator')
  await second.call('employees.deactivate', { employee: self.id, reason: 'left the company' })
  await expect(admin.call('overview.get', {})).rejects.toMatchObject({ code: 'signed_out' })
  await expect(
    vault.keeper.people.change('local', (await second.call('session.get', {})).session!.employee.id, {
      role: 'it',
      team: null,
    }),
  ).rejects.toMatchObject({ code: 'last_administrator' })
  await second.call('employees.reactivate', { employee: self.id })
  admin = await TestConsole.signIn(vault, vault.made.login)
})

test('an employee who is taken off an account and assigned again at the same moment has it', async () => {
  const { id: employee } = await admin.call('employees.add', { name: 'Ina', role: 'salesperson', team: 'north' })
  const { id: account } = await admin.call('accounts.add', { channel: 'telegram', name: 'Moment', employee })
  const assigned = () => vault.keeper.accounts.assignedTo(account)
  await admin.call('accounts.unassign', { account, employee })
  expect(await assigned()).toEqual([])
  await admin.call('accounts.assign', { account, employee })
  expect(await assigned()).toEqual([employee])
  vault.clock.time += 1000
  expect(await assigned()).toEqual([employee])
})

test('whoever is deactivated loses workstations and accounts at once, and the account goes on with the second employee', async () => {
  const { id: first } = await admin.call('employees.add', { name: 'Uwe', role: 'salesperson', team: 'north' })
  const { id: second } = await admin.call('employees.add', { name: 'Vera', role: 'salesperson', team: 'north' })
  const { id: account } = await admin.call('accounts.add', { channel: 'whatsapp', name: 'Shared', employee: first })
  const [seat, other] = [await TestWorkstation.enrol(vault, first), await TestWorkstation.enrol(vault, second)]
  await expect(vault.keeper.leases.acquire(await other.row(), account)).rejects.toMatchObject({ code: 'not_assigned' })
  await admin.call('accounts.assign', { account, employee: second })
  await vault.keeper.leases.acquire(await seat.row(), account)
  await expect(vault.keeper.leases.acquire(await other.row(), account)).rejects.toMatchObject({ code: 'lease_held' })
  vault.clock.time += 1000
  const done = await admin.call('employees.deactivate', { employee: first, reason: 'left the company' })
  expect(done.workstations).toBe(1)
  await expect(seat.row()).rejects.toMatchObject({ code: 'revoked' })
  await vault.keeper.leases.acquire(await other.row(), account)
  const ask = { text: 'Shared', channel: null, state: null, team: null, after: null, limit: 9 }
  const { accounts } = await admin.call('accounts.list', { ...ask, sort: { by: 'name', descending: false } })
  expect(accounts.map((one) => [one.assigned.map((who) => who.name), one.state, one.workstations])).toEqual([
    [['Vera'], 'away', 1],
  ])
  await expect(admin.call('accounts.assign', { account, employee: first })).rejects.toMatchObject({
    code: 'employee_inactive',
  })
  const south = await TestConsole.as(vault, 'manager', 'south')
  await expect(south.call('accounts.unassign', { account, employee: second })).rejects.toMatchObject({
    code: 'not_allowed',
  })
})

test('a policy is signed with the next number, reaches the gateway, and stands in the history with its reason', async () => {
  const [current] = (await admin.call('policy.list', { before: null })).versions
  const fields = { ...current!.fields!, offline: { hours: 4, days: 3 } }
  const change = { basedOn: current!.number, fields, reason: 'shorter in the field' }
  const { number } = await admin.call('policy.change', change)
  expect(number).toBe(current!.number + 1)
  await expect(admin.call('policy.change', change)).rejects.toMatchObject({ code: 'conflict' })
  const { versions } = await admin.call('policy.list', { before: null })
  expect(versions.map((one) => [one.number, one.by, one.reason])).toEqual([
    [2, 'admin', 'shorter in the field'],
    [1, 'local', null],
  ])
  expect(versions[0]!.fields).toEqual(fields)
  const held: Policy = openDocument(
    policyLabel,
    (await vault.keeper.policies.document())!,
    vault.keeper.keyring.current('policy').publicKey,
    policySchema,
  )
  expect([held.number, held.offline.hours]).toEqual([2, 4])
  expect(await vault.keeper.store.all('SELECT id FROM outbox')).toEqual([])
  const it = await TestConsole.as(vault, 'it')
  expect((await it.call('policy.list', { before: null })).versions[0]).toMatchObject({ number: 2, reason: null })
  await expect(it.call('policy.change', { ...change, basedOn: 2 })).rejects.toMatchObject({ code: 'not_allowed' })
})

test('the audit log is filtered by who, what, about what and when, and its file verifies with the root alone', async () => {
  const all = await admin.call('audit.list', everything)
  const about = all.entries.find((one) => one.action === 'account.assign')!
  expect([about.actorName, about.subjectName, about.reason]).toEqual(['admin', 'Shared', 'Vera'])
  const narrow = await admin.call('audit.list', {
    ...everything,
    actor: about.actor,
    action: 'account.assign',
    subject: about.subject,
    from: about.at,
    until: about.at + 1,
  })
  expect(narrow.entries.map((one) => one.seq)).toEqual([about.seq])
  expect(
    (await admin.call('audit.list', { ...everything, until: about.at })).entries.every((one) => one.at < about.at),
  ).toBe(true)
  const before = await admin.call('audit.list', { ...everything, before: about.seq })
  expect(before.entries[0]?.seq).toBe(about.seq - 1)

  const made = await admin.call('audit.export', {})
  const parts: Buffer[] = []
  for (let offset = 0; offset < made.bytes; offset += parts.at(-1)!.length)
    parts.push(Buffer.from((await admin.call('audit.exportPiece', { export: made.export, offset })).data, 'base64'))
  const lines = Buffer.concat(parts).toString('utf8').trimEnd().split('\n')
  expect(verifyAuditExport(lines, vault.keeper.keyring.fingerprint)).toMatchObject({ sound: true })
  expect(lines.join('')).not.toContain('shorter in the field')
  const other = await TestConsole.as(vault, 'compliance')
  await expect(other.call('audit.exportPiece', { export: made.export, offset: 0 })).rejects.toMatchObject({
    code: 'export_unknown',
  })
})
