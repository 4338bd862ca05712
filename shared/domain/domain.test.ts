import { expect, test } from 'vitest'
import { answer, CodedError, createCaller, type Contract } from '../contracts/contract.ts'
import { may, type Action } from '../permissions/may.ts'
import { roleSchema } from './people.ts'
import { nextSendState, sendStates } from './send-state.ts'
import { z } from 'zod'

test('late and repeated reports never move a message back', () => {
  expect(nextSendState('read', 'delivered')).toBe('read')
  expect(nextSendState('delivered', 'sent')).toBe('delivered')
  expect(nextSendState('sent', 'failed')).toBe('sent')
  expect(nextSendState('unknown', 'delivered')).toBe('delivered')
  expect(nextSendState('failed', 'sent')).toBe('sent')
  expect(nextSendState('unknown', 'sending')).toBe('sending')
  for (const current of sendStates)
    for (const reported of sendStates) {
      const next = nextSendState(current, reported)
      expect([current, reported]).toContain(next)
      expect(nextSendState(next, reported)).toBe(next)
    }
})

test('an inactive actor may nothing, a salesperson only what is assigned and only in its time', () => {
  const actions: Action[] = ['conversation.read', 'account.run', 'employee.add', 'audit.read', 'workstation.revoke']
  for (const role of roleSchema.options)
    for (const action of actions) {
      expect(may({ employee: 'e', role, team: 't', active: false }, action, { at: 1, team: 't' })).toBe(false)
    }
  const ana = { employee: 'ana', role: 'salesperson' as const, team: 't', active: true }
  const assignments = [{ employee: 'ana', account: 'wa', from: 10, until: 20 }]
  expect(may(ana, 'account.run', { account: 'wa', assignments, at: 15 })).toBe(true)
  expect(may(ana, 'account.run', { account: 'wa', assignments, at: 9 })).toBe(false)
  expect(may(ana, 'account.run', { account: 'wa', assignments, at: 20 })).toBe(false)
  expect(may(ana, 'account.run', { account: 'tg', assignments, at: 15 })).toBe(false)
  expect(may(ana, 'audit.read', { at: 15 })).toBe(false)
})

test('a manager reads the own team only, and a missing team is no team', () => {
  const lead = { employee: 'm', role: 'manager' as const, team: 'north', active: true }
  expect(may(lead, 'conversation.read', { at: 1, team: 'north' })).toBe(true)
  expect(may(lead, 'conversation.read', { at: 1, team: 'south' })).toBe(false)
  expect(may({ ...lead, team: null }, 'conversation.read', { at: 1, team: null })).toBe(false)
})

const contract = {
  double: { input: z.strictObject({ n: z.int() }), output: z.strictObject({ n: z.int() }) },
  refuse: { input: z.strictObject({}), output: z.strictObject({}) },
  crash: { input: z.strictObject({}), output: z.strictObject({}) },
} as const satisfies Contract

const timers = {
  set: (run: () => void, ms: number) => setTimeout(run, ms),
  clear: (timer: unknown) => clearTimeout(timer as number),
}

function connect(reports: unknown[]) {
  const handlers = {
    double: ({ n }: { n: number }) => ({ n: n * 2 }),
    refuse: () => {
      throw new CodedError('not_today', 'not today')
    },
    crash: () => {
      throw new TypeError('secret detail')
    },
  }
  const caller = createCaller(
    contract,
    (request) =>
      void answer(contract, handlers, undefined, request, (error) => reports.push(error)).then((reply) =>
        caller.receive(reply),
      ),
    timers,
    200,
  )
  return caller
}

test('a call crosses with its types checked; codes cross, bugs do not', async () => {
  const reports: unknown[] = []
  const caller = connect(reports)
  expect(await caller.call('double', { n: 4 })).toEqual({ n: 8 })
  await expect(caller.call('refuse', {})).rejects.toMatchObject({ code: 'not_today' })
  await expect(caller.call('crash', {})).rejects.toMatchObject({ code: 'internal', message: 'something went wrong' })
  expect(reports).toHaveLength(1)
  await expect(caller.call('double', { n: 'x' as unknown as number })).rejects.toMatchObject({ code: 'bad_input' })
})

test('names that come over the wire reach no inherited property', async () => {
  const handlers = { double: () => ({ n: 1 }), refuse: () => ({}), crash: () => ({}) }
  for (const method of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    const reply = await answer(contract, handlers, undefined, { id: 1, method, input: {} }, () => {})
    expect(reply).toMatchObject({ ok: false, error: { code: 'unknown_method' } })
  }
  expect(await answer(contract, handlers, undefined, 'nonsense', () => {})).toBeNull()
})

test('an unreadable reply, a silent far side and a closed wire all reject the caller', async () => {
  const silent = createCaller(contract, () => {}, timers, 20)
  await expect(silent.call('refuse', {})).rejects.toMatchObject({ code: 'deadline' })
  const odd = createCaller(
    contract,
    (request) => queueMicrotask(() => odd.receive({ re: request.id, ok: true, output: { n: 'no' } })),
    timers,
  )
  await expect(odd.call('double', { n: 1 })).rejects.toMatchObject({ code: 'unreadable_reply' })
  const closing = createCaller(contract, () => {}, timers)
  const pending = closing.call('refuse', {})
  closing.close({ code: 'vault_away', message: 'gone' })
  await expect(pending).rejects.toMatchObject({ code: 'vault_away' })
  await expect(closing.call('refuse', {})).rejects.toMatchObject({ code: 'vault_away' })
})
