/** Files on their way, over real HTTPS: resumed, checked, bounded, and given to the keeper. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { gatewayContract } from '../../../shared/contracts/keeper-link.ts'
import { sha256 } from '../../../shared/formats/bytes.ts'
import type { Peer } from '../../local-socket.ts'
import { httpLimits } from '../http/limits.ts'
import { startGateway, type Gateway, type GatewayOptions } from '../index.ts'
import { createTestCompany, makeTls, type TestDevice } from '../test-company.ts'
import { ask, connectKeeper, openLink, putDevice, type HttpAnswer } from '../test-network.ts'

const company = createTestCompany()
const clock = { time: 1_800_000_000_000, now: () => clock.time, close: () => undefined }
let data: string
let ca: string
let gateway: Gateway
let keeper: Peer<typeof gatewayContract>
let device: TestDevice
let grown: string[]
let logged: string[]

const start = async (options: Partial<GatewayOptions> = {}): Promise<void> => {
  gateway = await startGateway({
    data,
    host: '127.0.0.1',
    port: 0,
    clock,
    log: (code) => logged.push(code),
    ...options,
  })
  const answers = { 'blob.grown': ({ blob }: { blob: string }) => (grown.push(blob), {}) }
  keeper = await connectKeeper(data, company, answers)
}
beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'sealdesk-blobs-'))
  ca = makeTls(data)
  grown = []
  logged = []
  await start()
  device = company.device()
  await putDevice(keeper, device)
})
afterEach(async () => {
  await gateway.stop()
  rmSync(data, { recursive: true, force: true })
  if (logged.includes('bug')) throw new Error('the gateway reported a bug')
})

const file = randomBytes(200_000)
const coded = (code: string) => ({ error: { code, message: expect.any(String) as string } })
const where = (blob: string) => `${gateway.url}/v1/blobs/${encodeURIComponent(blob)}`
const state = (blob: string, ticket: string, token?: string): Promise<HttpAnswer> =>
  ask(where(blob), ca, { ticket, ...(token ? { token } : {}) })
const post = (blob: string, ticket: string, offset: number | string, body: Uint8Array, token?: string) =>
  ask(`${where(blob)}?offset=${offset}`, ca, { method: 'POST', body, ticket, ...(token ? { token } : {}) })
const stored = () => readdirSync(join(data, 'gateway', 'blobs'))
async function pulled(blob: string): Promise<Buffer | null> {
  const parts: Buffer[] = []
  for (let offset = 0; ;) {
    const { bytes, piece } = await keeper.call('blob.pull', { blob, offset, length: 70_000 })
    if (bytes === null) return null
    parts.push(Buffer.from(piece, 'base64url'))
    offset += parts.at(-1)!.length
    if (offset >= bytes) return Buffer.concat(parts)
  }
}

test('a file goes on where it stopped, over a restart, and is the keeper’s when it is whole', async () => {
  const ticket = device.ticket('b1', file)
  expect(await state('b1', ticket)).toMatchObject({ status: 200, body: { bytes: 0, complete: false } })
  const first = await post('b1', ticket, 0, file.subarray(0, 120_000))
  expect(first).toMatchObject({ status: 200, body: { bytes: 120_000, complete: false } })
  expect(await pulled('b1')).toBeNull()
  await gateway.stop()
  await start()
  expect(await state('b1', ticket)).toMatchObject({ body: { bytes: 120_000, complete: false } })
  const wrong = await post('b1', ticket, 0, file.subarray(0, 10))
  expect(wrong).toMatchObject({ status: 409, body: { ...coded('blob_offset'), bytes: 120_000 } })
  const { token } = await openLink(gateway.url, ca, device, device.secret)
  const last = await post('b1', ticket, 120_000, file.subarray(120_000), token)
  expect(last).toMatchObject({ status: 200, body: { bytes: 200_000, complete: true } })
  expect(grown).toEqual(['b1'])
  expect((await pulled('b1'))?.equals(file)).toBe(true)
})

test('a complete one answers complete again, also when the keeper has it; the file is gone then', async () => {
  const ticket = device.ticket('b1', file)
  await post('b1', ticket, 0, file)
  expect(await post('b1', ticket, 0, file)).toMatchObject({ body: { bytes: 200_000, complete: true } })
  await keeper.call('blob.drop', { blob: 'b1' })
  await keeper.call('blob.drop', { blob: 'b1' })
  expect(stored()).toEqual([])
  expect(await pulled('b1')).toBeNull()
  expect(await state('b1', ticket)).toMatchObject({ body: { bytes: 200_000, complete: true } })
  expect(await post('b1', ticket, 0, file)).toMatchObject({ status: 200, body: { complete: true } })
  expect(stored()).toEqual([])
})

test('what nobody will ask for is answered as complete before it comes', async () => {
  const ticket = device.ticket('b1', file)
  await keeper.call('blob.drop', { blob: 'b1' })
  expect(await post('b1', ticket, 0, file)).toMatchObject({ status: 200, body: { bytes: 200_000, complete: true } })
  expect(stored()).toEqual([])
})

test('the whole is compared with the ticket, dropped when it differs, and may come again', async () => {
  const other = Buffer.from(file)
  other[150_000]! ^= 1
  const ticket = device.ticket('b1', file)
  await post('b1', ticket, 0, other.subarray(0, 160_000))
  const damaged = await post('b1', ticket, 160_000, other.subarray(160_000))
  expect(damaged).toMatchObject({ status: 422, body: coded('blob_damaged') })
  expect(stored()).toEqual([])
  expect(await state('b1', ticket)).toMatchObject({ body: { bytes: 0, complete: false } })
  expect(await post('b1', ticket, 0, file)).toMatchObject({ status: 200, body: { complete: true } })
})

test('a ticket counts for its signature, its blob, its ledger and its token only', async () => {
  const stranger = company.device()
  const second = company.device()
  await putDevice(keeper, second)
  await post('b1', device.ticket('b1', file), 0, file.subarray(0, 10))
  const small = file.subarray(0, 100)
  for (const ticket of [
    device.ticket('other', file),
    device.ticket('b1', file, {}, stranger.signing),
    stranger.ticket('b1', file),
    second.ticket('b1', file),
    device.ticket('b1', small),
    device.ticket('b1', file, { bytes: 2 ** 40 }),
    'nonsense!',
    Buffer.from('{"ledger":5}').toString('base64url'),
    'A'.repeat(9000),
    '',
  ]) {
    const answer = await post('b1', ticket, 10, small)
    expect([answer.status, answer.body]).toEqual([403, coded('ticket_refused')])
    expect((await state('b1', ticket)).status).toBe(403)
  }
  const { token } = await openLink(gateway.url, ca, second, second.secret)
  expect(await post('b1', device.ticket('b1', file), 10, small, token)).toMatchObject({ body: coded('token_refused') })
  const alerts = await keeper.call('alerts.pull', { after: 0 })
  expect(alerts.alerts.map((one) => one.code)).toEqual(['signature_refused'])
})

test('hostile ids, offsets and sizes get a coded answer and leave nothing elsewhere', async () => {
  for (const blob of ['../../escape', '..', '%00', '/etc/passwd', 'a'.repeat(64)]) {
    const answer = await post(blob, device.ticket(blob, file), 0, file)
    expect([200, 404]).toContain(answer.status)
  }
  expect(stored().every((name) => /^[0-9a-f]{64}$/.test(name))).toBe(true)
  expect(readdirSync(data)).toEqual(['gateway'])
  const ticket = device.ticket('b1', file)
  for (const offset of ['-1', '1e3', 'x', '', '9'.repeat(20), '0&offset=1'])
    expect(await post('b1', ticket, offset, file)).toMatchObject({ status: 400, body: coded('bad_input') })
  expect(await post('b1', ticket, 0, Buffer.alloc(200_001))).toMatchObject({
    status: 413,
    body: coded('blob_too_large'),
  })
  const huge = Buffer.alloc(4 * 1024 * 1024 + 1)
  expect(await post('b1', device.ticket('b1', huge), 0, huge)).toMatchObject({
    status: 413,
    body: coded('blob_too_large'),
  })
})

test('two uploads of one file at the same time never mix', async () => {
  const ticket = device.ticket('b1', file)
  const answers = await Promise.all(Array.from({ length: 4 }, () => post('b1', ticket, 0, file.subarray(0, 100_000))))
  expect(answers.map((one) => one.status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409])
  expect(await post('b1', ticket, 100_000, file.subarray(100_000))).toMatchObject({ body: { complete: true } })
})

test('a full disk refuses with a code, and the piece is taken when there is room again', async () => {
  const name = join(data, 'gateway', 'blobs', sha256(Buffer.from('b1')).toString('hex'))
  symlinkSync('/dev/full', name)
  const ticket = device.ticket('b1', file)
  expect(await post('b1', ticket, 0, file)).toMatchObject({
    status: 507,
    body: coded('storage_full'),
    retryAfter: '30',
  })
  expect(await state('b1', ticket)).toMatchObject({ body: { bytes: 0 } })
  unlinkSync(name)
  expect(await post('b1', ticket, 0, file)).toMatchObject({ status: 200, body: { complete: true } })
})

test('without progress for 30 days an incomplete file goes, a complete one stays', async () => {
  await post('b1', device.ticket('b1', file), 0, file.subarray(0, 10))
  await post('b2', device.ticket('b2', file), 0, file)
  clock.time += 29 * 24 * 3_600_000
  await gateway.stop()
  await start()
  expect(stored()).toHaveLength(2)
  clock.time += 25 * 3_600_000
  await gateway.stop()
  await start()
  while (stored().length > 1) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(await state('b1', device.ticket('b1', file))).toMatchObject({ body: { bytes: 0 } })
  expect((await pulled('b2'))?.length).toBe(200_000)
})

test('the spool route is bounded per ledger; a token is not', async () => {
  await gateway.stop()
  await start({ limits: { ...httpLimits, spoolBytesPerLedger: { burst: 250_000, perSecond: 0 } } })
  expect(await post('b1', device.ticket('b1', file), 0, file)).toMatchObject({ status: 200 })
  const refused = await post('b2', device.ticket('b2', file), 0, file)
  expect(refused).toMatchObject({ status: 429, body: coded('rate_limited') })
  const { token } = await openLink(gateway.url, ca, device, device.secret)
  expect(await post('b2', device.ticket('b2', file), 0, file, token)).toMatchObject({ status: 200 })
})
