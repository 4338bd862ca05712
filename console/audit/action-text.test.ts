/** The sentences for the audit log's actions. */
import { expect, test } from 'vitest'
import { en } from '../strings/en.ts'
import { actionText, actionTexts } from './action-text.ts'

test('an action has its sentence, an unknown one has none', () => {
  expect(actionText('session.signIn')).toBe('signedIn')
  expect([actionText('moon.land'), actionText('')]).toEqual([null, null])
})

test('no sentence lies in the catalogue that no action uses', () => {
  expect([...new Set(actionTexts.values())].sort()).toEqual(Object.keys(en.auditAction).sort())
})
