import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CodedError } from '../../../shared/contracts/contract.ts'
import type { ConversationView } from '../../../shared/contracts/window.ts'
import { sampleEngine, type Answers } from '../../samples/engine.ts'
import { sampleConversation } from '../../samples/views.ts'
import { createComposer } from '../composer/composer-store.ts'
import { createConversation } from '../conversation-store.ts'
import { createColleagues } from './colleague-store.ts'

/** What the engine was told, in order. */
let told: string[]
/** Every send, whether it was `anyway`. */
let sent: unknown[]

beforeEach(() => {
  vi.useFakeTimers()
  told = []
  sent = []
})
afterEach(() => {
  vi.useRealTimers()
})

function connect(answers: Answers = {}) {
  const call = sampleEngine({
    'conversation.open': ({ conversation: id }) => ({
      conversation: sampleConversation(id),
      messages: [],
      before: null,
    }),
    'conversation.presence': ({ conversation: id, doing }) => {
      told.push(`${id} ${doing}`)
      return {}
    },
    ...answers,
  })
  const conversation = createConversation(call)
  return {
    conversation,
    composer: createComposer(call, conversation),
    colleagues: createColleagues(call, conversation),
  }
}

test('who looks, types, pauses and goes is told, and what goes on is said again in time', async () => {
  const { conversation, colleagues } = connect()
  await conversation.getState().open('c1')
  await vi.advanceTimersByTimeAsync(25_000)
  expect(told).toEqual(['c1 viewing', 'c1 viewing'])
  colleagues.getState().typed()
  colleagues.getState().typed()
  await vi.advanceTimersByTimeAsync(7000)
  expect(told.slice(2)).toEqual(['c1 typing', 'c1 viewing'])
  await conversation.getState().open('c2')
  expect(told.slice(4)).toEqual(['c1 none', 'c2 viewing'])
  colleagues.getState().looked(false)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told.slice(6)).toEqual(['c2 none'])
  colleagues.getState().looked(true)
  await vi.advanceTimersByTimeAsync(0)
  expect(told.slice(7)).toEqual(['c2 viewing'])
})

test('who is there is kept per conversation, and a lock forgets it', () => {
  const { colleagues } = connect()
  const people = [{ name: 'Mara', doing: 'typing' as const }]
  colleagues.getState().apply({ conversation: 'c1', people })
  expect(colleagues.getState().there.get('c1')).toEqual(people)
  colleagues.getState().apply({ conversation: 'c1', people: [] })
  expect(colleagues.getState().there.size).toBe(0)
  colleagues.getState().apply({ conversation: 'c1', people })
  colleagues.getState().clear()
  expect(colleagues.getState().there.size).toBe(0)
})

test('a send that is held back says why, keeps the draft, and leaves once the person wants it all the same', async () => {
  const warnings = [{ kind: 'answered' as const, name: 'Mara', at: 5 }]
  const { conversation, composer, colleagues } = connect({
    send: ({ anyway }) => {
      sent.push(anyway === true)
      if (!anyway) throw new CodedError('colleague_active', 'answered: Mara')
      return { message: 'm' }
    },
    'colleagues.get': ({ conversation: id }) => ({ conversation: id, people: [], warnings }),
  })
  await conversation.getState().open('c1')
  composer.getState().setText('an answer')
  await composer.getState().send()
  await vi.waitFor(() => expect(colleagues.getState().warnings).toEqual(warnings))
  expect(composer.getState().draft().text).toBe('an answer')
  await composer.getState().send(true)
  expect([sent, composer.getState().draft().text, colleagues.getState().warnings]).toEqual([[false, true], '', null])
  await composer
    .getState()
    .sendSaying({ location: { latitude: 1, longitude: 2, name: null, address: null, live: false } })
  await composer.getState().send(true)
  await composer.getState().send(true)
  expect(sent).toEqual([false, true, false, true])
})

test('a customer is taken for good only when the engine says so; a refusal is told', async () => {
  const { conversation, colleagues } = connect({
    'conversation.claim': () => {
      throw new CodedError('claimed_by_other', 'Mara')
    },
  })
  await conversation.getState().open('c1')
  await colleagues.getState().claim(true)
  expect(conversation.getState().failure).toEqual({ at: 'act', code: 'claimed_by_other' })
})

test('the palette and the head take a customer, give him back, and ask before taking him over', async () => {
  const claims: unknown[] = []
  const { conversation, colleagues } = connect({
    'conversation.claim': ({ claimed, takeOver }) => {
      claims.push([claimed, takeOver])
      return {}
    },
  })
  const is = (claim: ConversationView['claim']): void =>
    conversation.getState().applyView([sampleConversation('c1', { claim })])
  await conversation.getState().open('c1')
  colleagues.getState().changeClaim()
  is({ name: 'Jana', self: true, at: 1 })
  colleagues.getState().changeClaim()
  expect(claims).toEqual([
    [true, false],
    [false, false],
  ])
  is({ name: 'Mara', self: false, at: 1 })
  colleagues.getState().changeClaim()
  expect([colleagues.getState().asking, claims.length]).toEqual([true, 2])
  await conversation.getState().open('c2')
  expect(colleagues.getState().asking).toBe(false)
})
