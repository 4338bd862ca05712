/** The areas of the console, in the navigation's order, and the right that opens each. */
import type { ComponentType } from 'react'
import { may, type Action } from '../../shared/permissions/may.ts'
import { Accounts } from '../accounts/accounts.tsx'
import { Audit } from '../audit/audit.tsx'
import { Conversations } from '../conversations/conversations.tsx'
import type { Viewer } from '../elements/viewer.ts'
import { Employees } from '../employees/employees.tsx'
import { Overview } from '../overview/overview.tsx'
import { Settings } from '../settings/settings.tsx'
import { Workstations } from '../workstations/workstations.tsx'

export interface Area {
  id: 'overview' | 'conversations' | 'employees' | 'workstations' | 'accounts' | 'audit' | 'settings'
  action: Action
  Screen: ComponentType<{ viewer: Viewer }>
}

const areas: Area[] = [
  { id: 'overview', action: 'alert.read', Screen: Overview },
  { id: 'conversations', action: 'conversation.read', Screen: Conversations },
  { id: 'employees', action: 'employee.list', Screen: Employees },
  { id: 'workstations', action: 'workstation.list', Screen: Workstations },
  { id: 'accounts', action: 'account.list', Screen: Accounts },
  { id: 'audit', action: 'audit.read', Screen: Audit },
  { id: 'settings', action: 'policy.read', Screen: Settings },
]

/** The areas for this viewer. The keeper decides anew on every call; this only spares people dead ends. */
export function areasFor(viewer: Viewer): Area[] {
  return areas.filter((area) => viewer.may(area.action))
}

/** An area that a link names and this viewer may not open. */
export function refusedArea(viewer: Viewer, route: string): Area | undefined {
  return areas.find((area) => area.id === route && !viewer.may(area.action))
}

export function viewerOf(employee: { id: string; role: Viewer['role']; team: string | null }): Viewer {
  const actor = { employee: employee.id, role: employee.role, team: employee.team, active: true }
  return {
    id: employee.id,
    role: employee.role,
    team: employee.team,
    may: (action) => may(actor, action, { team: employee.team, at: Date.now() }),
  }
}
