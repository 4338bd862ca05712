import { expect, test } from 'vitest'
import type { BinaryNode } from '@whiskeysockets/baileys'
import { Attention, readActivity } from './activity.ts'

const me = { lid: '1@lid', number: '4915@s.whatsapp.net' }
const now = Date.UTC(2026, 10, 2, 9, 30)
const group = '120363041234567890@g.us'

function state(attrs: Record<string, string>, tag: string, media?: string): BinaryNode {
  return { tag: 'chatstate', attrs, content: [{ tag, attrs: media ? { media } : {} }] }
}

test('who types, records and stops is read in conversations of two and in groups', () => {
  const person = { notice: 'doing', chat: '5@lid', author: '5@lid', lastsMs: 25_000 }
  expect(readActivity(state({ from: '5@lid' }, 'composing'), me, now)).toEqual({ ...person, doing: 'typing' })
  expect(readActivity(state({ from: '5:3@lid' }, 'composing', 'audio'), me, now)).toEqual({
    ...person,
    doing: 'recording',
  })
  expect(readActivity(state({ from: '5@lid' }, 'paused'), me, now)).toEqual({ ...person, doing: null })
  expect(readActivity(state({ from: group, participant: '77@s.whatsapp.net' }, 'composing'), me, now)).toEqual({
    ...person,
    chat: group,
    author: '77@s.whatsapp.net',
    doing: 'typing',
  })
})

test('being online and last seen are read, and a time that nobody can have been seen at is none', () => {
  const read = (attrs: Record<string, string>) =>
    readActivity({ tag: 'presence', attrs: { from: '5@lid', ...attrs } }, me, now)
  const about = (availability: unknown) => ({ notice: 'availability', person: '5@lid', availability, lastsMs: null })
  expect(read({})).toEqual(about({ state: 'online' }))
  const last = now / 1000 - 60
  expect(read({ type: 'unavailable', last: String(last) })).toEqual(about({ state: 'offline', seenAt: last * 1000 }))
  expect(read({ type: 'unavailable', last: '999999999999' })).toEqual(about({ state: 'offline', seenAt: now }))
  for (const hidden of ['deny', 'none', '0', '-5', '1e9'])
    expect(read({ type: 'unavailable', last: hidden })).toEqual(about(null))
  expect(read({ type: 'unavailable' })).toEqual(about(null))
})

test('own doings, groups’ presence, broadcasts and nonsense say nothing', () => {
  const nothing: BinaryNode[] = [
    state({ from: '1@lid' }, 'composing'),
    state({ from: group, participant: '4915@s.whatsapp.net' }, 'composing'),
    state({ from: group }, 'composing'),
    state({ from: 'status@broadcast' }, 'composing'),
    state({}, 'composing'),
    state({ from: '5@lid' }, 'dancing'),
    { tag: 'chatstate', attrs: { from: '5@lid' } },
    { tag: 'chatstate', attrs: { from: '5@lid' }, content: [] },
    { tag: 'chatstate', attrs: { from: '5@lid' }, content: new Uint8Array(3) },
    { tag: 'presence', attrs: { from: group, participant: '5@lid' } },
    { tag: 'presence', attrs: { from: '5@lid', type: 'subscribe' } },
  ]
  expect(nothing.map((node) => readActivity(node, me, now))).toEqual(nothing.map(() => null))
})

function attend(other: Record<string, string> = {}) {
  const timers: { at: number; run: () => void }[] = []
  const subscribed: string[] = []
  let at = 0
  const attention = new Attention({
    timers: {
      monotonic: () => at,
      after(ms, run) {
        const timer = { at: at + ms, run }
        timers.push(timer)
        return () => timers.splice(timers.indexOf(timer), 1)
      },
      random: () => 0,
    },
    other: (address) => other[address] ?? null,
    subscribe: (address) => Promise.resolve(void subscribed.push(address)),
    failed: () => {},
  })
  const pass = (ms: number): void => {
    at += ms
    for (const timer of timers.splice(0)) timer.run()
  }
  return { attention, subscribed, pass, timers }
}

test('whoever leafs through the list subscribes to where he stops, once', () => {
  const { attention, subscribed, pass, timers } = attend()
  attention.attend('1@lid')
  attention.attend('1@lid')
  for (let i = 2; i < 50; i += 1) attention.attend(`${i}@lid`)
  expect(subscribed).toEqual(['1@lid'])
  pass(1000)
  expect(subscribed).toEqual(['1@lid', '49@lid'])
  attention.attend('3@lid')
  attention.attend('49@lid')
  pass(1000)
  expect(subscribed).toEqual(['1@lid', '49@lid', '49@lid'])
  attention.attend('3@lid')
  attention.attend(null)
  pass(1000)
  expect(subscribed).toHaveLength(3)
  attention.stop()
  expect(timers).toEqual([])
})

test('whoever is looked at is found under the number too', () => {
  const { attention } = attend({ '5@lid': '49@s.whatsapp.net' })
  const typing = {
    notice: 'doing',
    chat: '49@s.whatsapp.net',
    author: '49@s.whatsapp.net',
    doing: null,
    lastsMs: 1,
  } as const
  const online = { notice: 'availability', person: '49@s.whatsapp.net', availability: null, lastsMs: null } as const
  expect(attention.canonical(typing)).toBe(typing)
  attention.attend('5@lid')
  expect(attention.canonical(typing)).toMatchObject({ chat: '5@lid', author: '5@lid' })
  expect(attention.canonical(online)).toMatchObject({ person: '5@lid' })
  expect(attention.canonical({ ...typing, chat: '6@lid' })).toMatchObject({ chat: '6@lid' })
})
