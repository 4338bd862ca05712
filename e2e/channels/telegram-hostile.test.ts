/** What a server may push by accident or malice: it is kept as it came, and neither line nor neighbours suffer. */
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TelegramBench } from './telegram-bench.ts'
import type { TelegramDesk } from './telegram-desk.ts'

let bench: TelegramBench
let desk: TelegramDesk
beforeEach(async () => {
  bench = await TelegramBench.open()
  desk = await bench.openTalkingDesk()
})
afterEach(() => bench.close())

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

function raws(): string[] {
  return desk.events.flatMap((event) => (event.type === 'unknown' ? [Buffer.from(event.raw).toString('hex')] : []))
}

test('cut objects, noise and broken packings leave a row each, and the line stays', async () => {
  const connects = bench.connects()
  const hostile = [
    // An Updates that is cut in its list.
    hex('4042ae7415c4b51c03000000'),
    hex('011bb81b7c0e9b3f2c1f5566'),
    hex('a1cf723007000000000000000000'),
    // A User, which nobody pushes.
    hex('7a4bbcd30100000000000000'),
  ]
  for (const bytes of hostile) bench.simulator.pushHostile(bench.account.id, bytes)
  await bench.say('after')
  await desk.untilText('after')
  for (const bytes of hostile) await desk.until(() => raws().includes(bytes.toString('hex')))
  expect(bench.connects()).toBe(connects)
  expect(desk.states.at(-1)).toBe('live')
})

test('a neighbour in the same container comes, whatever stands before and behind it', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
  const head = hex('a1cf7230fe000000')
  head.writeUIntLE(bomb.length, 5, 3)
  const packed = Buffer.concat([head, bomb, Buffer.alloc((4 - (bomb.length % 4)) % 4)])
  bench.simulator.together(bench.account.id, () => {
    // A broken packing behind what throws: its failure once ended the process.
    bench.simulator.pushHostile(bench.account.id, hex('b5757299'))
    bench.simulator.pushHostile(bench.account.id, hex('a1cf723003626164'))
    void bench.say('between')
    bench.simulator.pushHostile(bench.account.id, packed)
    bench.simulator.pushHostile(bench.account.id, hex('dcf8f17301000000'))
  })
  await desk.untilText('between')
  await desk.until(() => raws().includes('a1cf723003626164'))
  expect(desk.texts()).toEqual(['hello', 'between'])
})

test('a list that was cut once does not spoil the lists of later updates', async () => {
  // updateDeleteMessages inside updateShort, cut in its list of numbers.
  bench.simulator.pushHostile(bench.account.id, hex('c1ded478d27bda20a15c4b51c030000000100').subarray(0, 16))
  const id = await bench.say('to be deleted')
  await desk.untilText('to be deleted')
  const change = { kind: 'delete' as const }
  await bench.simulator.change({
    customer: bench.customer.id,
    account: bench.account.id,
    group: null,
    target: id,
    change,
  })
  await desk.until(() => desk.messages().some(({ message }) => message.kind === 'delete' && message.target === id))
  expect(desk.states.at(-1)).toBe('live')
})
