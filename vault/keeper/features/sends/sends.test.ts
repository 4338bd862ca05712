/** Intents of those who do not run the account: each handed to one epoch, while its author may send, and not behind a colleague's answer. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EventHeader, Payload } from '../../../../shared/contracts/events.ts'
import { TestVault } from '../../test-vault.ts'
import { TestWorkstation } from '../../test-workstation.ts'

const ana = { address: '5511@lid', aliases: [], name: 'Ana Souza' }
let vault: TestVault
/** Runs the account under 1.1. */
let runner: TestWorkstation
/** Of a colleague who works with it as well. */
let other: TestWorkstation
let account: string

beforeEach(async () => {
  vault = await TestVault.start()
  ;[runner, account] = await TestWorkstation.ready(vault)
  const { id } = await vault.keeper.people.add('local', { name: 'Mara Okafor', role: 'salesperson', team: null })
  await vault.keeper.accounts.assign('local', account, id)
  other = await TestWorkstation.enrol(vault, id)
  await vault.keeper.leases.acquire(await runner.row(), account)
})
afterEach(() => vault.stop())

/** Written down and uploaded; its sequence. */
async function intend(
  from: TestWorkstation,
  clientId: string,
  part: Partial<Payload<'message.intended/1'>> = {},
  header: Partial<EventHeader> = {},
): Promise<number> {
  const payload = { peer: ana, clientId, text: clientId, replyTo: null, ...part }
  const event = from.write('message.intended/1', payload, { account, message: `m-${clientId}`, ...header })
  await from.upload()
  return event.header.seq
}

async function report(from: TestWorkstation, clientId: string, state: 'sent' | 'failed' | 'unknown'): Promise<void> {
  const payload = { state, clientId, providerId: state === 'sent' ? `P-${clientId}` : null, time: null, error: null }
  from.write('message.state/1', payload, { account, epoch: '1.1' })
  await from.upload()
}

async function take(seq: number, part: { by?: TestWorkstation; epoch?: string; ledger?: string; after?: number } = {}) {
  const { by = runner, epoch = '1.1', ledger = other.enrolment.ledger, after = 0 } = part
  const { verdict, code } = await vault.keeper.sends.take(await by.row(), { account, epoch, ledger, seq, after })
  return code === null ? verdict : `${verdict} ${code}`
}

/** Somebody else holds the lease from now on. */
async function takeOver(by: TestWorkstation): Promise<void> {
  vault.clock.time += 13 * 3_600_000
  await vault.keeper.leases.acquire(await by.row(), account)
}

const head = async (): Promise<number> => (await other.journal(account)).head

test('the holder of the epoch is given it, again when it asks again, until its end is told', async () => {
  const seq = await intend(other, 'C1')
  expect([await take(seq), await take(seq)]).toEqual(['send', 'send'])
  await report(runner, 'C1', 'sent')
  expect(await take(seq)).toBe('done')
  expect(await take(seq + 1)).toBe('wait')
})

test('nobody else is given anything, and not under another epoch', async () => {
  const seq = await intend(other, 'C1')
  for (const part of [{ by: other }, { epoch: '1.2' }])
    await expect(take(seq, part)).rejects.toMatchObject({ code: 'lease_lost' })
})

test('what an earlier epoch had is told as such for ever, unless that one has given it back', async () => {
  const [first, second] = [await intend(other, 'C1'), await intend(other, 'C2')]
  expect([await take(first), await take(second)]).toEqual(['send', 'send'])
  const back = { account, epoch: '1.1', ledger: other.enrolment.ledger, seq: second }
  await vault.keeper.sends.giveBack(await runner.row(), back)
  await takeOver(other)
  const by = { by: other, epoch: '1.2' }
  expect([await take(first, by), await take(first, by), await take(second, by)]).toEqual(['again', 'again', 'send'])
  await vault.keeper.sends.giveBack(await other.row(), { ...back, epoch: '1.2', seq: first })
  expect(await take(first, by)).toBe('again')
})

test('what was written under a lease, or under the id of another message, is executed by nobody', async () => {
  const stale = await intend(other, 'C1', {}, { epoch: '1.0' })
  await intend(runner, 'C2', {}, { epoch: '1.1' })
  const borrowed = await intend(other, 'C2')
  for (const seq of [stale, borrowed]) expect(await take(seq)).toBe('refused not_executable')
})

test('a workstation that has been taken away sends nothing more; what may have left stays doubtful', async () => {
  const [waiting, taken] = [await intend(other, 'C1'), await intend(other, 'C2')]
  const second = await TestWorkstation.enrol(vault, runner.enrolment.employee)
  expect(await take(taken)).toBe('send')
  await vault.keeper.workstations.revoke('local', other.enrolment.workstation, null)
  expect(await take(waiting)).toBe('refused revoked')
  expect(await take(await intend(other, 'C3'))).toBe('refused not_executable')
  await takeOver(second)
  expect(await take(taken, { by: second, epoch: '1.2' })).toBe('again revoked')
})

test('an employee who does not work with the account has nothing sent', async () => {
  const { id } = await vault.keeper.people.add('local', { name: 'Stranger', role: 'salesperson', team: null })
  const stranger = await TestWorkstation.enrol(vault, id)
  const seq = await intend(stranger, 'C1')
  expect(await take(seq, { ledger: stranger.enrolment.ledger })).toBe('refused not_executable')
})

test('behind a colleague’s answer that its author had not seen it is refused; seen, or `anyway`, it leaves', async () => {
  const seen = await head()
  await intend(runner, 'R1', {}, { epoch: '1.1' })
  const [blind, knowing, anyway] = [
    await intend(other, 'C1', { seen }),
    await intend(other, 'C2', { seen: await head() }),
    await intend(other, 'C3'),
  ]
  expect([await take(blind), await take(knowing), await take(anyway)]).toEqual([
    'refused answered_meanwhile',
    'send',
    'send',
  ])
})

test('of two that wait the earlier one leaves; the own words of its author, and what failed, are no answer', async () => {
  const seen = await head()
  const third = await TestWorkstation.enrol(vault, runner.enrolment.employee)
  const first = await intend(other, 'C1', { seen })
  const again = await intend(other, 'C2', { seen })
  const later = await intend(third, 'D1', { seen })
  expect([await take(first), await take(again)]).toEqual(['send', 'send'])
  expect(await take(later, { ledger: third.enrolment.ledger })).toBe('refused answered_meanwhile')
  await report(runner, 'C1', 'failed')
  await report(runner, 'C2', 'failed')
  expect(await take(later, { ledger: third.enrolment.ledger })).toBe('send')
})

test('it waits until the runner’s own answer, which may be on its way, is known', async () => {
  const seen = await head()
  const seq = await intend(other, 'C1', { seen })
  const own = runner.write(
    'message.intended/1',
    { peer: ana, clientId: 'R1', text: 'mine', replyTo: null },
    {
      account,
      epoch: '1.1',
    },
  )
  expect(await take(seq, { after: own.header.seq })).toBe('wait')
  await runner.upload()
  expect(await take(seq, { after: own.header.seq })).toBe('refused answered_meanwhile')
})

test('a person repeats what failed under the same id; it is handed out once more, and stands once', async () => {
  const seq = await intend(other, 'C1')
  expect(await take(seq)).toBe('send')
  await report(runner, 'C1', 'unknown')
  const again = await intend(other, 'C1')
  expect(await take(again)).toBe('send')
  await report(runner, 'C1', 'sent')
  const late = await intend(other, 'C1')
  expect(await take(late)).toBe('refused not_executable')
  const held = (await vault.keeper.messages.export('local', account, 'a test', null)).messages
  expect(held.map(({ state }) => state)).toEqual(['sent'])
})

test('the customer who was erased meanwhile is written to by nobody', async () => {
  const seq = await intend(other, 'C1')
  const [identity] = await vault.keeper.messages.identities('local', account)
  await vault.keeper.erasure.eraseKey('local', identity!.id)
  expect(await take(seq)).toBe('refused erased')
})
