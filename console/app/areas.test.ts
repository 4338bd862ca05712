/** What each role is offered. */
import { expect, test } from 'vitest'
import type { Role } from '../../shared/domain/people.ts'
import { areasFor, viewerOf } from './areas.ts'

const offered = (role: Role, team: string | null = 'Brazil') =>
  areasFor(viewerOf({ id: 'e1', role, team })).map((area) => area.id)

test('every role sees the areas that it may use and no other', () => {
  const all = ['overview', 'employees', 'workstations', 'accounts', 'conversations', 'audit']
  expect(offered('administrator')).toEqual(all)
  expect(offered('compliance')).toEqual(['overview', 'employees', 'accounts', 'conversations', 'audit'])
  expect(offered('salesperson')).toEqual([])
  expect(offered('it')).toEqual(['overview', 'employees', 'workstations', 'accounts'])
  expect(offered('manager')).toEqual(['overview', 'employees', 'workstations', 'accounts', 'conversations'])
})

test('a manager without a team is offered nothing that belongs to one', () => {
  expect(offered('manager', null)).toEqual(['overview'])
})
