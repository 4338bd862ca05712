/** Presence goes to the colleagues of the account and to nobody else; claims are the last word of each conversation. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Push } from '../../../../shared/contracts/device.ts'
import { seal } from '../../../../shared/formats/seal.ts'
import { TestVault } from '../../test-vault.ts'
import { TestWorkstation } from '../../test-workstation.ts'
import { createPresences } from './service.ts'

const ana = { address: '5511@lid', aliases: [], name: 'Ana Souza' }
let vault: TestVault
let jana: TestWorkstation
let mara: TestWorkstation
let account: string
let pushed: { to: Buffer; push: Push }[]

beforeEach(async () => {
  vault = await TestVault.start()
  ;[jana, account] = await TestWorkstation.ready(vault)
  const { id } = await vault.keeper.people.add('local', { name: 'Mara Okafor', role: 'salesperson', team: null })
  await vault.keeper.accounts.assign('local', account, id)
  mara = await TestWorkstation.enrol(vault, id)
  await TestWorkstation.ready(vault)
  pushed = []
})
afterEach(() => vault.stop())

function sealed(told: object): string {
  const key = vault.keeper.keyring.current('seal').publicKey
  return seal(Buffer.from(JSON.stringify(told)), key, 'presence').toString('base64url')
}

function presences() {
  const { people, accounts, workstations, keyring } = vault.keeper
  return createPresences(
    { keyring },
    {
      people,
      accounts,
      pushEach: (employees, make) =>
        workstations.pushEach(employees, (to) => {
          const push = make(to)
          pushed.push({ to: to.opening_key, push })
          return push
        }),
    },
  )
}

test('what Mara does is sealed to each of her colleagues with her name, and told to nobody else', async () => {
  await presences().tell(await mara.row(), sealed({ account, peer: ana.address, doing: 'typing' }))
  expect(pushed).toHaveLength(1)
  const [{ to, push }] = pushed as [{ to: Buffer; push: Extract<Push, { push: 'colleague' }> }]
  expect(to.equals(jana.opening.publicKey)).toBe(true)
  expect(JSON.parse(jana.open(push.sealed, 'colleague').toString('utf8'))).toEqual({
    account,
    peer: ana.address,
    doing: 'typing',
    workstation: mara.enrolment.workstation,
    employee: mara.enrolment.employee,
    name: 'Mara Okafor',
  })
  expect(() => mara.open(push.sealed, 'colleague')).toThrow('sealed to another key')
})

test('who does not work with the account tells nothing, and what does not open is refused', async () => {
  const [stranger] = await TestWorkstation.ready(vault)
  const told = sealed({ account, peer: ana.address, doing: 'viewing' })
  await expect(presences().tell(await stranger.row(), told)).rejects.toMatchObject({ code: 'not_assigned' })
  for (const wrong of ['', 'AAAA', sealed({ account, doing: 'singing' })])
    await expect(presences().tell(await mara.row(), wrong)).rejects.toMatchObject({ code: 'seal_refused' })
  expect(pushed).toEqual([])
})

test('a customer belongs to who took it last; only that person lets go', async () => {
  const every = { group: null, from: null, until: null, waiting: false, order: 'newest', text: '' } as const
  const all = { ...every, accounts: [account], after: null, limit: 10 }
  const claim = async (by: TestWorkstation, claimed: boolean): Promise<string | null | undefined> => {
    by.write('conversation.claimed/1', { peer: ana, claimed }, { account })
    await by.upload()
    return (await vault.keeper.messages.pageConversations('local', all)).conversations[0]?.claimed_by
  }
  expect(await claim(mara, true)).toBe('Mara Okafor')
  expect(await claim(jana, false)).toBe('Mara Okafor')
  expect(await claim(jana, true)).toBe('Ana Sales')
  const second = await TestWorkstation.enrol(vault, jana.enrolment.employee)
  expect(await claim(second, false)).toBeNull()
})

test('the journal names the employee behind every ledger', async () => {
  jana.record(account, ana.address, { id: 'A1', text: 'hello' })
  await jana.upload()
  const page = await vault.keeper.journals.pull(await mara.row(), { account, after: 0, limit: 10 })
  const { writers } = JSON.parse(mara.open(page.sealed, 'journal').toString('utf8')) as { writers: object }
  expect(writers).toEqual({ [jana.enrolment.ledger]: { employee: jana.enrolment.employee, name: 'Ana Sales' } })
})
