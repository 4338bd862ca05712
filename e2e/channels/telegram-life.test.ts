/** Telegram's two-step password, other data centres, devices and the end of a log-in, against the simulator. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TelegramBench } from './telegram-bench.ts'

let bench: TelegramBench

beforeEach(async () => {
  bench = await TelegramBench.open()
})
afterEach(() => bench.close())

describe('an account with a two-step password', () => {
  beforeEach(() => bench.simulator.setPassword(bench.account.id, 'correct horse', 'an animal'))

  test('logs in by phone: a wrong password is refused, the right one still works', async () => {
    const desk = bench.openDesk()
    await desk.channel.start()
    await desk.channel.pair({ method: 'phone', phone: bench.account.phone })
    await desk.untilStep('code-needed')
    await desk.channel.code(bench.simulator.lastCode(bench.account.phone) ?? '')
    expect(await desk.untilStep('password-needed')).toEqual({ step: 'password-needed', hint: 'an animal' })
    await desk.channel.password('wrong donkey')
    expect(desk.steps.at(-1)).toMatchObject({ step: 'refused', fault: { code: 'telegram_password_hash_invalid' } })
    await desk.channel.password('correct horse')
    await desk.untilState('live')
  })

  test('logs in by QR code', async () => {
    const desk = bench.openDesk()
    await desk.channel.start()
    await desk.channel.pair({ method: 'qr', phone: null })
    const { text } = await desk.untilStep('qr')
    await bench.simulator.pair({ account: bench.account.id, qr: text })
    await desk.untilStep('password-needed')
    await desk.channel.password('correct horse')
    await desk.untilState('live')
  })
})

test('an account of another data centre is followed there', async () => {
  await bench.fault('migrate', 4)
  const desk = await bench.openLiveDesk()
  await bench.say('hello from afar')
  await desk.untilText('hello from afar')
  await desk.channel.stop()
  await desk.channel.start()
  await desk.untilState('live')
})

describe('devices', () => {
  test('are listed, and one that is too fresh may not end the others', async () => {
    const desk = await bench.openLiveDesk()
    await bench.openLiveDesk()
    const devices = await desk.channel.listDevices()
    expect(devices.map(({ current }) => current).toSorted()).toEqual([false, true])
    const other = devices.find(({ current }) => !current)
    await expect(desk.channel.removeDevice(other?.id ?? '')).rejects.toMatchObject({ code: 'device_too_fresh' })
    const self = devices.find(({ current }) => current)
    await expect(desk.channel.removeDevice(self?.id ?? '')).rejects.toMatchObject({ code: 'not_allowed' })
    await expect(desk.channel.removeDevice('123')).rejects.toThrow()
  })

  test('unlinking ends the own log-in and forgets the key', async () => {
    const desk = await bench.openLiveDesk()
    await desk.channel.unlink()
    expect(desk.status).toMatchObject({ state: 'unpaired', fault: null })
    expect(desk.store.listState('session')).toEqual([])
    expect(bench.simulator.devices(bench.account.id)).toEqual([])
    await desk.pair(bench.simulator, bench.account.phone)
  })
})

describe('what nobody can read', () => {
  test('an object of an unknown kind costs neither the connection nor what follows', async () => {
    const desk = await bench.openTalkingDesk()
    await bench.fault('unknown-kind')
    await bench.say('after it')
    await desk.untilText('after it')
    expect(desk.texts()).toEqual(['hello', 'after it'])
  })

  test('a difference that is too long loses nothing that the histories still hold', async () => {
    const desk = await bench.openTalkingDesk()
    await desk.channel.stop()
    for (const text of ['one', 'two', 'three']) await bench.say(text)
    await bench.fault('too-long')
    await desk.channel.start()
    await desk.untilText('three')
    expect(desk.texts()).toEqual(['hello', 'one', 'two', 'three'])
    expect(desk.events.some((event) => event.type === 'unknown' && event.reason.startsWith('gap'))).toBe(true)
  })
})
