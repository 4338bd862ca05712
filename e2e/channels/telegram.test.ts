/** The Telegram account's lifetime against the simulator: real library, real sockets, real encrypted store. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TelegramBench } from './telegram-bench.ts'

let bench: TelegramBench

beforeEach(async () => {
  bench = await TelegramBench.open()
})

afterEach(() => bench.close())

describe('pairing', () => {
  test('by phone: a wrong code is refused and the right one still logs in', async () => {
    const desk = bench.openDesk()
    await desk.channel.start()
    expect(desk.status?.state).toBe('unpaired')
    await desk.channel.pair({ method: 'phone', phone: bench.account.phone })
    const right = bench.simulator.lastCode(bench.account.phone) ?? ''
    await desk.channel.code(right === '11111' ? '22222' : '11111')
    expect(desk.steps.at(-1)).toMatchObject({ step: 'refused', fault: { code: 'telegram_phone_code_invalid' } })
    expect(desk.status?.state).toBe('pairing')
    await desk.channel.code(right)
    expect(desk.steps.at(-1)).toEqual({ step: 'done', address: bench.account.address })
    await desk.untilState('live')
    expect(desk.status).toMatchObject({ address: bench.account.address, fault: null })
  })

  test('by phone: a number that Telegram refuses ends the flow', async () => {
    const desk = bench.openDesk()
    await desk.channel.start()
    await desk.channel.pair({ method: 'phone', phone: '12345' })
    expect(desk.steps.at(-1)).toMatchObject({ step: 'refused', fault: { code: 'telegram_phone_number_invalid' } })
    expect(desk.status?.state).toBe('unpaired')
    await expect(desk.channel.code('11111')).rejects.toMatchObject({ code: 'telegram_not_pairing' })
  })

  test('by phone: the code is taken also after the line was cut in between', async () => {
    const relay = await bench.openRelay()
    const desk = bench.openDesk({}, relay.port)
    await desk.channel.start()
    await desk.channel.pair({ method: 'phone', phone: bench.account.phone })
    relay.cut()
    await desk.channel.code(bench.simulator.lastCode(bench.account.phone) ?? '')
    // The first try may still have met the dying socket; then it says so and the flow is open.
    if (desk.steps.at(-1)?.step === 'refused')
      await desk.channel.code(bench.simulator.lastCode(bench.account.phone) ?? '')
    await desk.untilState('live')
  })

  test('by QR: the token is shown, scanned, and logs in', async () => {
    const desk = bench.openDesk()
    await desk.channel.start()
    await desk.channel.pair({ method: 'qr', phone: null })
    const { text, expiresAt } = await desk.untilStep('qr')
    expect(text).toMatch(/^tg:\/\/login\?token=[\w-]+$/)
    expect(expiresAt).toBeGreaterThan(Date.now())
    await bench.simulator.pair({ account: bench.account.id, qr: text })
    expect(await desk.untilStep('done')).toEqual({ step: 'done', address: bench.account.address })
    await desk.untilState('live')
    await bench.say('after the scan')
    await desk.untilText('after the scan')
  })

  test.each(['phone', 'qr'] as const)('by %s: an account of another data centre is logged in there', async (method) => {
    await bench.fault('migrate', 4)
    const desk = bench.openDesk()
    await desk.channel.start()
    await desk.channel.pair({ method, phone: method === 'phone' ? bench.account.phone : null })
    if (method === 'phone') {
      await desk.untilStep('code-needed')
      await desk.channel.code(bench.simulator.lastCode(bench.account.phone) ?? '')
    } else {
      const { text } = await desk.untilStep('qr')
      await bench.simulator.pair({ account: bench.account.id, qr: text })
    }
    await desk.untilState('live')
    await bench.say('at the new place')
    await desk.untilText('at the new place')
    await desk.channel.stop()
    // What is kept leads there at once.
    await desk.channel.start()
    await desk.untilState('live')
    const calls = bench.simulator.wire(null).map(({ detail }) => detail ?? '')
    const moved = calls.filter((call) => call.includes('MIGRATE'))
    expect(moved).toEqual(method === 'phone' ? ['auth.sendCode PHONE_MIGRATE_4'] : [])
  })

  test('by QR: the token is renewed before it expires', async () => {
    const waits: number[] = []
    const desk = bench.openDesk({
      after(ms, run) {
        waits.push(ms)
        // Only the wait for the scan lies between these two; it is cut short.
        const timer = setTimeout(run, ms >= 5_000 && ms <= 25_000 ? 10 : ms)
        return () => clearTimeout(timer)
      },
    })
    await desk.channel.pair({ method: 'qr', phone: null })
    await desk.until(() => new Set(desk.steps.map((step) => step.step === 'qr' && step.text)).size >= 2)
    expect(waits.some((ms) => ms >= 20_000 && ms <= 25_000)).toBe(true)
  })
})

describe('the account', () => {
  test('a cut line is connected again and what came meanwhile is caught up', async () => {
    const desk = await bench.openLiveDesk()
    await bench.fault('cut')
    await bench.say('during the cut')
    await desk.untilText('during the cut')
    await desk.untilState('live')
    expect(desk.states).toContain('down')
  })

  test('a frozen line is silent, then replaced by a new one', async () => {
    const desk = await bench.openLiveDesk({ heartbeatMs: 100, answerMs: 300 })
    await bench.fault('freeze')
    await desk.untilState('silent')
    await desk.untilState('live')
    await bench.say('thawed')
    await desk.untilText('thawed')
  })

  test.each([
    ['revoke', 'unpaired', 'telegram_session_revoked'],
    ['ban', 'banned', 'telegram_user_deactivated_ban'],
    ['replace', 'replaced', 'telegram_auth_key_duplicated'],
  ] as const)('%s is noticed by the heartbeat and the key is thrown away', async (kind, state, code) => {
    const desk = await bench.openLiveDesk({ heartbeatMs: 100 })
    await bench.fault(kind)
    expect((await desk.untilState(state)).fault?.code).toBe(code)
    expect(desk.store.listState('session')).toEqual([])
    await desk.channel.stop()
    const connects = bench.connects()
    await desk.channel.start()
    expect(desk.status?.state).toBe('unpaired')
    expect(bench.connects()).toBe(connects)
  })

  test('an account that is moved while it runs needs a new login and then runs there', async () => {
    const desk = await bench.openLiveDesk({ heartbeatMs: 100 })
    await bench.fault('migrate', 4)
    expect((await desk.untilState('unpaired')).fault?.code).toBe('telegram_auth_key_unregistered')
    await bench.say('while it moved')
    await desk.pair(bench.simulator, bench.account.phone)
    await desk.untilText('while it moved')
    const calls = bench.simulator.wire(null).map(({ detail }) => detail ?? '')
    expect(calls).toContain('updates.getState USER_MIGRATE_4')
  })

  test('a key that the server does not know any more is given up after a second try', async () => {
    const desk = await bench.openLiveDesk()
    await desk.channel.stop()
    await bench.replaceSimulator()
    await desk.channel.start()
    expect((await desk.untilState('unpaired')).fault?.code).toBe('telegram_key_unknown')
    expect(bench.connects()).toBe(2)
  })

  test('pairing again after a revocation catches up what came in between', async () => {
    const desk = await bench.openLiveDesk({ heartbeatMs: 100 })
    await bench.fault('revoke')
    await desk.untilState('unpaired')
    await bench.say('while unpaired')
    await desk.pair(bench.simulator, bench.account.phone)
    expect(await desk.untilText('while unpaired')).toMatchObject({ path: 'offline' })
  })

  test('stop leaves no socket, and neither key nor text nor number is ever logged', async () => {
    const desk = await bench.openLiveDesk()
    await bench.say('a secret text')
    await desk.untilText('a secret text')
    await bench.fault('cut')
    await desk.untilState('down')
    await desk.untilState('live')
    await desk.channel.stop()
    await desk.channel.stop()
    await expect.poll(() => bench.openConnections()).toEqual([])
    expect(desk.logs).not.toEqual([])
    for (const line of desk.logs) expect(line).toMatch(/^(info|warn|error) telegram_[a-z_]+$/)
  })
})
