/** Typing and being online as the unmodified library sees them. */
import type { PresenceData } from '@whiskeysockets/baileys'
import { expect, test, vi } from 'vitest'
import type { ActivityRequest } from '../provider.ts'
import { ACCOUNT, NOW, useScene } from './test-scene.ts'

const scene = useScene()

function act(doing: ActivityRequest['doing'], more: Partial<ActivityRequest> = {}): void {
  scene.simulator.act({ customer: 'ana', account: ACCOUNT, group: null, doing, times: 1, ...more })
}

test('is told to who is connected, and how somebody is only to who has subscribed', async () => {
  const client = await scene.linked()
  const told: [string, PresenceData | undefined][] = []
  client.sock.ev.on('presence.update', ({ id, presences }) => told.push([id, Object.values(presences)[0]]))
  const [ana, group] = [scene.address('ana'), '@g.us']
  act('online')
  act('typing')
  act('recording')
  act('stopped')
  act('offline', { seenAt: NOW - 60_000 })
  await client.sock.presenceSubscribe(ana)
  await vi.waitFor(() => expect(told).toHaveLength(4))
  act('hidden')
  const { id } = await scene.simulator.addGroup({ id: 'g', subject: 'Resellers', members: [ACCOUNT, 'ana', 'bob'] })
  act('typing', { account: null, group: id, customer: 'bob', times: 2 })
  await vi.waitFor(() => expect(told).toHaveLength(7))
  expect(told.slice(0, 5)).toEqual([
    [ana, { lastKnownPresence: 'composing' }],
    [ana, { lastKnownPresence: 'recording' }],
    [ana, { lastKnownPresence: 'available' }],
    [ana, { lastKnownPresence: 'unavailable', lastSeen: NOW / 1000 - 60 }],
    [ana, { lastKnownPresence: 'unavailable' }],
  ])
  expect(told.slice(5).map(([from, presence]) => [from.endsWith(group), presence])).toEqual(
    Array.from({ length: 2 }, () => [true, { lastKnownPresence: 'composing' }]),
  )
  const details = scene.simulator.wire(ACCOUNT).map(({ detail }) => detail)
  expect(details).toContain(`presence subscribe ${ana}`)
})

test('nobody learns later what was done while no device was connected, and what WhatsApp does not know is refused', async () => {
  const client = await scene.linked()
  await client.close()
  await vi.waitFor(() => expect(scene.simulator.wire(null).at(-1)?.event).toBe('close'))
  act('typing')
  client.connect()
  const told: unknown[] = []
  client.sock.ev.on('presence.update', (update) => told.push(update))
  await client.open()
  await scene.say({ kind: 'text', text: 'here I am' })
  await client.until('the text', () => client.texts().length === 1)
  expect(told).toEqual([])
  for (const doing of ['filming', 'sending', 'recently'] as const)
    expect(() => act(doing)).toThrow(expect.objectContaining({ code: 'unsupported' }))
  await scene.simulator.addGroup({ id: 'g', subject: 'Resellers', members: [ACCOUNT, 'ana'] })
  expect(() => act('typing', { account: null, group: 'g', customer: 'bob' })).toThrow('not in the group')
})
