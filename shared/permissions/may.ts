/** The one decision about who may do what; keeper and engine ask the same function. */
import type { Actor, Assignment, Role } from '../domain/people.ts'

export type Action =
  | 'conversation.read'
  | 'conversation.send'
  | 'account.run'
  | 'account.list'
  | 'account.add'
  | 'account.assign'
  | 'employee.list'
  | 'employee.add'
  | 'employee.change'
  | 'workstation.list'
  | 'workstation.enrol'
  | 'workstation.revoke'
  | 'audit.read'
  | 'alert.read'
  | 'policy.read'
  | 'policy.change'

export interface Resource {
  /** The account that it belongs to, where it does. */
  account?: string
  /** The team that the account or employee belongs to. */
  team?: string | null
  assignments?: Assignment[]
  at: number
}

type Scope = 'mine' | 'team' | 'all'

const grants: Record<Role, Partial<Record<Action, Scope>>> = {
  salesperson: {
    'conversation.read': 'mine',
    'conversation.send': 'mine',
    'account.run': 'mine',
    'account.list': 'mine',
  },
  manager: {
    'conversation.read': 'team',
    'account.list': 'team',
    'employee.list': 'team',
    'workstation.list': 'team',
    'workstation.revoke': 'team',
    'account.assign': 'team',
    'alert.read': 'all',
    'policy.read': 'all',
  },
  it: {
    'account.list': 'all',
    'account.add': 'all',
    'account.assign': 'all',
    'employee.list': 'all',
    'workstation.list': 'all',
    'workstation.enrol': 'all',
    'workstation.revoke': 'all',
    'alert.read': 'all',
    'policy.read': 'all',
  },
  compliance: {
    'conversation.read': 'all',
    'account.list': 'all',
    'employee.list': 'all',
    'audit.read': 'all',
    'alert.read': 'all',
    'policy.read': 'all',
  },
  administrator: {
    'conversation.read': 'all',
    'account.list': 'all',
    'account.add': 'all',
    'account.assign': 'all',
    'employee.list': 'all',
    'employee.add': 'all',
    'employee.change': 'all',
    'workstation.list': 'all',
    'workstation.enrol': 'all',
    'workstation.revoke': 'all',
    'audit.read': 'all',
    'alert.read': 'all',
    'policy.read': 'all',
    'policy.change': 'all',
  },
}

function assigned(actor: Actor, resource: Resource): boolean {
  return (resource.assignments ?? []).some(
    (one) =>
      one.employee === actor.employee &&
      one.account === resource.account &&
      one.from <= resource.at &&
      (one.until === null || resource.at < one.until),
  )
}

/** Pure. An inactive actor may nothing; a missing grant is a refusal; scope `team` needs a known, equal team or an own assignment. */
export function may(actor: Actor, action: Action, resource: Resource): boolean {
  if (!actor.active) return false
  const scope = grants[actor.role][action]
  if (scope === undefined) return false
  if (scope === 'all') return true
  if (assigned(actor, resource)) return true
  return scope === 'team' && actor.team !== null && actor.team !== undefined && resource.team === actor.team
}
