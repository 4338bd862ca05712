/** What one policy changed of the one before. */
import { expect, test } from 'vitest'
import type { PolicyFields } from '../../shared/contracts/console-policy.ts'
import { changesBetween, flatten } from './policy-diff.ts'

const first: PolicyFields = { offline: { hours: 12, days: 7 }, send: { afterVault: false, to: 'everybody' } }

test('only what differs is told, with both values', () => {
  const second: PolicyFields = { offline: { hours: 4, days: 7 }, send: { afterVault: true, to: 'answers' } }
  expect(changesBetween(first, second)).toEqual([
    { field: 'offline.hours', before: 12, after: 4 },
    { field: 'send.afterVault', before: false, after: true },
    { field: 'send.to', before: 'everybody', after: 'answers' },
  ])
  expect(changesBetween(first, first)).toEqual([])
  expect(changesBetween(null, first)).toEqual([])
})

test('a policy is a flat list of its fields', () => {
  expect([...flatten(first)]).toEqual([
    ['offline.hours', 12],
    ['offline.days', 7],
    ['send.afterVault', false],
    ['send.to', 'everybody'],
  ])
})
