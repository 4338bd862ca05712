import { expect, test } from 'vitest'
import { CodedError } from '../../shared/contracts/contract.ts'
import type { GroupView } from '../../shared/contracts/window.ts'
import { sampleEngine, type Answers } from '../samples/engine.ts'
import { findGroupMembers, readAddresses } from './group-members.ts'
import { createGroup } from './group-store.ts'

const group = (conversation: string, change: Partial<GroupView> = {}): GroupView => ({
  conversation,
  subject: 'Resellers',
  description: null,
  announce: false,
  inviteLink: null,
  members: [],
  ...change,
})
const member = (name: string, role: 'member' | 'admin' | 'owner' = 'member') => ({
  ref: name,
  person: { key: name, name },
  role,
  self: false,
})
const connect = (answers: Answers) => createGroup(sampleEngine(answers))

test('a group that was left before its answer came is not shown', async () => {
  const waiting: (() => void)[] = []
  const store = connect({
    'group.get': ({ conversation }) =>
      new Promise((resolve) => {
        waiting.push(() => resolve(group(conversation)))
      }),
  })
  const first = store.getState().follow('g1')
  const second = store.getState().follow('g2')
  waiting[0]?.()
  await first
  expect(store.getState().view).toBeNull()
  waiting[1]?.()
  await second
  expect(store.getState().view?.conversation).toBe('g2')
  await store.getState().follow(null)
  expect(store.getState()).toMatchObject({ view: null, panel: false })
})

test('a change is followed by the group as it is then; a refused one tells its code', async () => {
  const members = [member('ana')]
  const store = connect({
    'group.get': ({ conversation }) => group(conversation, { members: [...members] }),
    'group.change': ({ change, members: refs }) => {
      if (change === 'leave') throw new CodedError('not_allowed', 'no')
      members.push(...refs.map((ref) => member(ref)))
      return { link: change === 'invite-link' ? 'https://chat.example/x' : null }
    },
  })
  await store.getState().follow('g1')
  expect(await store.getState().change('add', ['li'])).toBe(true)
  expect(store.getState().view?.members.map((one) => one.ref)).toEqual(['ana', 'li'])
  expect(await store.getState().change('leave')).toBe(false)
  expect(store.getState()).toMatchObject({ failure: 'not_allowed', busy: false })
})

test('members are listed by role, then by name, and found by any part of it', () => {
  const members = [member('Zoe'), member('ana'), member('Li', 'admin'), member('Bo', 'owner')]
  expect(findGroupMembers(members, '').map((one) => one.ref)).toEqual(['Bo', 'Li', 'ana', 'Zoe'])
  expect(findGroupMembers(members, 'AN').map((one) => one.ref)).toEqual(['ana'])
})

test('people are added by what is typed, written as people write numbers', () => {
  expect(readAddresses('whatsapp', '+55 11 98765-4321, (49)151 234567;')).toEqual(['5511987654321', '49151234567'])
  expect(readAddresses('telegram', 'user:42\n777000')).toEqual(['user:42', 'user:777000'])
  expect(readAddresses('whatsapp', 'ana, 12')).toEqual([])
})
