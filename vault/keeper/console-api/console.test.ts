/** The console's API over real HTTPS: sign-in, session, permissions, and the trace that every look leaves. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { consoleContract } from '../../../shared/contracts/console.ts'
import { totpStepMs } from '../features/people/totp.ts'
import type { NewLogin } from '../features/people/service.ts'
import { anyConversation, TestConsole, type Session } from '../test-console.ts'
import { TestVault } from '../test-vault.ts'
import { TestWorkstation } from '../test-workstation.ts'

const anyEntry = { actor: null, action: null, subject: null, from: null, until: null, before: null }
const anyWorkstation = {
  text: '',
  status: null,
  connected: null,
  waiting: null,
  team: null,
  after: null,
  limit: 100,
  sort: { by: 'machine', descending: false },
}

let vault: TestVault
let account: string
let seat: TestWorkstation
beforeAll(async () => {
  vault = await TestVault.start()
  ;[seat, account] = await TestWorkstation.ready(vault)
  seat.record(account, '1@lid', { id: 'A1', text: '<script>alert(1)</script>', name: 'Li Wei' })
  await seat.upload()
})
afterAll(() => vault.stop())

const codeOf = (login: NewLogin): string => TestConsole.codeOf(vault, login)

async function call(method: string, input: object, session: Partial<Session> = {}) {
  const headers: Record<string, string> = {}
  if (session.cookie) headers['cookie'] = session.cookie
  if (session.csrf) headers['x-sealdesk-csrf'] = session.csrf
  const reply = await vault.post(vault.running!.consoleUrl!, `/api/${method}`, input, headers)
  return { ...reply, code: (reply.body as { error?: { code: string } } | null)?.error?.code ?? null }
}
async function signIn(login: NewLogin): Promise<Session> {
  vault.clock.time += totpStepMs
  const { name, password } = login
  const reply = await call('session.signIn', { name, password, totp: codeOf(login) })
  expect([reply.status, reply.code]).toEqual([200, null])
  const cookie = String(reply.headers['set-cookie'])
  expect(cookie).toMatch(/HttpOnly; Secure; SameSite=Strict/)
  return { cookie: cookie.split(';')[0]!, csrf: (reply.body as { csrf: string }).csrf }
}
async function loginAs(role: 'manager' | 'it' | 'compliance', team: string | null = null): Promise<Session> {
  const { login } = await vault.keeper.people.add('local', { name: `${role} ${Math.random()}`, role, team })
  return signIn(login!)
}

test('name, password and code must all be right, and a code counts once', async () => {
  const { login } = vault.made
  const { name, password } = login
  vault.clock.time += totpStepMs
  const totp = codeOf(login)
  for (const wrong of [
    { name: 'nobody', password, totp },
    { name, password: 'wrong', totp },
    { name, password, totp: '000000' },
  ])
    expect(await call('session.signIn', wrong)).toMatchObject({ status: 401, code: 'sign_in_refused' })
  expect((await call('session.signIn', { name, password, totp })).status).toBe(200)
  expect((await call('session.signIn', { name, password, totp })).code).toBe('sign_in_refused')
})

test('wrong attempts block the name for a while, whether or not anybody has it', async () => {
  for (const name of [
    'ghost',
    (await vault.keeper.people.add('local', { name: 'Victim', role: 'it', team: null })).login!.name,
  ]) {
    for (let i = 0; i < 5; i++)
      expect((await call('session.signIn', { name, password: 'x', totp: '1é' })).code).toBe('sign_in_refused')
    expect(await call('session.signIn', { name, password: 'x', totp: '1é' })).toMatchObject({
      status: 429,
      code: 'sign_in_blocked',
    })
  }
})

test('without cookie, CSRF header or a living session nothing is answered', async () => {
  const session = await signIn(vault.made.login)
  expect((await call('overview.get', {}, session)).status).toBe(200)
  expect((await call('overview.get', {})).code).toBe('signed_out')
  expect(await call('overview.get', {}, { cookie: session.cookie })).toMatchObject({
    status: 403,
    code: 'csrf_refused',
  })
  expect((await call('overview.get', {}, { ...session, csrf: 'x'.repeat(43) })).code).toBe('csrf_refused')
  await call('session.signOut', {}, session)
  expect((await call('overview.get', {}, session)).code).toBe('signed_out')
  const idle = await signIn(vault.made.login)
  vault.clock.time += 31 * 60_000
  expect((await call('overview.get', {}, idle)).code).toBe('signed_out')
  expect((await call('session.get', {}, idle)).body).toEqual({ session: null })
})

test('a conversation is read with a purpose, and the purpose stands in the audit log in clear for nobody but readers', async () => {
  const session = await signIn(vault.made.login)
  const list = consoleContract['conversations.list'].output.parse(
    (await call('conversations.list', anyConversation, session)).body,
  )
  const [conversation] = list.conversations
  expect(conversation).toMatchObject({ title: 'Li Wei', accountName: 'One', messages: 1 })
  const input = { conversation: conversation!.id, purpose: 'complaint 4711', before: null }
  const page = consoleContract['conversations.read'].output.parse(
    (await call('conversations.read', input, session)).body,
  )
  expect(page.messages.map((one) => [one.author, one.text])).toEqual([['Li Wei', '<script>alert(1)</script>']])
  const audit = consoleContract['audit.list'].output.parse((await call('audit.list', anyEntry, session)).body)
  const looked = audit.entries.find((one) => one.action === 'conversation.read')
  expect(looked).toMatchObject({
    actorName: 'admin',
    subject: conversation!.id,
    reason: 'complaint 4711',
  })
  expect((await call('conversations.read', { ...input, purpose: ' ' }, session)).code).toBe('bad_input')
})

test('a file is read only of a conversation that this session has opened with a purpose, and stands in the audit log', async () => {
  const picture = Buffer.from('a picture')
  seat.say(account, { address: '5@lid', name: 'Pia' }, { providerId: 'F1', kind: 'image', text: 'look' })
  seat.say(account, { address: '5@lid' }, { providerId: 'F2', kind: 'image' })
  seat.say(
    account,
    { address: '5@lid' },
    { providerId: 'F3', kind: 'reaction', target: 'F1', details: { emoji: '👍' } },
  )
  await seat.putFile(seat.store(account, '5@lid', picture, { providerId: 'F1', mime: 'image/png' }))
  await seat.upload()
  const session = await signIn(vault.made.login)
  const list = consoleContract['conversations.list'].output.parse(
    (await call('conversations.list', anyConversation, session)).body,
  )
  const { id: conversation, group } = list.conversations.find((one) => one.title === 'Pia')!
  expect(group).toBe(false)
  const read = async (as: Session) => {
    const input = { conversation, purpose: 'complaint 4712', before: null }
    return consoleContract['conversations.read'].output.parse((await call('conversations.read', input, as)).body)
  }
  const other = await signIn(vault.made.login)
  let page = await read(other)
  while (page.messages[0]?.media?.state !== 'held') page = await read(other)
  const [first, second, reaction] = page.messages
  expect([first!.kind, first!.text, second!.media?.state]).toEqual(['image', 'look', 'waiting'])
  expect([reaction!.target, reaction!.details]).toEqual([first!.id, { emoji: '👍' }])
  const ask = { conversation, message: first!.id, offset: 0, length: 1000 }
  expect((await call('media.read', ask, session)).code).toBe('purpose_needed')
  await read(session)
  const answer = await call('media.read', ask, session)
  expect(answer.body).toEqual({ data: picture.toString('base64'), bytes: picture.length, mime: 'image/png' })
  await call('media.read', { ...ask, offset: 3 }, session)
  expect((await call('media.read', { ...ask, message: second!.id }, session)).code).toBe('media_missing')
  expect((await call('media.read', { ...ask, message: reaction!.id }, session)).code).toBe('message_unknown')
  // Beginning in the middle is a look as well.
  await call('media.read', { ...ask, offset: 3 }, other)
  const audit = (await vault.keeper.audit.page(null, 50)).filter((one) => one.action === 'media.read')
  expect(audit.map((one) => [one.subject, one.reasonText])).toEqual([
    [first!.id, 'complaint 4712'],
    [first!.id, 'complaint 4712'],
  ])
  const compliance = await loginAs('it')
  expect((await call('media.read', ask, compliance)).code).toBe('not_allowed')
})

test('every role gets what it may, and a manager only his own team', async () => {
  const [it, compliance, manager] = [
    await loginAs('it'),
    await loginAs('compliance'),
    await loginAs('manager', 'south'),
  ]
  const list = anyConversation
  expect((await call('conversations.list', list, it)).code).toBe('not_allowed')
  expect((await call('audit.list', anyEntry, it)).code).toBe('not_allowed')
  expect((await call('conversations.list', list, compliance)).status).toBe(200)
  expect((await call('employees.add', { name: 'X', role: 'administrator', team: null }, compliance)).code).toBe(
    'not_allowed',
  )
  expect((await call('conversations.list', list, manager)).body).toEqual({ conversations: [], after: null })
  expect((await call('conversations.list', { ...list, account }, manager)).code).toBe('not_allowed')
  const revoke = { workstation: seat.enrolment.workstation, reason: 'not my team' }
  expect((await call('workstations.revoke', revoke, manager)).code).toBe('not_allowed')
  expect((await call('workstations.revoke', { ...revoke, workstation: 'nobody' }, manager)).code).toBe('not_allowed')
})

test('employees, accounts, codes and revocations go through the console', async () => {
  const session = await signIn(vault.made.login)
  const added = await call('employees.add', { name: 'Bo', role: 'salesperson', team: 'north' }, session)
  const employee = (added.body as { id: string }).id
  const manager = await call('employees.add', { name: 'Max', role: 'manager', team: 'north' }, session)
  expect((manager.body as { login: NewLogin }).login).toMatchObject({ name: 'max' })
  expect((await call('accounts.add', { channel: 'telegram', name: 'TG', employee }, session)).status).toBe(200)
  const code = consoleContract['workstations.enrol'].output.parse(
    (await call('workstations.enrol', { employee }, session)).body,
  )
  expect(code.vault).toEqual({ gateway: expect.stringMatching(/^[^/]+:\d+$/), root: vault.made.rootFingerprint })
  await new TestWorkstation(vault).use(code.code)
  const seats = consoleContract['workstations.list'].output.parse(
    (await call('workstations.list', anyWorkstation, session)).body,
  )
  const bo = seats.workstations.find((one) => one.employee === 'Bo')!
  const revoked = await call('workstations.revoke', { workstation: bo.id, reason: 'lost laptop' }, session)
  expect(revoked.body).toMatchObject({ connected: false })
  const overview = consoleContract['overview.get'].output.parse((await call('overview.get', {}, session)).body)
  expect(overview).toMatchObject({
    workstations: { active: 1, revoked: 1 },
    accounts: { all: 2 },
    messages: 4,
    waiting: 0,
  })
})

test('malformed requests get a coded refusal and the process lives', async () => {
  const session = await signIn(vault.made.login)
  const base = vault.running!.consoleUrl!
  const headers = { cookie: session.cookie, 'x-sealdesk-csrf': session.csrf }
  expect((await call('constructor', {}, session)).code).toBe('unknown_method')
  expect((await call('employees.add', { name: 'X', role: 'king' }, session)).code).toBe('bad_input')
  expect(
    (await vault.post(base, '/api/overview.get', Buffer.from('{'), { ...headers, 'content-type': 'application/json' }))
      .status,
  ).toBe(400)
  expect((await vault.post(base, '/api/overview.get', { big: 'x'.repeat(70_000) }, headers)).status).toBe(413)
  expect((await call('overview.get', {}, session)).status).toBe(200)
})

test('after a restart the console is where it was, and serves its files under a strict policy and nothing above them', async () => {
  const before = vault.running!.consoleUrl!
  const files = join(vault.data, 'built')
  mkdirSync(join(files, 'assets'), { recursive: true })
  writeFileSync(join(files, 'index.html'), '<!doctype html>')
  writeFileSync(join(files, 'assets', 'app.js'), '1')
  await vault.stopKeeper()
  await vault.startKeeper({ consoleFiles: files })
  expect(vault.running!.consoleUrl).toBe(before)
  const page = await vault.get(before, '/')
  expect([page.status, page.text]).toEqual([200, '<!doctype html>'])
  const policy = String(page.headers['content-security-policy'])
  expect(policy).toContain("default-src 'none'; script-src 'self';")
  expect(policy).not.toMatch(/script-src[^;]*unsafe/)
  expect((await vault.get(before, '/assets/app.js')).status).toBe(200)
  for (const path of ['/../keeper/master.key', '/%2e%2e/keeper/master.key', '/.hidden', '/api/overview.get'])
    expect([path, (await vault.get(before, path)).status >= 400]).toEqual([path, true])
})
