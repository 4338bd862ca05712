/** Who looks at the screens, and what is worth offering to them. */
import type { Role } from '../../shared/domain/people.ts'
import type { Action } from '../../shared/permissions/may.ts'

export interface Viewer {
  id: string
  role: Role
  team: string | null
  /** Whether the role has the action at all, within the viewer's own team; the keeper decides for each thing. */
  may(action: Action): boolean
}
