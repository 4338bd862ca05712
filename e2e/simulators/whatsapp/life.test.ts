import type { BinaryNode } from './binary-node.ts'
import type { BaileysClient } from './baileys-client.ts'
import { describe, expect, test, vi } from 'vitest'
import { ACCOUNT, useScene } from './test-scene.ts'

vi.setConfig({ testTimeout: 30_000 })
const scene = useScene()

const PHONE = '4915112345678'

function notifications(client: BaileysClient): BinaryNode[] {
  const seen: BinaryNode[] = []
  client.sock.ws.on('CB:notification', (node: BinaryNode) => seen.push(node))
  return seen
}

describe('linking', () => {
  test('by a code that the owner types; a wrong one is refused', async () => {
    const client = scene.client()
    client.connect()
    await client.qr()
    await expect(scene.simulator.pair({ account: ACCOUNT })).rejects.toThrow(/missing/)
    const code = await client.sock.requestPairingCode(PHONE)
    await scene.simulator.pair({ account: ACCOUNT, code: `${code.slice(0, 4)}-${code.slice(4).toLowerCase()}` })
    expect(await client.closeCode()).toBe(515)
    client.connect()
    await client.open()
    expect(client.creds.me?.lid).toBe(scene.address(ACCOUNT).replace('@', ':1@'))
    const other = scene.client()
    other.connect()
    await other.qr()
    await other.sock.requestPairingCode(PHONE)
    await expect(scene.simulator.pair({ account: ACCOUNT, code: 'ABCDEFGH' })).rejects.toThrow(/code is wrong/)
  })

  test('devices are listed, told of each other, and may go again', async () => {
    const first = await scene.linked()
    const seen = notifications(first)
    const second = await scene.linked()
    await vi.waitFor(() => expect(seen.map(({ attrs }) => attrs.type)).toContain('devices'))
    const names = scene.simulator.devices(ACCOUNT).map(({ id, name, current }) => [id, name, current])
    expect(names).toEqual([
      ['0', 'phone', false],
      ['1', 'Mac OS', true],
      ['2', 'Mac OS', true],
    ])
    await second.sock.logout()
    await vi.waitFor(() => expect(scene.simulator.devices(ACCOUNT)).toHaveLength(2))
    await vi.waitFor(() => expect(seen.filter(({ attrs }) => attrs.type === 'devices')).toHaveLength(2))
    // Linked, restarted, and then thrown out: it has to be linked anew.
    await scene.simulator.fault({ kind: 'cut', account: ACCOUNT, value: 515 })
    expect(await first.closeCode()).toBe(515)
    await scene.simulator.fault({ kind: 'kick', account: ACCOUNT })
    first.connect()
    expect(await first.closeCode()).toBe(401)
    const again = await scene.linked()
    expect(again.creds.me?.id).toBe(`${PHONE}:3@s.whatsapp.net`)
  })

  test('a customer with a new phone is told as a new identity, and both sides go on', async () => {
    const client = await scene.linked()
    await client.message(await scene.say({ kind: 'text', text: 'old phone' }))
    await client.sock.sendMessage(scene.address('ana'), { text: 'one' })
    await vi.waitFor(() => expect(scene.latest('ana')?.message.text).toBe('one'))
    const seen = notifications(client)
    await scene.simulator.reinstall('ana')
    await vi.waitFor(() => expect(seen.map(({ attrs }) => attrs.type)).toEqual(['encrypt']))
    await client.message(await scene.say({ kind: 'text', text: 'new phone' }))
    await client.sock.sendMessage(scene.address('ana'), { text: 'two' })
    await vi.waitFor(() => expect(scene.latest('ana')?.message.text).toBe('two'), 5000)
  })
})

describe('what else happens', () => {
  test('calls ring and end', async () => {
    const client = await scene.linked()
    const id = await scene.say({ kind: 'call' })
    await client.until('both steps', () => client.calls.length === 2)
    expect(client.calls.map((call) => [call.id, call.status, call.isVideo])).toEqual([
      [id, 'offer', false],
      [id, 'timeout', false],
    ])
    const call = { video: true, outcome: 'answered' as const, durationS: 42 }
    await scene.say({ kind: 'call', details: { call } })
    await client.until('all steps', () => client.calls.length === 4)
    expect(client.calls[3]).toMatchObject({ status: 'terminate', isVideo: true })
    expect(scene.simulator.sent().map(({ message }) => message.details)).toEqual([
      { call: { video: false, outcome: 'missed', durationS: null } },
      { call },
    ])
  })

  test('kinds that nobody knows, and messages that come once more in the history', async () => {
    const client = await scene.linked()
    const id = await scene.say({ kind: 'text', text: 'remembered' })
    await client.message(id)
    await scene.simulator.fault({ kind: 'unknown-kind', account: ACCOUNT })
    await client.until('the unknown kind', () => client.messages.length === 2)
    expect(client.messages[1]?.key.remoteJid).toBe(scene.address('ana'))
    const history = new Promise<string[]>((resolve) => {
      client.sock.ev.on('messaging-history.set', ({ messages }) => resolve(messages.map(({ key }) => key.id ?? '')))
    })
    await scene.simulator.fault({ kind: 'resend', account: ACCOUNT, value: 1, count: 5 })
    expect(await history).toEqual([id])
  })
})
