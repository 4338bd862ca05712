/** Which words tell an action of the audit log. */
import type { en } from '../strings/en.ts'

type ActionText = keyof (typeof en)['auditAction']

/** Without plurals: the log writes `conversation.read` or `conversations.read`, both mean the same. */
export const actionTexts = new Map<string, ActionText>([
  ['session.signIn', 'signedIn'],
  ['session.blocked', 'signInBlocked'],
  ['session.signOut', 'signedOut'],
  ['employee.list', 'listedEmployees'],
  ['employee.add', 'addedEmployee'],
  ['service.add', 'addedService'],
  ['workstation.list', 'listedWorkstations'],
  ['workstation.enrol', 'madeCode'],
  ['workstation.enrolled', 'enrolled'],
  ['unlock.proven', 'unlocked'],
  ['unlock.wrong', 'pinRefused'],
  ['workstation.revoke', 'revoked'],
  ['account.list', 'listedAccounts'],
  ['account.add', 'addedAccount'],
  ['account.assign', 'assignedAccount'],
  ['lease.acquire', 'grantedLease'],
  ['lease.release', 'releasedLease'],
  ['conversation.list', 'listedConversations'],
  ['conversation.read', 'readConversation'],
  ['media.read', 'readFile'],
  ['message.export', 'exportedMessages'],
  ['identity.list', 'listedIdentities'],
  ['identity.erase', 'erasedIdentity'],
  ['policy.sign', 'policySigned'],
  ['audit.list', 'readAudit'],
  ['audit.export', 'exportedAudit'],
  ['ledger.export', 'exportedLedger'],
  ['vault.init', 'initialised'],
])

/** Null: an action without words of its own; the screen then shows its code. */
export function actionText(action: string): ActionText | null {
  return actionTexts.get(action.replace(/^([a-z]+?)s\./, '$1.')) ?? null
}
