/** Every kind of message comes in once, keeps what it was, and leads to what it is about; raw ones and gaps keep their place. */
import { afterEach, expect, test } from 'vitest'
import { canonicalJson } from '../../../../shared/formats/canonical-json.ts'
import { messageKinds, type NeutralMessage } from '../../../../shared/contracts/neutral-message.ts'
import { TestVault } from '../../test-vault.ts'
import { TestWorkstation } from '../../test-workstation.ts'

let vault: TestVault
afterEach(() => vault.stop())

const li = { address: '77@lid', name: 'Li' }
const file = { name: null, mime: 'image/jpeg', bytes: 3, width: 1, height: 1, durationS: null, waveform: null }
const details: Partial<Record<NeutralMessage['kind'], NeutralMessage['details']>> = {
  image: { file, mentions: ['88@lid'] },
  location: { location: { latitude: 1.5, longitude: -2, name: 'Port', address: null, live: false } },
  contact: { contacts: [{ name: 'Bo', phones: ['+1 2'] }] },
  poll: { poll: { question: 'When?', options: ['now', 'later'], multiple: false } },
  reaction: { emoji: '👍' },
  vote: { vote: ['now'] },
  service: { service: { event: 'timer', members: [], text: null, seconds: 86_400 } },
  call: { call: { video: false, outcome: 'missed', durationS: null } },
}

async function exported(account: string, raw = false) {
  return (await vault.keeper.messages.export('local', account, 'a test', null, { raw })).messages
}
async function read(account: string) {
  const [conversation] = await vault.conversations(account)
  return (await vault.keeper.messages.read('local', conversation!, 'a test')).messages
}

test('every kind is exported byte for byte, in the journal’s order, once however often it is reported', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  const said: NeutralMessage[] = []
  for (let round = 0; round < 2; round++) {
    for (const [index, kind] of messageKinds.entries()) {
      const target = ['edit', 'delete', 'reaction', 'vote'].includes(kind) ? 'id-0' : null
      const time = 1_800_000_000_000 + index
      const one_ = { providerId: `id-${index}`, kind, text: `${kind} 🙂`, time, target, details: details[kind] ?? null }
      const message = one.say(account, li, { ...one_, entities: [{ type: 'bold', offset: 0, length: 2 }] })
      if (round === 0) said.push(message)
    }
  }
  await one.upload()
  const all = await exported(account, true)
  expect(all.map((row) => row.message)).toEqual(said.map((message) => canonicalJson(message)))
  expect(all[3]!.raw).toBe(Buffer.from('raw id-3').toString('base64'))
  expect(Object.keys((await exported(account))[0]!)).not.toContain('raw')
  const rows = await read(account)
  expect(rows.map((row) => row.kind)).toEqual([...messageKinds])
  expect(rows.map((row) => row.details)).toEqual(said.map((message) => message.details))
  await vault.keeper.search.catchUp()
  for (const word of ['Port', 'When', 'later', 'Bo'])
    expect([word, (await vault.keeper.search.find(word, 10)).length]).toEqual([word, 1])
})

test('a call is one row, which says what it came to', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  const time = 1_800_000_000_000
  const told = (['ringing', 'missed', 'ringing'] as const).map((outcome, index) => {
    const call = { call: { video: false, outcome, durationS: null } }
    return one.say(account, li, { providerId: 'C1', kind: 'call', details: call, time: time + index * 1000 })
  })
  await one.upload()
  expect((await exported(account)).map((row) => row.message)).toEqual([canonicalJson(told[1])])
  expect((await read(account)).map((row) => row.details)).toEqual([told[1]!.details])
})

test('a reaction that changes under one id keeps each of its states, once', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  const time = 1_800_000_000_000
  const states = [{ emoji: '👍' }, { emoji: null }, { emoji: '👍' }]
  const told = [0, 0, 1, 2, 2].map((index) => {
    const reaction = {
      providerId: '7/reaction/5',
      kind: 'reaction' as const,
      target: '7',
      details: states[index] ?? null,
    }
    return one.say(account, li, { ...reaction, time: time + (index > 0 ? 1000 * (index - 1) : 0) })
  })
  await one.upload()
  const wanted = [told[0], told[2], told[3]].map((message) => canonicalJson(message))
  expect((await exported(account)).map((row) => row.message)).toEqual(wanted)
})

test('a change leads to its target, also when that comes later, and changes nothing of it', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  const time = 1_800_000_000_000
  one.say(account, li, { providerId: 'E1', kind: 'edit', target: 'A1', text: 'new words', time: time + 2000 })
  one.say(account, li, {
    providerId: 'R1',
    kind: 'reaction',
    target: 'B1',
    details: { emoji: '🎉' },
    time: time + 3000,
  })
  await one.upload()
  expect((await read(account)).map((row) => row.target)).toEqual([null, null])
  one.say(account, li, { providerId: 'A1', text: 'old words', time })
  one.say(account, li, { providerId: 'B1', text: 'ours', direction: 'out', reply: 'A1', time: time + 1000 })
  one.say(account, li, { providerId: 'D1', kind: 'delete', target: 'A1', time: time + 4000 })
  await one.upload()
  const [a, b, e, r, d] = await read(account)
  expect([a!.text, b!.reply, e!.target, r!.target, d!.target]).toEqual(['old words', a!.id, a!.id, b!.id, a!.id])
  expect([a!.kind, e!.kind, e!.text]).toEqual(['text', 'edit', 'new words'])
})

test('an own intent of any kind gets the provider’s id and time once they are known', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault, 'telegram')
  const peer = { address: 'user:5', aliases: [], name: null }
  const place = { account, conversation: 'c', message: 'm1' }
  const poll = { poll: { question: 'When?', options: ['now'], multiple: true } }
  const intent = { peer, clientId: '123456789012', text: '', replyTo: '4', kind: 'poll', details: poll } as const
  one.write('message.intended/1', intent, place)
  await one.upload()
  const before = JSON.parse((await exported(account))[0]!.message!) as NeutralMessage
  expect(before).toMatchObject({ kind: 'poll', chat: 'user:5', providerId: '123456789012', details: poll, reply: '4' })
  const report = {
    state: 'sent',
    clientId: '123456789012',
    providerId: '77',
    time: 1_800_000_009_000,
    error: null,
  } as const
  one.write('message.state/1', report, place)
  one.say(account, peer as never, { providerId: 'x', kind: 'vote', target: '77', details: { vote: ['now'] } })
  await one.upload()
  const [message] = await exported(account)
  expect(JSON.parse(message!.message!)).toEqual({ ...before, providerId: '77', time: 1_800_000_009_000 })
  const rows = await read(account)
  expect(rows.find((row) => row.kind === 'vote')?.target).toBe(rows.find((row) => row.kind === 'poll')?.id)
})

test('what was not understood has its place once, and the message that comes under its id later is there too', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  const peer = { address: '77@lid', aliases: [], name: 'Li' }
  const kept = { peer, author: null, direction: 'in', providerId: 'A1', time: 1_700_000_000_000 } as const
  for (let i = 0; i < 2; i++)
    one.write('raw.kept/1', { reason: 'not_decrypted', raw: 'AAAA', place: kept }, { account })
  one.say(account, li, { providerId: 'A1', text: 'decrypted at last', time: 1_700_000_000_000 })
  await one.upload()
  expect((await read(account)).map((row) => [row.kind, row.text, row.at, row.markNames])).toEqual([
    ['raw', 'not_decrypted', 1_700_000_000_000, ['raw']],
    ['text', 'decrypted at last', 1_700_000_000_000, []],
  ])
  expect((await exported(account, true))[0]).toMatchObject({ message: null, raw: 'AAAA', marks: ['raw'] })
  const [identity] = await vault.keeper.messages.identities('local', account)
  await vault.keeper.erasure.eraseKey('local', identity!.id)
  expect((await exported(account, true)).map((row) => [row.message, row.raw])).toEqual([
    [null, null],
    [null, null],
  ])
})

test('text that canonical JSON does not hold stops no export', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  one.say(account, li, { providerId: 'A1', text: 'half \ud83d' })
  one.say(account, li, { providerId: 'A2', text: 'whole' })
  await one.upload()
  expect((await exported(account)).map((row) => [row.message === null, row.marks])).toEqual([
    [true, ['raw']],
    [false, []],
  ])
})

test('a batch from the spool with events missing before it is applied, alerted, and filled later', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  one.say(account, li, { providerId: 'A1', text: 'lost for now' })
  const lost = one.batch()
  one.say(account, li, { providerId: 'A2', text: 'second' })
  await one.upload()
  expect((await read(account)).map((row) => row.text)).toEqual(['second'])
  expect((await vault.keeper.alerts.newest(5)).map((alert) => alert.code)).toEqual(['ledger_gap'])
  await vault.applied(await one.send(lost))
  expect((await exported(account)).length).toBe(2)
  expect(await vault.keeper.intake.quarantined()).toBe(0)
})
