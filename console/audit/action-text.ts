/** Which sentence tells an action of the audit log. */
import type { en } from '../strings/en.ts'

export type ActionText = keyof (typeof en)['auditAction']

export const actionTexts = new Map<string, ActionText>([
  ['session.signIn', 'signedIn'],
  ['session.blocked', 'signInBlocked'],
  ['session.signOut', 'signedOut'],
  ['employee.add', 'addedEmployee'],
  ['employee.change', 'changedEmployee'],
  ['employee.deactivate', 'deactivatedEmployee'],
  ['employee.reactivate', 'reactivatedEmployee'],
  ['employee.renewLogin', 'renewedLogin'],
  ['workstation.enrol', 'madeCode'],
  ['workstation.enrolled', 'enrolled'],
  ['workstation.revoke', 'revoked'],
  ['unlock.proven', 'unlocked'],
  ['unlock.wrong', 'pinRefused'],
  ['account.add', 'addedAccount'],
  ['account.assign', 'assignedAccount'],
  ['account.unassign', 'unassignedAccount'],
  ['account.phone', 'readPhone'],
  ['lease.acquire', 'grantedLease'],
  ['lease.release', 'releasedLease'],
  ['conversation.list', 'listedConversations'],
  ['conversation.read', 'readConversation'],
  ['media.read', 'readFile'],
  ['look.list', 'readLooks'],
  ['messages.export', 'exportedMessages'],
  ['identity.list', 'listedIdentities'],
  ['identity.erase', 'erasedIdentity'],
  ['policy.sign', 'policySigned'],
  ['audit.list', 'readAudit'],
  ['audit.export', 'exportedAudit'],
  ['ledger.export', 'exportedLedger'],
  ['vault.init', 'initialised'],
])

/** Null: an action without a sentence of its own; the screen then shows its code. */
export function actionText(action: string): ActionText | null {
  return actionTexts.get(action) ?? null
}
