/** The words for the audit log's actions. */
import { expect, test } from 'vitest'
import { en } from '../strings/en.ts'
import { actionText, actionTexts } from './action-text.ts'

test('an action has the same words in singular and plural', () => {
  expect(actionText('conversation.read')).toBe('readConversation')
  expect(actionText('conversations.read')).toBe('readConversation')
  expect(actionText('session.signIn')).toBe('signedIn')
})

test('an unknown action has none', () => {
  expect(actionText('moon.land')).toBeNull()
  expect(actionText('')).toBeNull()
})

test('no words lie in the catalogue that no action uses', () => {
  expect([...new Set(actionTexts.values())].sort()).toEqual(Object.keys(en.auditAction).sort())
})
