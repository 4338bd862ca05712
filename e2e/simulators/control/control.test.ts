/** The control API over real HTTP, with both simulators behind it. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { canonicalJson } from '../../../shared/formats/canonical-json.ts'
import { neutralMessageSchema } from '../../../shared/contracts/neutral-message.ts'
import { startSimulators, type RunningSimulators } from '../index.ts'
import { addCompany } from './company.ts'
import { MovableClock } from './clock.ts'
import { SimulatorDirectory } from './directory.ts'
import { startTraffic } from './traffic.ts'
import { TelegramSimulator } from '../telegram/simulator.ts'
import { libraryClient, logIn } from '../telegram/library-client.ts'
import { WhatsAppSimulator } from '../whatsapp/simulator.ts'

let running: RunningSimulators

beforeAll(async () => {
  running = await startSimulators({ whatsappPort: 0, telegramPort: 0, controlPort: 0, seed: 5, company: null })
})

afterAll(() => running.stop())

interface Answer {
  status: number
  body: Record<string, unknown> & { error?: { code: string; message: string } }
  text: string
}

async function request(path: string, body?: unknown): Promise<Answer> {
  const init =
    body === undefined ? {} : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }
  const response = await fetch(running.endpoints.control + path, init)
  const text = await response.text()
  return { status: response.status, body: JSON.parse(text) as Answer['body'], text }
}

describe('accounts and customers', () => {
  it('get ids, addresses and numbers on both channels and are listed', async () => {
    for (const [channel, id, address] of [
      ['telegram', 'tg', /^user:\d+$/],
      ['whatsapp', 'wa', /^\d+@lid$/],
    ] as const) {
      const account = await request('/accounts', { channel, name: `Main ${channel}` })
      expect(account.body).toEqual({
        id: `${id}-1`,
        channel,
        name: `Main ${channel}`,
        address: expect.stringMatching(address),
        phone: expect.stringMatching(/^\d+$/),
      })
      const customer = await request('/customers', { channel, name: 'Renée', language: 'de' })
      expect(customer.body).toMatchObject({ id: `${id}-c1`, address: expect.stringMatching(address) })
    }
    expect((await request('/accounts')).body).toHaveLength(2)
    expect((await request('/customers')).body).toHaveLength(2)
  })

  it('are refused when the input is not right', async () => {
    for (const body of [
      {},
      { channel: 'fax', name: 'x', language: 'de' },
      { channel: 'telegram', name: '', language: 'de' },
      [],
      'null',
    ])
      expect((await request('/customers', body)).status).toBe(400)
    expect((await request('/customers', '{broken')).body.error?.code).toBe('bad_request')
    const extra = await request('/accounts', { channel: 'telegram', name: 'x', admin: true })
    expect(extra.status).toBe(400)
  })
})

describe('messages', () => {
  it('said on Telegram stand in /sent as canonical JSON of the neutral form', async () => {
    const text = '<img src=x> "quoted" \u2028 é 👍'
    const said = await request('/say', { customer: 'tg-c1', account: 'tg-1', text })
    expect(said.body).toEqual({ providerId: '1' })
    const sent = await request('/sent')
    const rows = sent.body as unknown as { customer: string; account: string; raw: string; message: unknown }[]
    expect(rows).toHaveLength(1)
    const message = neutralMessageSchema.parse(rows[0]?.message)
    expect(message.text).toBe(text)
    expect(sent.text).toBe(canonicalJson(rows))
    expect(sent.text).toContain(canonicalJson(message))
    expect(Buffer.from(rows[0]?.raw ?? '', 'base64').length).toBeGreaterThan(20)
    expect((await request('/received?customer=tg-c1')).body).toEqual([])
  })

  it('of 10 MB are taken, and a body over 16 MB is refused', async () => {
    const big = await request('/say', { customer: 'tg-c1', account: 'tg-1', text: 'x'.repeat(10 * 1024 * 1024) })
    expect(big.status).toBe(200)
    const tooBig = await request('/say', 'x'.repeat(17 * 1024 * 1024)).catch(() => null)
    // The server may close the line before the client has written everything; then fetch fails, which is a refusal too.
    expect(tooBig?.status ?? 413).toBe(413)
    expect((await request('/clock')).status).toBe(200)
  })

  it('to strangers, across channels or of kinds that do not exist get their codes', async () => {
    const code = async (body: unknown) => (await request('/say', body)).body.error?.code
    expect(await code({ customer: 'nobody', account: 'tg-1', text: 'x' })).toBe('not_found')
    expect(await code({ customer: 'tg-c1', account: 'nowhere', text: 'x' })).toBe('not_found')
    expect(await code({ customer: 'tg-c1', account: 'wa-1', text: 'x' })).toBe('bad_request')
    expect(await code({ customer: 'tg-c1', account: 'tg-1', text: '' })).toBe('bad_request')
    expect(await code({ customer: 'tg-c1', account: 'tg-1', kind: 'smell' })).toBe('bad_request')
    expect(await code({ customer: 'tg-c1', account: 'tg-1', kind: 'image', file: '%%' })).toBe('bad_request')
    expect(await code({ customer: 'tg-c1', account: 'tg-1', text: 'x', bytes: 9 })).toBe('bad_request')
    expect(await code({ customer: 'tg-c1', text: 'x' })).toBe('bad_request')
    expect(await code({ customer: 'tg-c1', group: 'tgg-9', text: 'x' })).toBe('not_found')
    expect((await request('/received?customer=nobody')).status).toBe(404)
    expect((await request('/received')).status).toBe(400)
  })
})

describe('the rest of the API', () => {
  it('answers 501 for what a provider has not, 404 and 405 for what does not exist', async () => {
    expect((await request('/password', { account: 'wa-1', password: 'x' })).status).toBe(501)
    expect((await request('/nothing')).status).toBe(404)
    expect((await request('/say')).status).toBe(405)
    expect((await request('/fault', { kind: 'nack', account: 'tg-1' })).body.error?.code).toBe('unsupported')
    expect((await request('/fault', { kind: 'earthquake', account: 'tg-1' })).body.error?.code).toBe('bad_request')
    expect((await request('/pair', { account: 'tg-1', qr: 'tg://login?token=AAAA' })).body.error?.code).toBe(
      'bad_request',
    )
  })

  it('lets customers do something without saying anything, where both are on one channel', async () => {
    const act = (body: object) => request('/activity', { customer: 'tg-c1', account: 'tg-1', doing: 'typing', ...body })
    expect((await act({})).body).toEqual({ ok: true })
    expect((await act({ doing: 'offline', seenAt: 1, times: 3 })).body).toEqual({ ok: true })
    for (const body of [
      { doing: 'dancing' },
      { group: 'tgg-1' },
      { account: 'wa-1' },
      { account: undefined },
      { times: 0 },
    ])
      expect((await act(body)).body.error?.code).toBe('bad_request')
    expect((await act({ customer: 'wa-c1', account: 'wa-1', doing: 'recently' })).body.error?.code).toBe('unsupported')
  })

  it('gives the login code, takes read marks and faults, and shows the wire', async () => {
    const accounts = (await request('/accounts')).body as unknown as { id: string; phone: string }[]
    const number = accounts.find((one) => one.id === 'tg-1')?.phone ?? ''
    expect((await request(`/code?phone=${number}`)).status).toBe(404)
    const client = libraryClient({ endpoints: running.endpoints.telegram })
    try {
      await client.connect()
      await logIn(client, number, () => running.telegram.lastCode(number))
      expect((await request(`/code?phone=%2B${number}`)).body).toEqual({ code: running.telegram.lastCode(number) })
      expect((await request('/read', { customer: 'tg-c1', account: 'tg-1' })).body).toEqual({ ok: true })
      expect((await request('/fault', { kind: 'cut', account: 'tg-1' })).body).toEqual({ ok: true })
      const events = async () =>
        ((await request('/wire?account=tg-1')).body as unknown as { event: string }[]).map((one) => one.event)
      await vi.waitFor(async () => expect(await events()).toEqual(expect.arrayContaining(['login', 'close'])))
    } finally {
      await client.destroy()
    }
  })

  it('moves the clock and tells everybody who listens', async () => {
    const abort = new AbortController()
    const stream = await fetch(`${running.endpoints.control}/clock`, {
      headers: { accept: 'text/event-stream' },
      signal: abort.signal,
    })
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    const next = async (): Promise<number> => {
      const { value = '' } = (await reader?.read()) ?? {}
      return (JSON.parse(value.replace(/^data: /, '')) as { now: number }).now
    }
    expect(Math.abs((await next()) - Date.now())).toBeLessThan(2000)
    await request('/clock', { advanceMs: 86_400_000 })
    expect(Math.abs((await next()) - Date.now() - 86_400_000)).toBeLessThan(2000)
    await request('/clock', { now: 1_800_000_000_000 })
    expect(Math.abs((await next()) - 1_800_000_000_000)).toBeLessThan(2000)
    abort.abort()
    expect((await request('/clock', { sideways: 1 })).status).toBe(400)
    const now = (await request('/clock')).body['now'] as number
    expect(now).toBeGreaterThanOrEqual(1_800_000_000_000)
  })

  it('listens to loopback names only', async () => {
    const { request: httpRequest } = await import('node:http')
    const status = await new Promise<number>((resolve, reject) => {
      const { port } = new URL(running.endpoints.control)
      httpRequest({ port, host: '127.0.0.1', path: '/accounts', headers: { host: 'evil.example' } }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
        .on('error', reject)
        .end()
    })
    expect(status).toBe(403)
  })
})

describe('the demo company', () => {
  async function company(seed: number) {
    const clock = new MovableClock()
    const telegram = new TelegramSimulator({ clock, seed })
    const directory = new SimulatorDirectory([new WhatsAppSimulator({ clock, seed }), telegram], seed)
    return { telegram, directory, people: await addCompany(directory, 'small') }
  }

  it('has three accounts, twelve customers and three groups, the same for the same seed', async () => {
    const [one, two] = [await company(9), await company(9)]
    expect(one.directory.accounts().map((account) => account.name)).toEqual([
      'WhatsApp Brazil 1',
      'WhatsApp Asia 1',
      'Telegram Main',
    ])
    expect(one.directory.customers()).toHaveLength(12)
    expect(new Set(one.directory.customers().map((customer) => customer.language))).toEqual(
      new Set(['pt', 'es', 'zh', 'en', 'de']),
    )
    expect(one.directory.customers()).toEqual(two.directory.customers())
    expect(one.directory.groups()).toHaveLength(3)
    expect(one.directory.groups()).toEqual(two.directory.groups())
  })

  it('is silent until an account logs in; then its customers open, go on writing, read and answer', async () => {
    const { telegram, directory, people } = await company(9)
    await telegram.start(0)
    const traffic = startTraffic({ directory, company: people, seed: 9, ongoing: true, stepMs: 3_600_000 })
    const client = libraryClient({ endpoints: telegram.endpoints() })
    try {
      await traffic.step()
      expect(telegram.sent()).toHaveLength(0)
      await client.connect()
      await logIn(client, telegram.accounts()[0]?.phone ?? '', (phone) => telegram.lastCode(phone))
      await traffic.step()
      const isHere = (one: { account: { channel: string } }): boolean => one.account.channel === 'telegram'
      const openings = [
        ...people.customers.filter(isHere).flatMap((one) => one.openings),
        ...people.groups.filter(isHere).flatMap((one) => one.openings.map(({ said }) => said)),
      ].map((said) => (typeof said === 'string' ? `text ${said}` : `${said.kind} ${said.text}`))
      expect(
        telegram
          .sent()
          .map(({ message }) => `${message.kind} ${message.text}`)
          .slice(0, openings.length),
      ).toEqual(openings)
      expect(telegram.sent()).toHaveLength(openings.length + 1)
      const [dialog] = await client.getDialogs({})
      if (!dialog?.inputEntity) return expect.unreachable('a dialog was expected')
      await client.sendMessage(dialog.inputEntity, { message: 'our answer' })
      await traffic.step()
      expect(telegram.sent()).toHaveLength(openings.length + 3)
      const marks = Array.from(await client.getDialogs({}), (one) => one.dialog.readOutboxMaxId)
      expect(marks.filter((mark) => mark > 0)).toHaveLength(1)
    } finally {
      traffic.stop()
      await client.destroy()
      await telegram.stop()
    }
  })
})
