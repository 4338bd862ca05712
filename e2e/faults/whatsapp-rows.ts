/** What goes wrong with WhatsApp, one row each. */
import { expect } from 'vitest'
import type { FaultRow } from '../harness/fault-bench.ts'
import type { Scene } from '../harness/fault-scene.ts'

type Row = Omit<FaultRow, 'channel'>

const minuteMs = 60_000

/** How often the account has handed this message of the row to the provider; told by the id it has on the screen. */
async function handedOver(scene: Scene, text: string): Promise<number> {
  const { received, wire } = {
    received: await scene.company.control.received(scene.customer.id),
    wire: await scene.wire('send'),
  }
  const id = received.find(({ message }) => message.text === text)?.providerId
  return wire.filter(({ clientId }) => clientId === id).length
}

/** Ids that were refused, each with how often it was handed over at all. */
async function refused(scene: Scene): Promise<{ code: string | undefined; times: number }[]> {
  const [refusals, sends] = [await scene.wire('refused'), await scene.wire('send')]
  return refusals.map(({ clientId, detail }) => ({
    code: detail,
    times: sends.filter((send) => send.clientId === clientId).length,
  }))
}

async function pushes(scene: Scene, detail: string): Promise<number> {
  return (await scene.wire('push')).filter((entry) => entry.detail === detail).length
}

const unreadable: Row[] = [
  {
    name: 'a message with a bad MAC is asked for again and stands there once',
    act: async (scene) => {
      await scene.saidAndSeen('clear')
      await scene.fault('bad-mac')
      await scene.saidAndSeen('garbled at first')
    },
    screen: { account: 'live', page: ['in clear received', 'in garbled at first received'] },
    vault: ['in clear received', 'in garbled at first received'],
  },
  {
    name: 'a message that no repetition makes readable is a row that says so',
    alone: true,
    act: async (scene) => {
      await scene.saidAndSeen('before it')
      // The first form and as many repetitions as phones make.
      await scene.fault('bad-mac', { count: 6 })
      await scene.say('never to be read')
      await scene.eventually(
        () => pushes(scene, 'retry'),
        (count) => count >= 4,
      )
      await scene.company.control.advanceClock(16 * minuteMs)
      await scene.line('recorded', { kind: 'raw' })
    },
    screen: { account: 'live', page: ['in before it received', 'in [whatsapp_undecryptable] received'] },
    vault: ['in before it received', 'in [raw] received raw'],
  },
  {
    name: 'a customer’s phone that cannot read an answer asks for it again and shows it once',
    act: async (scene) => {
      await scene.saidAndSeen('a question')
      await scene.fault('bad-mac', { value: 1 })
      await scene.sentUntil('an answer', 'delivered')
    },
    screen: { account: 'live', page: ['in a question received', 'out an answer delivered'] },
    vault: ['in a question received', 'out an answer delivered'],
    also: async (scene) => {
      expect(await scene.received()).toEqual(['an answer'])
      expect(await handedOver(scene, 'an answer')).toBe(2)
    },
  },
]

const refusals: Row[] = [
  {
    name: '463 shows when the restriction ends, is never repeated, and answers to who wrote first still go',
    alone: true,
    act: async (scene) => {
      const { control } = scene.company
      await scene.fault('restrict', { value: 3600 })
      const ends = Math.floor((await control.now()) / 1000) + 3600
      await scene.sentUntil('an offer', 'failed')
      await scene.eventually(
        () => scene.messages(),
        ([offer]) => Math.abs((offer?.fault?.until ?? 0) - ends * 1000) <= 2000,
      )
      await scene.saidAndSeen('a question')
      await scene.sentUntil('an answer', 'delivered')
      await control.advanceClock(61 * minuteMs)
      await scene.saidAndSeen('another question')
      await scene.sentUntil('another answer', 'delivered')
    },
    screen: {
      account: 'live',
      page: [
        'out an offer failed whatsapp_nack_463',
        'in a question received',
        'out an answer delivered',
        'in another question received',
        'out another answer delivered',
      ],
    },
    vault: [
      'out an offer failed',
      'in a question received',
      'out an answer delivered',
      'in another question received',
      'out another answer delivered',
    ],
    also: async (scene) => {
      expect(await refused(scene)).toEqual([{ code: '463', times: 1 }])
      expect(await scene.received()).toEqual(['an answer', 'another answer'])
    },
  },
  ...[479, 429, 403].map((code): Row => ({
    name: `a refusal by ${code} is said and final`,
    alone: true,
    act: async (scene) => {
      await scene.saidAndSeen('a question')
      await scene.fault('nack', { value: code })
      await scene.sentUntil('refused', 'failed')
      await scene.sentUntil('accepted', 'delivered')
    },
    screen: {
      account: 'live',
      page: ['in a question received', `out refused failed whatsapp_nack_${code}`, 'out accepted delivered'],
    },
    vault: ['in a question received', 'out refused failed', 'out accepted delivered'],
    also: async (scene) => {
      expect(await refused(scene)).toEqual([{ code: String(code), times: 1 }])
      expect(await scene.received()).toEqual(['accepted'])
    },
  })),
  {
    name: 'questions refused by 429 hold a first message back and do not lose it',
    act: async (scene) => {
      await scene.fault('flood')
      await scene.sentUntil('first words', 'delivered')
    },
    screen: { account: 'live', page: ['out first words delivered'] },
    vault: ['out first words delivered'],
    also: async (scene) => expect(await scene.received()).toEqual(['first words']),
  },
]

function ending(name: string, account: string, strike: (scene: Scene) => Promise<void>): Row {
  return {
    name,
    alone: true,
    act: async (scene) => {
      await scene.saidAndSeen('before it')
      await strike(scene)
      await scene.accountIs(account.split(' ')[0]!)
    },
    screen: { account, page: ['in before it received'] },
    vault: ['in before it received'],
  }
}

const endings: Row[] = [
  ending('a ban (403) ends the account', 'banned whatsapp_banned', (scene) => scene.fault('ban')),
  ending('a refused login (401) ends the account', 'unpaired whatsapp_unlinked', (scene) =>
    scene.fault('ban', { value: 401, count: 9 }),
  ),
  ending('a device removed on the phone is unpaired', 'unpaired whatsapp_unlinked', (scene) => scene.fault('kick')),
  ending('an account opened elsewhere (440) is left to the other one', 'replaced whatsapp_replaced', (scene) =>
    scene.fault('replace'),
  ),
  {
    name: 'a device removed on the phone can be paired anew and goes on in the same conversation',
    alone: true,
    act: async (scene) => {
      await scene.saidAndSeen('before it')
      await scene.fault('kick')
      await scene.accountIs('unpaired')
      await scene.pair()
      await scene.saidAndSeen('after it')
      await scene.sentUntil('welcome back', 'delivered')
    },
    screen: { account: 'live', page: ['in before it received', 'in after it received', 'out welcome back delivered'] },
    vault: ['in before it received', 'in after it received', 'out welcome back delivered'],
  },
  {
    name: 'a restart (515) whose next login is refused (401) keeps the session',
    alone: true,
    act: async (scene) => {
      await scene.saidAndSeen('before it')
      await scene.fault('refuse', { value: 401, count: 1 })
      await scene.fault('cut', { value: 515 })
      await scene.eventually(
        () => scene.wire('login'),
        (logins) => logins.length === 2,
      )
      await scene.saidAndSeen('after it')
    },
    screen: { account: 'live', page: ['in before it received', 'in after it received'] },
    vault: ['in before it received', 'in after it received'],
    also: async (scene) => {
      // Before its pairing.
      expect(scene.states().filter((state) => state === 'unpaired')).toHaveLength(1)
      const refusedLogins = (await scene.company.control.wire()).filter(({ detail }) =>
        detail?.endsWith(`login refused 401 ${scene.account.simulated.id}`),
      )
      expect(refusedLogins).toHaveLength(1)
    },
  },
]

const lines: Row[] = [
  {
    name: 'a line cut after a send was taken leaves it unknown until its receipt comes, and nothing is sent twice',
    act: async (scene) => {
      await scene.saidAndSeen('a question')
      await scene.fault('cut', { value: 1 })
      await scene.sentUntil('in doubt', 'unknown')
    },
    screen: { account: 'live', page: ['in a question received', 'out in doubt delivered'] },
    vault: ['in a question received', 'out in doubt delivered'],
    also: async (scene) => {
      expect(await scene.received()).toEqual(['in doubt'])
      expect(await handedOver(scene, 'in doubt')).toBe(1)
    },
  },
  {
    name: 'an error of the server (503) is answered by another connection',
    act: async (scene) => {
      await scene.fault('cut', { value: 503 })
      await scene.say('while away')
      await scene.line('account', { account: scene.account.id, state: 'down' })
    },
    screen: { account: 'live', page: ['in while away received'] },
    vault: ['in while away received'],
  },
  {
    name: 'a message delivered twice stands there once',
    act: async (scene) => {
      await scene.saidAndSeen('hello')
      await scene.fault('duplicate')
      await scene.say('twice')
      await scene.saidAndSeen('then')
    },
    screen: { account: 'live', page: ['in hello received', 'in twice received', 'in then received'] },
    vault: ['in hello received', 'in twice received', 'in then received'],
    also: async (scene) => expect(await pushes(scene, 'duplicate')).toBe(1),
  },
  {
    name: 'acknowledged messages that come again change nothing',
    act: async (scene) => {
      await scene.saidAndSeen('one')
      await scene.saidAndSeen('two')
      await scene.eventually(
        () => scene.unacknowledged(),
        (open) => open === 0,
      )
      await scene.fault('resend', { count: 2 })
      await scene.saidAndSeen('three')
    },
    screen: { account: 'live', page: ['in one received', 'in two received', 'in three received'] },
    vault: ['in one received', 'in two received', 'in three received'],
    also: async (scene) => expect(await pushes(scene, 'resend')).toBe(2),
  },
  {
    name: 'messages that overtake each other are shown in the order in which they were written',
    act: async (scene) => {
      await scene.saidAndSeen('zero')
      await scene.fault('reorder', { value: 10_000 })
      await scene.say('one')
      // The provider's time has whole seconds.
      await scene.company.control.advanceClock(2000)
      await scene.saidAndSeen('two')
      await scene.line('recorded', { text: 'one' })
    },
    screen: { account: 'live', page: ['in zero received', 'in one received', 'in two received'] },
    vault: ['in zero received', 'in two received', 'in one received'],
  },
  {
    name: 'late messages keep their order',
    act: async (scene) => {
      await scene.fault('delay', { value: 1500 })
      for (const text of ['late one', 'late two', 'late three']) await scene.say(text)
    },
    screen: { account: 'live', page: ['in late one received', 'in late two received', 'in late three received'] },
    vault: ['in late one received', 'in late two received', 'in late three received'],
  },
  {
    name: 'a part of the history that is pushed while live brings nothing a second time',
    act: async (scene) => {
      await scene.saidAndSeen('one')
      await scene.saidAndSeen('two')
      await scene.fault('resend', { value: 1, count: 2 })
      await scene.saidAndSeen('three')
    },
    screen: { account: 'live', page: ['in one received', 'in two received', 'in three received'] },
    vault: ['in one received', 'in two received', 'in three received'],
  },
]

export const whatsappRows: FaultRow[] = [...unreadable, ...refusals, ...endings, ...lines].map((row) => ({
  ...row,
  channel: 'whatsapp',
}))
