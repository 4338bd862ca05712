import { expect, test } from 'vitest'
import { defaultPolicy, findRefusal, policySchema, strictestPolicy, type Policy } from './policy.ts'

const policy = (to: Policy['send']['to']): Policy => ({
  ...defaultPolicy,
  number: 1,
  issuedAt: 0,
  send: { afterVault: false, to },
})
const refusal = (rule: Policy, kind: 'text' | 'reaction' | 'delete', wrote: boolean): string | null =>
  findRefusal(rule, { kind, hasWritten: () => wrote })

test('everybody, answers only, nobody: what was said may always be taken back', () => {
  expect(refusal(policy('everybody'), 'text', false)).toBeNull()
  expect(refusal(policy('answers'), 'text', true)).toBeNull()
  expect(refusal(policy('answers'), 'text', false)).toBe('policy_answers_only')
  expect(refusal(policy('nobody'), 'reaction', true)).toBe('policy_no_sending')
  for (const to of ['answers', 'nobody'] as const) expect(refusal(policy(to), 'delete', false)).toBeNull()
})

test('without a policy that can be read nothing leaves; one signed before there was the rule means everybody', () => {
  expect(refusal(strictestPolicy, 'text', true)).toBe('policy_no_sending')
  const { to: _to, ...before } = policy('everybody').send
  expect(policySchema.parse({ ...policy('nobody'), send: before }).send.to).toBe('everybody')
})
