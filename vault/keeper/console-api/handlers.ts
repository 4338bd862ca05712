/** The console's methods: permission is each one's first line, the audit entry comes before the answer. */
import type { Keeper } from '../keeper.ts'
import { createAccess, type ConsoleHandlers } from './access.ts'
import { createAuditHandlers } from './audit-handlers.ts'
import { createConversationHandlers } from './conversation-handlers.ts'
import { createOverviewHandlers } from './overview-handlers.ts'
import { createPeopleHandlers } from './people-handlers.ts'
import { createPolicyHandlers } from './policy-handlers.ts'
import { createSeatHandlers } from './seat-handlers.ts'

export function createConsoleHandlers(keeper: Keeper, head: () => number): ConsoleHandlers {
  const access = createAccess(keeper.clock)
  return {
    ...createOverviewHandlers(keeper, access, head),
    ...createPeopleHandlers(keeper, access),
    ...createSeatHandlers(keeper, access),
    ...createConversationHandlers(keeper, access),
    ...createAuditHandlers(keeper, access),
    ...createPolicyHandlers(keeper, access),
  }
}
