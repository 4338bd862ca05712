/** The keeper and a gateway that comes and goes: nothing that was decided is forgotten, nothing that was received waits for ever. */
import { afterEach, expect, test } from 'vitest'
import { TestVault } from '../test-vault.ts'
import { TestWorkstation } from '../test-workstation.ts'

let vault: TestVault
afterEach(() => vault.stop())

const reconnected = async (): Promise<void> => {
  while (!vault.log.some((line) => line.includes('gateway_connected'))) await new Promise((r) => setTimeout(r, 5))
}

test('the keeper works while the gateway is away and brings its decisions when it comes back', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  await vault.gateway!.stop()
  vault.log.length = 0
  const revoked = await vault.keeper.workstations.revoke('local', one.enrolment.workstation, 'while away')
  expect(revoked.connected).toBe(false)
  const { id } = await vault.keeper.people.add('local', { name: 'New', role: 'salesperson', team: null })
  await expect(TestWorkstation.enrol(vault, id)).rejects.toMatchObject({ code: 'gateway_away' })
  await vault.startGateway()
  await reconnected()
  one.record(account, '1@lid', { id: 'A1', text: 'the last words' })
  await one.upload()
  const { messages } = await vault.keeper.messages.export('local', account, 'a test', null)
  expect(messages.map((row) => row.marks)).toEqual([['unproven']])
  expect(await vault.keeper.store.all('SELECT id FROM outbox')).toEqual([])
})

test('what arrives while the keeper is away is applied when it starts, and sealed copies are dropped', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  one.record(account, '1@lid', { id: 'A1', text: 'meanwhile' })
  const batch = one.batch()
  await vault.stopKeeper()
  const position = await one.send(batch)
  await vault.startKeeper()
  await vault.applied(position)
  expect(await vault.keeper.messages.count()).toBe(1)
})
