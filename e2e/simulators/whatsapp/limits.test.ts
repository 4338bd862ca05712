/** What the server and the phones of customers refuse for a time: reaching out, a login, a message that does not decrypt. */
import { describe, expect, test } from 'vitest'
import { NOW, useScene } from './test-scene.ts'

const scene = useScene()

async function send(client: Awaited<ReturnType<typeof scene.linked>>, to: string, text: string): Promise<string> {
  const sent = await client.sock.sendMessage(scene.address(to), { text })
  return sent?.key.id ?? ''
}

describe('a restriction', () => {
  test('refuses messages to strangers by 463, tells its end, and lets answers through', async () => {
    const client = await scene.linked()
    await scene.say({ kind: 'text', text: 'hello' })
    await scene.simulator.fault({ kind: 'restrict', account: 'wa-1', value: 60 })
    expect(await client.sock.fetchAccountReachoutTimelock()).toMatchObject({
      isActive: true,
      timeEnforcementEnds: new Date(NOW + 60_000),
    })
    const refused = await send(client, 'bob', 'an offer')
    await client.until('refusal', () => client.errors.get(refused) === '463')
    const answer = await send(client, 'ana', 'an answer')
    await client.until('ack', () => client.acks.includes(answer))
    await scene.simulator.fault({ kind: 'restrict', account: 'wa-1', value: 0 })
    const allowed = await send(client, 'bob', 'another offer')
    await client.until('ack', () => client.acks.includes(allowed))
    expect(await client.sock.fetchAccountReachoutTimelock()).toMatchObject({ isActive: false })
    expect(scene.simulator.received('bob').map(({ message }) => message.text)).toEqual(['another offer'])
  })
})

test('a refused login leaves the line that is there, and the one after it is let in', async () => {
  const client = await scene.linked()
  await scene.simulator.fault({ kind: 'refuse', account: 'wa-1' })
  const id = await send(client, 'ana', 'still there')
  await client.until('ack', () => client.acks.includes(id))
  client.connect()
  expect(await client.closeCode()).toBe(401)
  client.connect()
  await client.open()
})

test('a customer’s phone that cannot read a message asks for it again and shows it once, under its first time', async () => {
  const client = await scene.linked()
  scene.stepMs = 1000
  const told: string[] = []
  for (const tag of ['CB:ack,class:message', 'CB:receipt'])
    client.sock.ws.on(tag, ({ attrs }: { attrs: { t: string; type?: string } }) => {
      if (attrs.type !== 'retry') told.push(attrs.t)
    })
  await scene.simulator.fault({ kind: 'bad-mac', account: 'wa-1', value: 1 })
  const id = await send(client, 'ana', 'spoilt at first')
  await expect.poll(() => scene.simulator.received('ana').length, { timeout: 5000 }).toBe(1)
  expect(scene.events('send').filter((each) => each === id)).toHaveLength(2)
  await expect.poll(() => told.length, { timeout: 5000 }).toBe(3)
  const shown = String((scene.simulator.received('ana')[0]?.message.time ?? 0) / 1000)
  expect(told).toEqual([shown, shown, shown])
})
