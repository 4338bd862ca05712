/** What one policy changed of the one before. */
import { expect, test } from 'vitest'
import { changesBetween, flatten } from './policy-diff.ts'

const first = { offline: { hours: 12, days: 7 }, send: { afterVault: false } }

test('only what differs is told, with both values', () => {
  const second = { offline: { hours: 4, days: 7 }, send: { afterVault: true } }
  expect(changesBetween(first, second)).toEqual([
    { field: 'offline.hours', before: 12, after: 4 },
    { field: 'send.afterVault', before: false, after: true },
  ])
  expect(changesBetween(first, first)).toEqual([])
  expect(changesBetween(null, first)).toEqual([])
})

test('a policy is a flat list of its fields', () => {
  expect([...flatten(first)]).toEqual([
    ['offline.hours', 12],
    ['offline.days', 7],
    ['send.afterVault', false],
  ])
})
