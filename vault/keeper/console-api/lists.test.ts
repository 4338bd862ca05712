/** The console's lists over real HTTPS: pages, order, filters, who waits, who looked, and what the overview counts. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { consoleContract } from '../../../shared/contracts/console.ts'
import type { Output } from '../../../shared/contracts/contract.ts'
import { randomId } from '../../../shared/formats/bytes.ts'
import { TestConsole } from '../test-console.ts'
import { TestVault } from '../test-vault.ts'
import { TestWorkstation } from '../test-workstation.ts'

let vault: TestVault
let account: string
let seat: TestWorkstation
let admin: TestConsole
const dayMs = 86_400_000

beforeAll(async () => {
  vault = await TestVault.start()
  ;[seat, account] = await TestWorkstation.ready(vault)
  admin = await TestConsole.signIn(vault, vault.made.login)
})
afterAll(() => vault.stop())

const anyAccount = { sort: { by: 'name', descending: false }, after: null, limit: 50 } as const

const minutes = (n: number): number => vault.clock.time + n * 60_000
function say(
  address: string,
  providerId: string,
  at: number,
  direction: 'in' | 'out' = 'in',
  name = address,
  place = {},
): void {
  seat.say(account, { address, name }, { providerId, text: providerId, time: at, direction }, place)
}
const titles = (page: { conversations: { title: string }[] }): string[] => page.conversations.map((one) => one.title)

test('employees come in pages that neither repeat nor leave out anybody, in the order asked for', async () => {
  for (const name of ['Émile', 'zoe', 'Anna 10', 'Anna 9', 'bert'])
    await admin.call('employees.add', { name, role: 'salesperson', team: name.startsWith('A') ? 'south' : 'north' })
  const ask = { text: '', role: null, team: null, active: null, limit: 2 } as const
  const seen: string[] = []
  for (let after: string | null = null; ;) {
    const page: Output<typeof consoleContract, 'employees.list'> = await admin.call('employees.list', {
      ...ask,
      sort: { by: 'name', descending: false },
      after,
    })
    expect(page.total).toBe(7)
    seen.push(...page.employees.map((one) => one.name))
    if (!(after = page.after)) break
  }
  expect(seen).toEqual(['admin', 'Ana Sales', 'Anna 9', 'Anna 10', 'bert', 'Émile', 'zoe'])
  const south = await admin.call('employees.list', {
    ...ask,
    team: 'south',
    text: 'ANNA',
    limit: 9,
    after: null,
    sort: { by: 'name', descending: true },
  })
  expect(south.employees.map((one) => one.name)).toEqual(['Anna 10', 'Anna 9'])
  await expect(
    admin.call('employees.list', { ...ask, sort: { by: 'name', descending: false }, after: 'nonsense' }),
  ).rejects.toMatchObject({ code: 'cursor_malformed' })
})

test('who waits for an answer is known however late or in which order messages come', async () => {
  const start = minutes(0)
  say('1@lid', 'A1', start)
  say('2@lid', 'B1', start + 60_000)
  say('2@lid', 'B2', start + 120_000)
  await seat.upload()
  // An answer, and then a question that was asked before it and arrives late.
  say('1@lid', 'A3', start + 300_000, 'out')
  say('1@lid', 'A2', start + 200_000)
  await seat.upload()
  const waiting = await admin.list({ order: 'waiting' })
  expect(waiting.conversations.map((one) => [one.title, one.waitingSince])).toEqual([['2@lid', start + 60_000]])
  say('1@lid', 'A4', start + 400_000)
  await seat.upload()
  const both = await admin.list({ order: 'waiting' })
  expect(both.conversations.map((one) => [one.title, one.waitingSince])).toEqual([
    ['2@lid', start + 60_000],
    ['1@lid', start + 400_000],
  ])
  const next = await admin.list({ order: 'waiting', limit: 1 })
  expect(titles(await admin.list({ order: 'waiting', after: next.after }))).toEqual(['1@lid'])
})

test('conversations are filtered by title, time, account and kind, and a search goes on behind its page', async () => {
  for (let n = 0; n < 5; n++) say(`3${n}@lid`, `C${n}`, minutes(-n * 1440), 'in', `Kunde Müller ${n}`)
  await seat.upload()
  const first = await admin.list({ text: 'müller', limit: 3 })
  expect(titles(first)).toEqual(['Kunde Müller 0', 'Kunde Müller 1', 'Kunde Müller 2'])
  const rest = await admin.list({ text: 'MÜLLER', limit: 3, after: first.after })
  expect([titles(rest), rest.after]).toEqual([['Kunde Müller 3', 'Kunde Müller 4'], null])
  const old = await admin.list({
    from: minutes(-3 * 1440 - 1),
    until: minutes(-2 * 1440 - 1),
  })
  expect(titles(old)).toEqual(['Kunde Müller 3'])
  expect(titles(await admin.list({ group: true }))).toEqual([])
  expect(titles(await admin.list({ channel: 'telegram' }))).toEqual([])
  const searched = await admin.call('audit.list', {
    actor: null,
    action: 'conversation.list',
    subject: null,
    from: null,
    until: null,
    before: null,
  })
  expect(searched.entries.map((one) => one.reason)).toContain('MÜLLER')
})

test('a long history is read both ways and from a day on, and every look stands in the list of who looked', async () => {
  const place = { conversation: randomId() }
  const start = minutes(0)
  for (let n = 0; n < 230; n++)
    say('4@lid', `D${String(n).padStart(3, '0')}`, start + n * 60_000, 'in', 'Long One', place)
  await seat.upload()
  const conversation = (await admin.list({ text: 'Long One' })).conversations[0]!.id
  const purpose = 'complaint 4711'
  const ends = (page: { messages: { text: string | null }[] }) => [page.messages[0]?.text, page.messages.at(-1)?.text]
  const newest = await admin.call('conversations.read', { conversation, purpose })
  expect([ends(newest), newest.after]).toEqual([['D130', 'D229'], null])
  const jumped = await admin.call('conversations.read', { conversation, purpose, at: start + 50 * 60_000 })
  expect(ends(jumped)).toEqual(['D050', 'D149'])
  const later = await admin.call('conversations.read', { conversation, purpose, after: jumped.after })
  expect([ends(later), later.after]).toEqual([['D150', 'D229'], null])
  const earlier = await admin.call('conversations.read', { conversation, purpose, before: jumped.before })
  expect([ends(earlier), earlier.before]).toEqual([['D000', 'D049'], null])
  expect(ends(await admin.call('conversations.read', { conversation, purpose, at: minutes(9999) }))).toEqual([
    'D130',
    'D229',
  ])

  seat.write('conversation.opened/1', {}, { account, ...place })
  await seat.upload()
  const looks = (await admin.call('conversations.looks', { conversation, after: null, limit: 50 })).looks
  expect(looks.map((one) => [one.who, one.how, one.purpose])).toEqual([
    ['Ana Sales (seat-7)', 'workstation', null],
    ...Array.from({ length: 5 }, () => ['admin', 'read', purpose]),
  ])
  const first = await admin.call('conversations.looks', { conversation, after: null, limit: 2 })
  const second = await admin.call('conversations.looks', { conversation, after: first.after, limit: 50 })
  expect([...first.looks, ...second.looks].map((one) => one.id)).toEqual(looks.map((one) => one.id))
})

test('a purpose is hidden from whoever neither gave it nor reads the audit log', async () => {
  const { id: seller } = await vault.keeper.people.add('local', { name: 'Tom', role: 'salesperson', team: 'east' })
  await admin.call('accounts.assign', { account, employee: seller })
  const manager = await TestConsole.as(vault, 'manager', 'east')
  const conversation = (await manager.list({ text: 'Long One' })).conversations[0]!.id
  await expect(manager.call('conversations.read', { conversation, purpose: '  ' })).rejects.toMatchObject({
    code: 'bad_input',
  })
  await manager.call('conversations.read', { conversation, purpose: 'weekly quality' })
  const { looks } = await manager.call('conversations.looks', { conversation, after: null, limit: 3 })
  expect(looks.find((one) => one.who.startsWith('manager'))).toMatchObject({ purpose: 'weekly quality', hidden: false })
  expect(looks.filter((one) => one.who === 'admin').map((one) => [one.purpose, one.hidden])).toContainEqual([
    null,
    true,
  ])
  vault.clock.time += 1000
  await admin.call('accounts.unassign', { account, employee: seller })
  await expect(manager.call('conversations.find', { conversation })).rejects.toMatchObject({ code: 'not_allowed' })
})

test('the overview counts messages by day, answer times by turn, and what is not complete', async () => {
  const { id: employee } = await vault.keeper.people.add('local', { name: 'Olga', role: 'salesperson', team: 'west' })
  const other = await vault.keeper.accounts.add('local', {
    channel: 'whatsapp',
    name: 'West',
    employee,
    telegramApi: null,
  })
  const olga = await TestWorkstation.enrol(vault, employee)
  const midnight = Math.floor(vault.clock.time / dayMs) * dayMs
  const days = [midnight - dayMs, midnight, midnight + dayMs]
  const write = (address: string, id: string, at: number, direction: 'in' | 'out' = 'in') =>
    olga.say(other, { address }, { providerId: id, text: id, time: at, direction })
  // Four turns: 1, 2, 3 and 10 minutes; a second question in a turn begins none.
  for (const [n, took] of [1, 2, 3, 10].entries()) {
    const asked = midnight + n * 3_600_000
    write('7@lid', `q${n}`, asked)
    write('7@lid', `again${n}`, asked + 30_000)
    write('7@lid', `a${n}`, asked + took * 60_000, 'out')
  }
  write('8@lid', 'old', midnight - 60_000)
  await olga.upload()
  const west = await admin.call('overview.activity', { ...anyAccount, days, team: 'west' })
  expect(west.days).toEqual([
    { in: 1, out: 0 },
    { in: 8, out: 4 },
  ])
  expect(west.answers).toEqual({ count: 4, medianMs: 120_000, p90Ms: 600_000 })
  expect(west.answerDays).toEqual([null, west.answers])
  expect(west.backlog).toMatchObject({ waiting: 1, oldestAt: midnight - 60_000 })
  expect(west.backlog.ages.reduce((all, one) => all + one)).toBe(1)
  expect(west.completeness).toMatchObject({ messages: 13, raw: 0, filesMissing: 0 })
  expect(west.teams.map((one) => one.team)).toEqual(['west'])
  expect(west.accounts.map((one) => [one.name, one.completeness.messages])).toEqual([['West', 13]])
  const one = { ...anyAccount, days, team: null, limit: 1, sort: { by: 'held', descending: true } } as const
  const first = await admin.call('overview.activity', one)
  const second = await admin.call('overview.activity', { ...one, after: first.after })
  expect(
    [first.total, ...first.accounts, ...second.accounts].map((row) => (typeof row === 'number' ? row : row.name)),
  ).toEqual([2, 'One', 'West'])
  await expect(admin.call('overview.activity', { ...anyAccount, days: [5, 4], team: null })).rejects.toMatchObject({
    code: 'bad_input',
  })
})
