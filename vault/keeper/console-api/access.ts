/** The first line of every console method: may this login do that, here? */
import { CodedError, type Handlers } from '../../../shared/contracts/contract.ts'
import type { consoleContract } from '../../../shared/contracts/console.ts'
import type { Clock } from '../../../shared/clock/clock.ts'
import type { Actor } from '../../../shared/domain/people.ts'
import { may, type Action } from '../../../shared/permissions/may.ts'

export interface ConsoleContext {
  actor: Actor
  /** Tells sessions apart; not the token itself. */
  session: string
}
/** What needs a session; signing in and out is the server's. */
export type ConsoleHandlers = Omit<
  Handlers<typeof consoleContract, ConsoleContext>,
  'session.signIn' | 'session.get' | 'session.signOut'
>

export interface Access {
  inTeam(actor: Actor, action: Action, team: string | null): boolean
  /** Throws CodedError('not_allowed'). */
  require(actor: Actor, action: Action): void
  /** Scope `team` without a resource: whoever has a team may see his own. Throws as `require`. */
  requireOwnTeam(actor: Actor, action: Action): void
}

export function refused(): CodedError {
  return new CodedError('not_allowed', 'this login may not do that')
}

export function createAccess(clock: Clock): Access {
  const inTeam = (actor: Actor, action: Action, team: string | null): boolean =>
    may(actor, action, { team, at: clock.now() })
  const require = (actor: Actor, action: Action): void => {
    if (!inTeam(actor, action, null)) throw refused()
  }
  const requireOwnTeam = (actor: Actor, action: Action): void => {
    if (!inTeam(actor, action, actor.team)) throw refused()
  }
  return { inTeam, require, requireOwnTeam }
}
