/** What each role is offered. */
import { expect, test } from 'vitest'
import type { Role } from '../../shared/domain/people.ts'
import { areasFor, viewerOf } from './areas.ts'

const offered = (role: Role, team: string | null = 'Brazil') =>
  areasFor(viewerOf({ id: 'e1', role, team })).map((area) => area.id)

test('every role sees the areas that it may use and no other', () => {
  const all = ['overview', 'conversations', 'employees', 'workstations', 'accounts', 'audit', 'settings']
  expect(offered('administrator')).toEqual(all)
  expect(offered('compliance')).toEqual(['overview', 'conversations', 'employees', 'accounts', 'audit', 'settings'])
  expect(offered('salesperson')).toEqual([])
  expect(offered('it')).toEqual(['overview', 'employees', 'workstations', 'accounts', 'settings'])
  expect(offered('manager')).toEqual(['overview', 'conversations', 'employees', 'workstations', 'accounts', 'settings'])
})

test('a manager without a team is offered nothing that belongs to one', () => {
  expect(offered('manager', null)).toEqual(['overview', 'settings'])
})
