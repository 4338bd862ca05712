/** The intake against a real gateway: once, whole, in order, and what is not sound kept aside. */
import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { CodedError } from '../../../../shared/contracts/contract.ts'
import { encodeBatch } from '../../../../shared/formats/batch.ts'
import { encodeEvent, genesisLink } from '../../../../shared/formats/event.ts'
import { verifyLedgerExport } from '../../../verify/ledger-export.ts'
import { TestVault } from '../../test-vault.ts'
import { TestWorkstation } from '../../test-workstation.ts'

let vault: TestVault
afterEach(() => vault.stop())

const customer = '491701@s.whatsapp.net'

async function exported(account: string) {
  return (await vault.keeper.messages.export('local', account, 'a test', null)).messages
}
async function texts(account: string): Promise<(string | null)[]> {
  return (await exported(account)).map((one) =>
    one.message === null ? null : (JSON.parse(one.message) as { text: string }).text,
  )
}
async function alertCodes(): Promise<string[]> {
  return (await vault.keeper.alerts.newest(20)).map((one) => one.code)
}

test('messages come in once and in order, whoever reports them again', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  one.record(account, customer, { id: 'A1', text: 'first', name: 'Li' })
  one.record(account, customer, { id: 'A2', text: 'second' })
  await one.upload()
  one.record(account, customer, { id: 'A2', text: 'second' })
  one.record(account, customer, { id: 'A3', text: 'third' })
  await one.upload()
  expect(await texts(account)).toEqual(['first', 'second', 'third'])
  const [conversation] = await vault.conversations(account)
  expect([conversation?.title, conversation?.messages]).toEqual(['Li', 3])
})

test('a crash between the keyring and the database loses nothing and doubles nothing', async () => {
  vault = await TestVault.init()
  await vault.startGateway()
  let crashes = 0
  await vault.startKeeper({
    wrapKeyring: (keyring) => ({
      ...keyring,
      makeIdentityKeys: async (identities) => {
        await keyring.makeIdentityKeys(identities)
        if (identities.length > 0 && crashes++ < 2) throw new CodedError('storage_failed', 'cut off here')
      },
    }),
  })
  const [one, account] = await TestWorkstation.ready(vault)
  one.record(account, customer, { id: 'A1', text: 'survives' })
  const position = await one.send(one.batch())
  while (crashes < 1) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(await vault.keeper.intake.mark()).toBe(0)
  await vault.stopKeeper()
  await vault.startKeeper()
  await vault.applied(position)
  expect(await texts(account)).toEqual(['survives'])
  expect(await vault.keeper.messages.identities('local', account)).toHaveLength(1)
})

test('the same row applied again changes nothing', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  one.record(account, customer, { id: 'A1', text: 'once' })
  const batch = one.batch()
  await vault.applied(await one.send(batch))
  const row = {
    position: 99,
    workstation: one.enrolment.workstation,
    ledger: one.enrolment.ledger,
    from: 1,
    count: 1,
    receivedAt: 1,
    marks: { staleEpoch: false, afterRevocation: false, fork: false },
    batch: batch.toString('base64url'),
  }
  await vault.keeper.intake.apply(row)
  expect(await texts(account)).toEqual(['once'])
  expect((await one.journal(account)).head).toBe(1)
})

test('an intent, its reports and its echo are one message that only moves forward', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  const peer = { address: customer, aliases: [], name: 'Li' }
  const place = { account, conversation: 'conv', message: 'm1' }
  one.write('message.intended/1', { peer, clientId: '3EB0AA', text: 'hello', replyTo: null }, place)
  one.write(
    'message.state/1',
    { state: 'sending', clientId: '3EB0AA', providerId: null, time: null, error: null },
    place,
  )
  await one.upload()
  const sent = {
    state: 'sent',
    clientId: '3EB0AA',
    providerId: '3EB0AA',
    time: 1_800_000_007_000,
    error: null,
  } as const
  one.write('message.state/1', sent, place)
  one.record(account, customer, { id: '3EB0AA', text: 'hello', direction: 'out' }, { path: 'phone' })
  const state = { clientId: null, providerId: '3EB0AA', time: null, error: null }
  one.write('message.state/1', { ...state, state: 'read' }, { account })
  one.write('message.state/1', { ...state, state: 'delivered' }, { account })
  await one.upload()
  const all = await exported(account)
  expect(all.map(({ state: now, path, clientId }) => [now, path, clientId])).toEqual([
    ['read', 'workstation', '3EB0AA'],
  ])
  expect(JSON.parse(all[0]!.message!)).toMatchObject({
    author: '4915100000@s.whatsapp.net',
    providerId: '3EB0AA',
    time: 1_800_000_007_000,
    text: 'hello',
  })
  const journal = await one.journal(account)
  expect(journal.entries.map((entry) => entry.peer)).toEqual(Array.from({ length: 6 }, () => customer))
})

test('what was read up to a message is read, and nothing after it', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault, 'telegram')
  for (const [id, time] of [
    ['7', 1000],
    ['8', 2000],
    ['10', 3000],
  ] as const)
    one.record(account, 'user:5', { id, text: id, time, direction: 'out' }, { conversation: 'c' })
  one.write('conversation.read/1', { direction: 'out', providerId: '8', time: null }, { account, conversation: 'c' })
  await one.upload()
  expect((await exported(account)).map((row) => row.state)).toEqual(['read', 'read', 'sent'])
})

test('aliases lead to one identity, and existing identities are never merged', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  one.record(account, customer, { id: 'A1', text: 'by number' })
  one.record(account, '77@lid', { id: 'A2', text: 'by lid' }, { aliases: [customer] })
  one.record(account, '77@lid', { id: 'A3', text: 'again' })
  one.record(account, '88@lid', { id: 'B1', text: 'somebody else' })
  one.record(account, '88@lid', { id: 'B2', text: 'claims both' }, { aliases: ['77@lid'] })
  await one.upload()
  const identities = await vault.keeper.messages.identities('local', account)
  expect(new Set(identities.map((row) => row.address))).toEqual(new Set(['77@lid', '88@lid']))
  const conversations = await vault.conversations(account)
  expect(conversations.map((row) => row.messages).toSorted((a, b) => a - b)).toEqual([2, 3])
})

test('a batch whose payload is not what its header committed to is kept aside and the rest goes on', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  one.record(account, customer, { id: 'A1', text: 'true' })
  const changed = one.batch((event) => ({ ...event, payloadBytes: Buffer.from(`${'x'.repeat(16)}{}`) }))
  await vault.applied(await one.send(changed))
  one.record(account, customer, { id: 'A2', text: 'after it' })
  await one.upload()
  expect(await texts(account)).toEqual(['after it'])
  expect(await vault.keeper.intake.quarantined()).toBe(1)
  expect(await alertCodes()).toContain('batch_commitment_differs')
})

test('a fork is kept aside, alerted and named by the check of an export', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  one.record(account, customer, { id: 'A1', text: 'the first history' })
  await one.upload()
  const twin = new TestWorkstation(vault)
  Object.assign(twin, { signing: one.signing, enrolment: one.enrolment })
  const link = genesisLink(one.enrolment.ledger)
  const draft = { account, epoch: '0.0', conversation: null, identity: null, message: null, at: 1 }
  const other = encodeEvent({ ...draft, kind: 'conversation.opened/1', payload: {} }, one.enrolment.ledger, 1, link)
  const batch = encodeBatch([other], vault.keeper.keyring.current('seal').publicKey, one.signingKey)
  await vault.applied(await twin.send(batch))
  expect(await texts(account)).toEqual(['the first history'])
  expect(await alertCodes()).toContain('batch_fork')
  const file = await vault.keeper.exports.ledger('local', await one.row())
  const verdict = verifyLedgerExport(readFileSync(file, 'utf8').split('\n'), vault.made.rootFingerprint)
  expect(verdict.firstBad).toEqual({ seq: 1, reason: 'changed' })
})

test('a batch that the keeper believes nobody signed is kept aside whatever the gateway says', async () => {
  vault = await TestVault.start()
  const [one] = await TestWorkstation.ready(vault)
  const rows = [Buffer.from('nonsense'), one.batchOf('conversation.opened/1', {})]
  rows[1]!.writeUInt8(rows[1]!.at(-1)! ^ 1, rows[1]!.length - 1)
  for (const [index, batch] of rows.entries()) {
    await vault.keeper.intake.apply({
      position: 50 + index,
      workstation: one.enrolment.workstation,
      ledger: one.enrolment.ledger,
      from: 1,
      count: 1,
      receivedAt: 1,
      marks: { staleEpoch: false, afterRevocation: false, fork: false },
      batch: batch.toString('base64url'),
    })
  }
  expect(await vault.keeper.intake.quarantined()).toBe(2)
  expect(await alertCodes()).toEqual(['batch_signature_refused', 'batch_malformed'])
})

test('unknown kinds, unknown accounts and raw events are kept and the process lives', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  one.record(account, customer, { id: 'A1', text: 'known' }, { conversation: 'c' })
  one.write('raw.kept/1', { reason: 'poll', raw: 'AAAA' }, { account, conversation: 'c' })
  one.write('poll.voted/9' as 'raw.kept/1', { reason: 'later', raw: '' }, { account, conversation: 'c' })
  one.write('message.recorded/1', { nonsense: true } as never, { account, conversation: 'c' })
  one.record('an-account-of-nobody', customer, { id: 'A2', text: 'not mine' })
  await one.upload()
  const all = await exported(account)
  expect(all.map((row) => [row.message === null, row.marks])).toEqual([
    [false, []],
    [true, ['raw']],
    [true, ['raw']],
  ])
  expect((await one.journal(account)).entries).toHaveLength(4)
  expect((await alertCodes()).toSorted()).toEqual(['account_refused', 'payload_malformed'])
})

test('what arrives after a revocation is unproven until the closing event', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  await vault.keeper.workstations.revoke('local', one.enrolment.workstation, null)
  vault.clock.time += 1000
  one.record(account, customer, { id: 'A1', text: 'before the lock' })
  await one.upload()
  expect((await exported(account)).map((row) => row.marks)).toEqual([['unproven']])
  one.write('ledger.closed/1', { reason: 'revoked' })
  one.record(account, customer, { id: 'A2', text: 'afterwards' })
  await one.upload()
  expect((await exported(account)).map((row) => row.marks)).toEqual([[], ['unproven']])
})

test('messages under a stale epoch are kept and marked late', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  const row = await one.row()
  await vault.keeper.leases.acquire(row, account)
  one.record(account, customer, { id: 'A1', text: 'current' }, { epoch: '1.1' })
  await one.upload()
  await vault.keeper.leases.release(row, account, '1.1')
  await vault.keeper.leases.acquire(row, account)
  one.record(account, customer, { id: 'A2', text: 'stale' }, { epoch: '1.1' })
  one.record(account, customer, { id: 'A3', text: 'new' }, { epoch: '1.2' })
  await one.upload()
  expect((await exported(account)).map((one_) => one_.marks)).toEqual([[], ['late'], []])
})

test('texts are found by words of any script', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  one.record(account, customer, { id: 'A1', text: 'Angebot über 500 Stück' })
  one.record(account, customer, { id: 'A2', text: '请给我报价单' })
  await one.upload()
  await vault.keeper.search.catchUp()
  expect(await vault.keeper.search.find('报价', 10)).toHaveLength(1)
  expect(await vault.keeper.search.find('stück ang', 10)).toHaveLength(1)
  expect(await vault.keeper.search.find('nothing', 10)).toHaveLength(0)
})

test('an own message that a successor saw before its intent arrived is one message', async () => {
  vault = await TestVault.start()
  for (const [channel, address, clientId, id] of [
    ['whatsapp', customer, '3EB0AA', '3EB0AA'],
    ['telegram', 'user:5', '123456789012', '77'],
  ] as const) {
    const [one, account] = await TestWorkstation.ready(vault, channel)
    const two = await TestWorkstation.enrol(vault, one.enrolment.employee)
    two.record(account, address, { id, text: 'hello', direction: 'out' }, { path: 'phone' })
    await two.upload()
    await vault.keeper.search.catchUp()
    const place = { account, conversation: 'conv', message: 'm1' }
    const peer = { address, aliases: [], name: null }
    const report = { clientId, time: null, error: null }
    one.write('message.intended/1', { peer, clientId, text: 'hello', replyTo: null }, place)
    await one.upload()
    await vault.keeper.search.catchUp()
    one.write('message.state/1', { ...report, state: 'sent', providerId: id }, place)
    one.write('message.state/1', { ...report, state: 'delivered', providerId: null }, place)
    await one.upload()
    await vault.keeper.search.catchUp()
    expect((await exported(account)).map((row) => [row.path, row.state])).toEqual([['phone', 'delivered']])
    const [conversation] = await vault.conversations(account)
    expect(conversation?.messages).toBe(1)
    const found = await vault.keeper.search.find('hello', 10)
    expect(found.filter((row) => row.conversation === conversation?.id)).toHaveLength(1)
  }
})

test('an echo that names both ids unites the intent with what was seen before; nobody’s claim takes a seen message away', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault, 'telegram')
  const peer = { address: 'user:5', aliases: [], name: null }
  one.record(account, 'user:5', { id: '77', text: 'seen', direction: 'out' }, { path: 'phone' })
  one.record(account, 'user:5', { id: '78', text: 'other', direction: 'out' }, { path: 'phone' })
  one.write('message.intended/1', { peer, clientId: '1234567890', text: 'seen', replyTo: null }, { account })
  one.record(account, 'user:5', { id: '77', text: 'seen', direction: 'out', clientId: '1234567890' })
  const claim = { state: 'sent', clientId: '1234567890', providerId: '78', time: null, error: null } as const
  one.write('message.state/1', claim, { account })
  await one.upload()
  expect(await texts(account)).toEqual(['seen', 'other'])
})

test('an intent of yesterday that arrives today stands where it was written', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  const two = await TestWorkstation.enrol(vault, one.enrolment.employee)
  two.record(account, customer, { id: 'B', text: 'today' })
  await two.upload()
  const peer = { address: customer, aliases: [], name: null }
  const at = 1_800_000_000_000 - 86_400_000
  one.write('message.intended/1', { peer, clientId: 'C', text: 'yesterday', replyTo: null }, { account, at })
  await one.upload()
  const [conversation] = await vault.conversations(account)
  const page = await vault.keeper.messages.read('local', conversation!, 'a test')
  expect(page.messages.map((row) => row.text)).toEqual(['yesterday', 'today'])
})

test('a page ends where it becomes large, and the next one goes on behind it', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  const time = Number.MAX_SAFE_INTEGER - 10
  for (const id of [1, 2, 3]) {
    one.record(account, customer, { id: `A${id}`, text: String(id).repeat(3 * 1024 * 1024), time: time + id })
  }
  await one.upload()
  const [conversation] = await vault.conversations(account)
  const read: string[] = []
  const listed: string[] = []
  for (let before: string | null = null; ;) {
    const page = await vault.keeper.messages.read('local', conversation!, 'a test', { before })
    read.push(page.messages.map((row) => row.text![0]).join(''))
    if (!(before = page.before)) break
  }
  for (let after: string | null = null; ;) {
    const page = await vault.keeper.messages.export('local', account, 'a test', after)
    listed.push(page.messages.map((row) => (JSON.parse(row.message!) as { text: string }).text[0]).join(''))
    if (!(after = page.after)) break
  }
  expect([read, listed]).toEqual([
    ['3', '2', '1'],
    ['1', '2', '3'],
  ])
})
