/** What goes wrong with Telegram, one row each. */
import { expect } from 'vitest'
import type { FaultRow } from '../harness/fault-bench.ts'
import type { Scene } from '../harness/fault-scene.ts'

type Row = Omit<FaultRow, 'channel'>

/** Texts that came in, as screen and vault show them. */
const came = (...texts: string[]): string[] => texts.map((text) => `in ${text} received`)

async function calls(scene: Scene, name: string): Promise<number> {
  return (await scene.wire('rpc')).filter(({ detail }) => detail?.startsWith(name)).length
}

/** What became of the row's sends at the provider, in its order: one line for each time that something was handed over. */
async function outcomes(scene: Scene): Promise<string[]> {
  const entries = [...(await scene.wire('accepted')), ...(await scene.wire('refused'))].sort((a, b) => a.n - b.n)
  return entries.map(({ event, detail }) => [event, detail].filter(Boolean).join(' '))
}

const waits: Row[] = [
  {
    name: 'a flood wait is shown with its end, and the message leaves once after it',
    alone: true,
    act: async (scene) => {
      await scene.saidAndSeen('a question')
      await scene.fault('flood', { value: 3 })
      const before = await scene.company.control.now()
      await scene.send('too fast')
      const [, shown] = await scene.eventually(
        () => scene.messages(),
        (all) => all[1]?.fault?.code === 'telegram_flood_wait',
      )
      const seconds = ((shown?.fault?.until ?? 0) - before) / 1000
      expect(shown?.state).toBe('queued')
      expect([seconds > 2, seconds < 6]).toEqual([true, true])
      await scene.line('state', { state: 'sent' })
    },
    screen: { account: 'live', page: [...came('a question'), 'out too fast sent'] },
    vault: [...came('a question'), 'out too fast sent'],
    also: async (scene) => {
      expect(await outcomes(scene)).toEqual(['refused FLOOD_WAIT_3', 'accepted'])
      expect(await scene.received()).toEqual(['too fast'])
    },
  },
  {
    name: 'slow mode of one group holds back that group alone',
    alone: true,
    act: async (scene) => {
      await scene.saidAndSeen('a question')
      await scene.openGroup('slow group', true)
      await scene.company.control.changeGroup({ ...scene.inGroup(), kind: 'slow', seconds: 6 })
      await scene.saidAndSeen('a question in the group')
      await scene.sentUntil('the first answer', 'sent')
      const second = await scene.send('the second answer')
      await scene.line('state', { message: second, fault: 'telegram_slowmode_wait' })
      const { company, account, customer } = scene
      const elsewhere = await company.engine.ask({
        to: { account: account.id, address: customer.address, text: 'meanwhile' },
      })
      await scene.line('state', { message: elsewhere['message'], state: 'sent' })
      expect((await scene.page()).at(-1)).toBe('out the second answer queued telegram_slowmode_wait')
      await scene.line('state', { message: second, state: 'sent' })
    },
    screen: {
      account: 'live',
      page: [...came('a question in the group'), 'out the first answer sent', 'out the second answer sent'],
    },
    vault: [...came('a question in the group'), 'out the first answer sent', 'out the second answer sent'],
    also: async (scene) =>
      expect(await scene.received()).toEqual(['the first answer', 'meanwhile', 'the second answer']),
  },
  ...[
    { value: 400, name: 'PEER_FLOOD', code: 'telegram_peer_flood' },
    { value: 403, name: 'USER_PRIVACY_RESTRICTED', code: 'telegram_user_privacy_restricted' },
  ].map(({ value, name, code }): Row => ({
    name: `${name} is said and final`,
    alone: true,
    act: async (scene) => {
      await scene.saidAndSeen('a question')
      await scene.fault('nack', { value })
      await scene.sentUntil('refused', 'failed')
      await scene.sentUntil('accepted', 'sent')
    },
    screen: { account: 'live', page: [...came('a question'), `out refused failed ${code}`, 'out accepted sent'] },
    vault: [...came('a question'), 'out refused failed', 'out accepted sent'],
    also: async (scene) => {
      expect(await outcomes(scene)).toEqual([`refused ${name}`, 'accepted'])
      expect(await scene.received()).toEqual(['accepted'])
    },
  })),
]

function ending(name: string, kind: 'ban' | 'revoke' | 'replace', account: string): Row {
  return {
    name,
    alone: true,
    act: async (scene) => {
      await scene.saidAndSeen('before it')
      await scene.fault(kind)
      // Telegram tells it to the next question only.
      await scene.send('after it')
      await scene.accountIs(account.split(' ')[0]!)
    },
    screen: { account, page: [...came('before it'), 'out after it queued'] },
    vault: [...came('before it'), 'out after it queued'],
    also: async (scene) => expect(await scene.received()).toEqual([]),
  }
}

const endings: Row[] = [
  ending('a ban ends the account', 'ban', 'banned telegram_user_deactivated_ban'),
  ending('a revoked authorization is unpaired', 'revoke', 'unpaired telegram_session_revoked'),
  ending('a key used elsewhere (AUTH_KEY_DUPLICATED) is given up', 'replace', 'replaced telegram_auth_key_duplicated'),
  {
    name: 'after a revocation the account is paired anew, catches up, and what waited leaves once',
    alone: true,
    act: async (scene) => {
      await scene.saidAndSeen('before it')
      await scene.fault('revoke')
      await scene.send('waits')
      await scene.accountIs('unpaired')
      await scene.say('meanwhile')
      await scene.pair()
      await scene.line('recorded', { text: 'meanwhile' })
      await scene.line('state', { state: 'sent' })
    },
    screen: { account: 'live', page: [...came('before it'), 'out waits sent', ...came('meanwhile')] },
    vault: [...came('before it'), 'out waits sent', ...came('meanwhile')],
    also: async (scene) => expect(await scene.received()).toEqual(['waits']),
  },
]

const moves: Row[] = [
  {
    name: 'an account of another data centre (PHONE_MIGRATE) is followed there, also after a cut',
    alone: true,
    unpaired: (scene) => scene.fault('migrate', { value: 4 }),
    act: async (scene) => {
      await scene.saidAndSeen('from afar')
      await scene.fault('cut')
      await scene.say('while away')
      await scene.line('recorded', { text: 'while away' })
      await scene.sentUntil('an answer', 'sent')
    },
    screen: { account: 'live', page: [...came('from afar', 'while away'), 'out an answer sent'] },
    vault: [...came('from afar', 'while away'), 'out an answer sent'],
    also: async (scene) => {
      const moved = (await scene.company.control.wire()).filter(
        ({ detail }) => detail === 'auth.sendCode PHONE_MIGRATE_4',
      )
      expect(moved).toHaveLength(1)
    },
  },
]

const missed = Array.from({ length: 30 }, (_, n) => `missed ${n + 1}`)

const updates: Row[] = [
  {
    name: 'a clock that Telegram refuses (bad_msg_notification 17, then 16) is put right and costs nothing',
    alone: true,
    act: async (scene) => {
      const { control } = scene.company
      await control.advanceClock(-10 * 60_000)
      await scene.saidAndSeen('one')
      await scene.sentUntil('two', 'sent')
      // Two seconds more than back: the times of providers have whole seconds.
      await control.advanceClock(10 * 60_000 + 2000)
      await scene.saidAndSeen('three')
      await scene.sentUntil('four', 'sent')
    },
    screen: { account: 'live', page: [...came('one'), 'out two sent', ...came('three'), 'out four sent'] },
    vault: [...came('one'), 'out two sent', ...came('three'), 'out four sent'],
    also: async (scene) => {
      expect(await scene.received()).toEqual(['two', 'four'])
      const told = (await scene.company.control.wire()).flatMap(({ detail = '' }) =>
        detail.startsWith('bad_msg_notification') ? [detail] : [],
      )
      expect(told).toEqual(expect.arrayContaining(['bad_msg_notification 16', 'bad_msg_notification 17']))
    },
  },
  {
    name: 'pushes that were not acknowledged come again and change nothing',
    act: async (scene) => {
      await scene.saidAndSeen('one')
      await scene.saidAndSeen('two')
      await scene.fault('resend')
      await scene.saidAndSeen('three')
    },
    screen: { account: 'live', page: came('one', 'two', 'three') },
    vault: came('one', 'two', 'three'),
  },
  {
    name: 'an update pushed twice stands there once',
    act: async (scene) => {
      await scene.saidAndSeen('one')
      await scene.fault('duplicate')
      await scene.say('twice')
      await scene.saidAndSeen('three')
    },
    screen: { account: 'live', page: came('one', 'twice', 'three') },
    vault: came('one', 'twice', 'three'),
  },
  {
    name: 'updates that overtake each other are put in order',
    act: async (scene) => {
      await scene.saidAndSeen('one')
      await scene.fault('reorder')
      await scene.say('two')
      await scene.say('three')
    },
    screen: { account: 'live', page: came('one', 'two', 'three') },
    vault: came('one', 'two', 'three'),
  },
  {
    name: 'an update that never came is asked for',
    alone: true,
    act: async (scene) => {
      await scene.saidAndSeen('one')
      await scene.fault('gap')
      await scene.say('not pushed')
      await scene.say('three')
    },
    screen: { account: 'live', page: came('one', 'not pushed', 'three') },
    vault: came('one', 'not pushed', 'three'),
  },
  {
    name: 'late updates keep their order',
    act: async (scene) => {
      await scene.fault('delay', { value: 1500 })
      for (const text of ['late one', 'late two', 'late three']) await scene.say(text)
    },
    screen: { account: 'live', page: came('late one', 'late two', 'late three') },
    vault: came('late one', 'late two', 'late three'),
  },
  {
    name: 'a line cut before the answer repeats the send under its number: one message',
    alone: true,
    act: async (scene) => {
      await scene.saidAndSeen('a question')
      await scene.fault('cut', { value: 1 })
      await scene.sentUntil('in doubt', 'sent')
    },
    screen: { account: 'live', page: [...came('a question'), 'out in doubt sent'] },
    vault: [...came('a question'), 'out in doubt sent'],
    also: async (scene) => expect(await scene.received()).toEqual(['in doubt']),
  },
  {
    name: 'a difference that is too long is made up for from the histories',
    alone: true,
    act: async (scene) => {
      await scene.saidAndSeen('before it')
      await scene.fault('gap', { count: 3 })
      for (const text of ['one', 'two', 'three']) await scene.say(text)
      await scene.fault('too-long')
    },
    screen: { account: 'live', page: came('before it', 'one', 'two', 'three') },
    vault: came('before it', 'one', 'two', 'three'),
    also: async (scene) => expect(await calls(scene, 'updates.getDifference')).toBeGreaterThan(0),
  },
  {
    name: 'a megagroup’s difference that is too long is made up for from its history',
    alone: true,
    act: async (scene) => {
      await scene.openGroup('busy group', true)
      await scene.saidAndSeen('before it')
      await scene.fault('gap', { count: missed.length })
      for (const text of missed) await scene.say(text)
      await scene.fault('too-long')
    },
    screen: {
      account: 'live',
      page: [...came('before it', ...missed), 'in [gap: the provider no longer lists what was missed] received'],
    },
    vault: [...came('before it'), 'in [raw] received raw', ...came(...missed)],
    also: async (scene) => expect(await calls(scene, 'updates.getChannelDifference')).toBeGreaterThan(0),
  },
]

export const telegramRows: FaultRow[] = [...waits, ...endings, ...moves, ...updates].map((row) => ({
  ...row,
  channel: 'telegram',
}))
