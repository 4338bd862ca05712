import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect as connectTls } from 'node:tls'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CodedError } from '../../shared/contracts/contract.ts'
import type { gatewayContract } from '../../shared/contracts/keeper-link.ts'
import { systemClockSource } from '../../shared/clock/clock.ts'
import type { Peer } from '../local-socket.ts'
import { httpLimits } from './http/limits.ts'
import { startGateway, type Gateway, type GatewayOptions } from './index.ts'
import { linkTiming } from './links/link-server.ts'
import { createTestCompany, makeTls, type TestDevice } from './test-company.ts'
import { ask, connectKeeper, openLink, postBatch, putDevice, TestLink } from './test-network.ts'

const company = createTestCompany()
let data: string
let ca: string
let gateway: Gateway
let keeper: Peer<typeof gatewayContract>
let device: TestDevice
let logged: string[]

const start = (options: Partial<GatewayOptions> = {}): Promise<Gateway> =>
  startGateway({
    data,
    host: '127.0.0.1',
    port: 0,
    clock: systemClockSource,
    log: (code) => logged.push(code),
    ...options,
  })
const restart = async (options: Partial<GatewayOptions> = {}): Promise<void> => {
  await gateway.stop()
  gateway = await start(options)
  keeper = await connectKeeper(data, company)
}
const coded = (code: string) => ({ error: { code, message: expect.any(String) as string } })
const alertCodes = async () => (await keeper.call('alerts.pull', { after: 0 })).alerts.map((alert) => alert.code)

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'sealdesk-gateway-'))
  ca = makeTls(data)
  logged = []
  gateway = await start()
  keeper = await connectKeeper(data, company)
  device = company.device()
  await putDevice(keeper, device)
})
afterEach(async () => {
  await gateway.stop()
  rmSync(data, { recursive: true, force: true })
  if (logged.includes('bug')) throw new Error('the gateway reported a bug')
})

test('trust is served once the keeper has put it; another root is refused later', async () => {
  expect(await ask(`${gateway.url}/v1/trust`, ca)).toMatchObject({ status: 200, body: company.trust })
  const other = createTestCompany()
  await expect(keeper.call('trust.put', { trust: other.trust })).rejects.toMatchObject({ code: 'root_changed' })
  await expect(keeper.call('trust.put', { trust: { root: 5 } })).rejects.toMatchObject({ code: 'trust_malformed' })
  const forged = { document: other.policy(9) }
  await expect(keeper.call('policy.put', forged)).rejects.toMatchObject({ code: 'document_other_key' })
  const alien = { document: other.device().enrolment, deviceSecretHash: device.secretHash }
  await expect(keeper.call('device.put', alien)).rejects.toMatchObject({ code: 'document_other_key' })
})

test('before a keeper was ever here nothing can be trusted or enrolled', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'sealdesk-gateway-'))
  const emptyCa = makeTls(empty)
  const other = await startGateway({ data: empty, host: '127.0.0.1', port: 0, clock: systemClockSource })
  expect(await ask(`${other.url}/v1/trust`, emptyCa)).toMatchObject({ status: 503, body: coded('keeper_away') })
  await other.stop()
  rmSync(empty, { recursive: true })
})

test('a welcome carries a token that uploads at full rate, and the head of the ledger', async () => {
  device.write(5)
  const link = await openLink(gateway.url, ca, device, device.secret)
  expect(link.upTo).toBe(0)
  const answer = await postBatch(gateway.url, ca, device.batch(1, 3), link.token)
  expect(answer).toMatchObject({ status: 200, body: { ledger: device.ledger, upTo: 3, quarantined: false } })
  const gap = await postBatch(gateway.url, ca, device.batch(5), link.token)
  expect(gap).toMatchObject({ status: 409, body: { ...coded('ledger_gap'), upTo: 3 } })
  // Without a token (the spool of a machine that may hold nothing else any more) it is taken.
  const spooled = await postBatch(gateway.url, ca, device.batch(5))
  expect(spooled).toMatchObject({ status: 200, body: { upTo: 3, gap: true } })
  const again = await openLink(gateway.url, ca, device, link.nextSecret)
  expect(again.upTo).toBe(3)
  expect((await link.closed).reason).toBe('replaced')
  expect(await postBatch(gateway.url, ca, device.batch(4), link.token)).toMatchObject({ status: 401 })
  expect(await postBatch(gateway.url, ca, device.batch(4), again.token)).toMatchObject({ status: 200 })
})

test('what a workstation says that the vault lacks is less what has come since, however it came, and dies with its ledger', async () => {
  const waiting = async () => (await keeper.call('presence', {})).workstations[0]?.waiting
  const link = await openLink(gateway.url, ca, device, device.secret)
  expect(await waiting()).toBeNull()
  const tell = async (report: object): Promise<unknown> => {
    link.send({ id: 1, method: 'outbox.tell', input: report })
    return link.next()
  }
  device.write(5)
  const before = Date.now()
  expect(await tell({ head: 5, bytes: 700, files: 2, since: 1000 })).toEqual({ re: 1, ok: true, output: {} })
  expect(await waiting()).toMatchObject({ events: 5, bytes: 700, files: 2, since: 1000 })
  expect((await waiting())?.toldAt).toBeGreaterThanOrEqual(before)
  await postBatch(gateway.url, ca, device.batch(1, 3), link.token)
  expect(await waiting()).toMatchObject({ events: 2, since: 1000 })
  link.socket.terminate()
  await link.closed
  // By the spool route, without any word from the workstation.
  await postBatch(gateway.url, ca, device.batch(4, 5))
  expect(await waiting()).toMatchObject({ events: 0, bytes: 0, files: 2, since: null })
  await restart()
  expect(await waiting()).toMatchObject({ events: 0, files: 2 })
  const anew = company.device({ workstation: device.workstation, signing: device.signing })
  await putDevice(keeper, anew)
  expect(await waiting()).toBeNull()
})

test('a token is worth nothing for another workstation’s ledger, nor when it is malformed', async () => {
  const other = company.device().write(1)
  await putDevice(keeper, other)
  const link = await openLink(gateway.url, ca, device, device.secret)
  for (const token of [link.token, 'x', randomBytes(32).toString('base64url')]) {
    const answer = await postBatch(gateway.url, ca, other.batch(1), token)
    expect(answer).toMatchObject({ status: 401, body: coded('token_refused') })
  }
  expect(await postBatch(gateway.url, ca, other.batch(1))).toMatchObject({ status: 200 })
})

test('the old secret holds until the new one has been used once; an older one is a copied profile', async () => {
  const first = await openLink(gateway.url, ca, device, device.secret)
  // The first welcome was lost: the old secret still opens.
  const second = await openLink(gateway.url, ca, device, device.secret)
  const third = await openLink(gateway.url, ca, device, second.nextSecret)
  expect(await alertCodes()).toEqual([])
  const copy = new TestLink(gateway.url, ca)
  expect(await copy.greet(device, device.secret)).toEqual({ refused: { code: 'copied_profile', document: null } })
  expect((await copy.closed).code).toBe(1008)
  expect((await third.closed).reason).toBe('copied_profile')
  expect(await postBatch(gateway.url, ca, device.write(1).batch(1), third.token)).toMatchObject({ status: 401 })
  expect(await alertCodes()).toEqual(['copied_profile'])
  const overtaken = new TestLink(gateway.url, ca)
  expect(await overtaken.greet(device, first.nextSecret)).toMatchObject({ refused: { code: 'copied_profile' } })
  expect(await openLink(gateway.url, ca, device, third.nextSecret)).toBeTruthy()
})

test('strangers, guessed secrets and other keys are refused with a code', async () => {
  const guessed = randomBytes(32).toString('base64url')
  const stranger = company.device()
  const cases: [Promise<unknown>, string][] = [
    [new TestLink(gateway.url, ca).greet(stranger, stranger.secret), 'unknown_workstation'],
    [new TestLink(gateway.url, ca).greet(device, guessed), 'secret_refused'],
    [new TestLink(gateway.url, ca).greet(device, device.secret, stranger), 'signature_refused'],
  ]
  for (const [answer, code] of cases) expect(await answer).toEqual({ refused: { code, document: null } })
  expect(await openLink(gateway.url, ca, device, device.secret)).toBeTruthy()
})

test.each([
  ['text that is not JSON', '{'],
  ['JSON that is no hello', '{"hello":{"workstation":5}}'],
  ['a call before the hello', '{"id":1,"method":"policy.get","input":{}}'],
])('%s ends the link with a coded refusal', async (_name, text) => {
  const link = new TestLink(gateway.url, ca)
  await link.next()
  link.send(text)
  expect(await link.next()).toEqual({ refused: { code: 'malformed', document: null } })
  expect((await link.closed).code).toBe(1008)
})

test('a live link that sends what is no call is closed, and so is one with too large a frame', async () => {
  const link = await openLink(gateway.url, ca, device, device.secret)
  link.send('[]')
  expect(await link.next()).toEqual({ refused: { code: 'malformed', document: null } })
  const next = await openLink(gateway.url, ca, device, link.nextSecret)
  next.send('x'.repeat(300 * 1024))
  expect((await next.closed).code).toBe(1009)
})

test('calls are answered from the copy or by the keeper, with its codes, and keeper_away without one', async () => {
  const seen: unknown[] = []
  const answering = await connectKeeper(data, company, {
    'device.call': (input) => {
      seen.push(input)
      if (input.method === 'lease.acquire') throw new CodedError('lease_held', 'somebody')
      return { output: input.method === 'unlock.nonce' ? { nonce: 'n'.repeat(43) } : { wrong: true } }
    },
  })
  const link = await openLink(gateway.url, ca, device, device.secret)
  const call = async (id: number, method: string, input: unknown): Promise<unknown> => {
    link.send({ id, method, input })
    return link.next()
  }
  expect(await call(1, 'policy.get', {})).toEqual({ re: 1, ok: true, output: { document: company.policy(1) } })
  expect(await call(2, 'unlock.nonce', {})).toEqual({ re: 2, ok: true, output: { nonce: 'n'.repeat(43) } })
  expect(seen[0]).toMatchObject({ workstation: device.workstation, method: 'unlock.nonce', address: '127.0.0.1' })
  expect(await call(3, 'lease.acquire', { account: 'a' })).toMatchObject({ ok: false, error: { code: 'lease_held' } })
  expect(await call(4, 'directory.get', {})).toMatchObject({ error: { code: 'keeper_away' } })
  expect(await call(5, 'lease.acquire', { account: 7 })).toMatchObject({ error: { code: 'bad_input' } })
  expect(await call(6, 'constructor', {})).toMatchObject({ error: { code: 'unknown_method' } })
  answering.close()
  await answering.closed
  // The gateway learns of it on its own socket; until then the call is pending and is rejected with the same code.
  expect(await call(7, 'unlock.nonce', {})).toMatchObject({ error: { code: 'keeper_away' } })
  expect(await postBatch(gateway.url, ca, device.write(1).batch(1))).toMatchObject({ status: 200 })
  keeper = await connectKeeper(data, company)
})

test('the newest keeper is the keeper', async () => {
  const second = await connectKeeper(data, company)
  await keeper.closed
  expect(await second.call('presence', {})).toMatchObject({ workstations: [{ workstation: device.workstation }] })
  keeper = second
})

test('a revoked workstation gets the document at once, its token dies, and its last events still arrive', async () => {
  const link = await openLink(gateway.url, ca, device, device.secret)
  expect((await keeper.call('presence', {})).workstations).toMatchObject([{ connected: true, address: '127.0.0.1' }])
  const document = company.revocation(device.workstation)
  expect(await keeper.call('device.revoke', { document })).toEqual({ connected: true })
  expect(await link.next()).toEqual({ push: 'revoked', document })
  expect((await link.closed).reason).toBe('revoked')
  const bytes = device.write(2).batch(1)
  expect(await postBatch(gateway.url, ca, bytes, link.token)).toMatchObject({
    status: 401,
    body: coded('token_refused'),
  })
  expect(await postBatch(gateway.url, ca, bytes)).toMatchObject({ status: 200, body: { upTo: 2 } })
  const { rows } = await keeper.call('intake.pull', { after: 0, limit: 10 })
  expect(rows).toMatchObject([{ marks: { afterRevocation: true, fork: false } }])
  await restart()
  const back = new TestLink(gateway.url, ca)
  expect(await back.greet(device, link.nextSecret)).toEqual({ refused: { code: 'revoked', document } })
  expect(await keeper.call('device.revoke', { document })).toEqual({ connected: false })
})

test('pushes reach the link they are meant for, a newer policy reaches everybody, an older one is refused', async () => {
  const link = await openLink(gateway.url, ca, device, device.secret)
  const push = { push: 'journal' as const, account: 'a', head: 7 }
  expect(await keeper.call('push', { workstation: device.workstation, push })).toEqual({ delivered: true })
  expect(await link.next()).toEqual(push)
  expect(await keeper.call('push', { workstation: 'nobody', push })).toEqual({ delivered: false })
  const document = company.policy(3)
  await keeper.call('policy.put', { document })
  expect(await link.next()).toEqual({ push: 'policy', document })
  await expect(keeper.call('policy.put', { document: company.policy(2) })).rejects.toMatchObject({
    code: 'policy_older',
  })
})

test('a link that stays silent at the hello, or that answers no ping, is ended', async () => {
  await restart({ timing: { ...linkTiming, helloMs: 50, pingMs: 40 } })
  const silent = new TestLink(gateway.url, ca)
  await silent.next()
  expect(await silent.next()).toEqual({ refused: { code: 'hello_late', document: null } })
  const link = await openLink(gateway.url, ca, device, device.secret)
  link.socket.pong = () => undefined
  Object.assign(link.socket, { _autoPong: false })
  expect((await link.closed).code).toBe(1006)
})

test('a ledger of an earlier enrolment still uploads after a new one, and repeating a put changes nothing', async () => {
  const link = await openLink(gateway.url, ca, device, device.secret)
  await putDevice(keeper, device)
  const second = company.device(device).write(1)
  await putDevice(keeper, second)
  const welcome = await openLink(gateway.url, ca, second, second.secret)
  expect(await postBatch(gateway.url, ca, second.batch(1), welcome.token)).toMatchObject({ status: 200 })
  expect(await postBatch(gateway.url, ca, device.write(1).batch(1))).toMatchObject({ status: 200 })
  expect((await link.closed).reason).toBe('replaced')
})

test('the spool route is bounded in number and size, per ledger only for what the ledger has signed', async () => {
  const few = { burst: 2, perSecond: 0 }
  await restart({ limits: { ...httpLimits, spoolPerLedger: few } })
  device.write(4)
  const forged = device.batch(1, 1, company.device().signing)
  for (let i = 0; i < 4; i++) expect(await postBatch(gateway.url, ca, forged)).toMatchObject({ status: 403 })
  for (let seq = 1; seq <= 2; seq++)
    expect(await postBatch(gateway.url, ca, device.batch(seq, seq))).toMatchObject({ status: 200 })
  const refused = await postBatch(gateway.url, ca, device.batch(3, 3))
  expect(refused).toMatchObject({ status: 429, body: coded('rate_limited'), retryAfter: '5' })
  const link = await openLink(gateway.url, ca, device, device.secret)
  expect(await postBatch(gateway.url, ca, device.batch(3, 3), link.token)).toMatchObject({ status: 200 })
  expect(await alertCodes()).toEqual(['signature_refused', 'rate_limited'])
  await restart({ limits: { ...httpLimits, spoolBytesPerAddress: { burst: 10_000, perSecond: 0 } } })
  expect(await postBatch(gateway.url, ca, Buffer.alloc(10_001))).toMatchObject({ status: 429 })
  await restart({ limits: { ...httpLimits, spoolBodies: 1000 } })
  expect(await postBatch(gateway.url, ca, Buffer.alloc(1001))).toMatchObject({ status: 503, body: coded('busy') })
  expect(await postBatch(gateway.url, ca, device.batch(4, 4).subarray(0, 300))).toMatchObject({ status: 400 })
})

test('enrolment is relayed to the keeper, bounded per address, and keeps the keeper’s codes', async () => {
  await restart({ limits: { ...httpLimits, enrolPerAddress: { burst: 4, perSecond: 0 } } })
  const key = 'k'.repeat(43)
  const request = {
    secret: 's'.repeat(22),
    signingKey: key,
    openingKey: key,
    shareKey: key,
    details: 'd',
    signature: 'g'.repeat(86),
  }
  const enrol = (body: unknown) => {
    const options = { method: 'POST', type: 'application/json', body: Buffer.from(JSON.stringify(body)) }
    return ask(`${gateway.url}/v1/enrol`, ca, options)
  }
  const reply = { enrolment: device.enrolment, policy: company.policy(1), deviceSecret: key, shares: 's' }
  keeper = await connectKeeper(data, company, {
    enrol: ({ request: { details } }) => {
      if (details !== 'd') throw new CodedError('enrolment_used', 'this code has been used')
      return reply
    },
  })
  expect(await enrol(request)).toMatchObject({ status: 200, body: reply })
  expect(await enrol({ ...request, details: 'e' })).toMatchObject({ status: 403, body: coded('enrolment_used') })
  expect(await enrol({ ...request, secret: 5 })).toMatchObject({ status: 400, body: coded('bad_input') })
  keeper.close()
  expect(await enrol(request)).toMatchObject({ status: 503, body: coded('keeper_away') })
  expect(await enrol(request)).toMatchObject({ status: 429, body: coded('rate_limited') })
  keeper = await connectKeeper(data, company)
})

test('malformed HTTP gets a quiet coded answer or an end, and the gateway goes on', async () => {
  const post = (body: string, type: string, path = '/v1/enrol') =>
    ask(`${gateway.url}${path}`, ca, { method: 'POST', type, body: Buffer.from(body) })
  expect(await post('{', 'application/json')).toMatchObject({ status: 400, body: coded('bad_input') })
  expect(await post('{"__proto__":{}}', 'application/json')).toMatchObject({ status: 400, body: coded('bad_input') })
  expect(await post('x'.repeat(70_000), 'application/json')).toMatchObject({ status: 413, body: coded('too_large') })
  expect(await post('x', 'text/plain')).toMatchObject({ status: 400, body: coded('bad_input') })
  expect(await post('x', 'text/plain', '/v1/batches')).toMatchObject({ status: 400, body: coded('bad_input') })
  expect(await post('{}', 'application/json', '/v1/batches')).toMatchObject({ status: 400, body: coded('bad_input') })
  expect(await ask(`${gateway.url}/nothing`, ca)).toMatchObject({ status: 404, body: coded('not_found') })
  expect(await ask(`${gateway.url}/v1/link`, ca)).toMatchObject({ status: 404, body: coded('not_found') })
  const raw = connectTls({ host: '127.0.0.1', port: Number(new URL(gateway.url).port), ca })
  await once(raw, 'secureConnect')
  raw.on('error', () => undefined)
  raw.resume().write('\0\0garbage\r\n\r\n')
  await once(raw, 'close')
  expect(await ask(`${gateway.url}/v1/trust`, ca)).toMatchObject({ status: 200 })
})

test('a restart keeps port, secrets and heads; a second gateway on the folder is refused', async () => {
  const before = gateway.url
  const link = await openLink(gateway.url, ca, device, device.secret)
  await postBatch(gateway.url, ca, device.write(3).batch(1))
  await expect(start()).rejects.toMatchObject({ code: 'already_running' })
  await restart()
  expect(gateway.url).toBe(before)
  expect(readFileSync(join(data, 'gateway', 'url'), 'utf8')).toBe(before)
  const again = await openLink(gateway.url, ca, device, link.nextSecret)
  expect(again.upTo).toBe(3)
  expect(await ask(`${gateway.url}/v1/trust`, ca)).toMatchObject({ status: 200, body: company.trust })
})

test('killed at random moments under upload, the gateway never loses what it acknowledged nor stores it twice', async () => {
  await gateway.stop()
  const spawnGateway = async (): Promise<{ child: ChildProcess; url: string }> => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'index.ts'), '--data', data], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    return { child, url: (JSON.parse(line) as { gateway: string }).gateway }
  }
  device.write(300)
  let acknowledged = 0
  for (let round = 0; round < 3; round++) {
    const { child, url } = await spawnGateway()
    const exited = once(child, 'exit')
    // Killed while an upload is on its way: after a few acknowledgements, between a request and its reply.
    for (let sent = 0; sent <= 5 + round; sent++) {
      const from = acknowledged + 1
      const answer = postBatch(url, ca, device.batch(from, from + 9)).catch(() => null)
      if (sent === 5 + round) {
        const delay = Math.random() * 6
        await new Promise((resolve) => setTimeout(resolve, delay))
        child.kill('SIGKILL')
      }
      const reply = await answer
      if (reply) acknowledged = (reply.body as { upTo: number }).upTo
    }
    await exited
  }
  gateway = await start()
  keeper = await connectKeeper(data, company)
  const answer = await postBatch(gateway.url, ca, device.batch(1))
  expect(answer).toMatchObject({ status: 200, body: { upTo: 300, quarantined: false } })
  const { rows } = await keeper.call('intake.pull', { after: 0, limit: 1000 })
  let next = 1
  for (const row of rows.slice(0, -1)) {
    expect(row.from).toBe(next)
    next += row.count
  }
  expect(next - 1).toBeGreaterThanOrEqual(acknowledged)
  expect(rows.at(-1)).toMatchObject({ from: 1, count: 300 })
}, 20_000)
