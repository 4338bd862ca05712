/** Stanzas that broke the library's own handlers: the account stays what it was, and the neighbour comes. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { element } from '../simulators/whatsapp/binary-node.ts'
import { encodeNode } from '../simulators/whatsapp/encoder.ts'
import { WhatsAppSimulator } from '../simulators/whatsapp/simulator.ts'
import { WhatsAppDesk } from './whatsapp-desk.ts'

let simulator: WhatsAppSimulator
let desk: WhatsAppDesk
beforeEach(async () => {
  for (const name of ['info', 'warn', 'error'] as const) vi.spyOn(console, name).mockImplementation(() => undefined)
  simulator = new WhatsAppSimulator({ clock: { now: () => Date.now() }, seed: 7 })
  await simulator.start(0)
  simulator.addAccount({ id: 'wa-1', name: 'Shop', phone: '4915112345678' })
  simulator.addCustomer({ id: 'ana', name: 'Ana', phone: '4917711111111', language: 'de' })
  desk = new WhatsAppDesk(simulator)
  await desk.pair()
})
afterEach(async () => {
  await desk.close()
  await simulator.stop()
  vi.restoreAllMocks()
})

const push = (node: Parameters<typeof encodeNode>[0]): boolean => simulator.pushHostile('wa-1', encodeNode(node))

async function neighbourComes(): Promise<void> {
  const quiet = { group: null, entities: [], reply: null, details: null, media: null }
  await simulator.say({ ...quiet, customer: 'ana', account: 'wa-1', kind: 'text', text: 'neighbour' })
  await desk.message('neighbour')
}

test('a missed call of nobody rejects in a listener that nobody waits for, and ends nothing', async () => {
  push(element('call', { id: 'C', t: '1' }, [element('terminate', { 'call-id': 'X', reason: 'timeout' })]))
  await neighbourComes()
  await desk.until('the report of it', () =>
    desk.log.some(({ code, detail }) => code === 'whatsapp_listener' && JSON.stringify(detail).includes('event ')),
  )
  expect(desk.state()?.state).toBe('live')
})

test('a second answer to the log-in puts no other address in the account’s place', async () => {
  const before = desk.state()?.address
  push(element('success', { t: '1', lid: '1@lid', props: '1' }))
  const ref = element('pair-device', {}, [element('ref', {}, Buffer.alloc(32, 5))])
  push(element('iq', { from: '@s.whatsapp.net', id: 'P', type: 'set', xmlns: 'md' }, [ref]))
  const success = element('pair-success', {}, [element('device-identity', {}, Buffer.alloc(32, 5))])
  push(element('iq', { from: '@s.whatsapp.net', id: 'Q', type: 'set', xmlns: 'md' }, [success]))
  const states = desk.statuses.length
  await neighbourComes()
  expect(desk.statuses.slice(states).map(({ state }) => state)).not.toContain('down')
  await desk.restart()
  await desk.channel.start()
  expect((await desk.reached('live')).address).toBe(before)
})
