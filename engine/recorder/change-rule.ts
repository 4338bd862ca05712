/** Which changes count: whoever may say something about a message is not always allowed to change it. */

interface Change {
  kind: string
  mine: number
  /** 0: not in a group, or the account. */
  author: number
  state: string
  target: string
  providerId: string | null
}
interface Written {
  mine: number
  author: number | null
}

/** Telegram's changes have no id of their own: their name begins with what they are about. */
export function isDerivedId(change: { target: string; providerId: string | null }): boolean {
  return change.providerId?.startsWith(`${change.target}/`) ?? false
}

export function isSameWriter(change: Pick<Change, 'mine' | 'author'>, message: Written): boolean {
  return change.mine === message.mine && change.author === (message.author ?? 0)
}

/** An edit counts when its author wrote the message; a deletion also where Telegram told it, by the company, or by an admin of the group. */
export function changeCounts(change: Change, message: Written, isAdmin: (identity: number) => boolean): boolean {
  if (change.state === 'failed') return false
  if (change.kind === 'edit') return isSameWriter(change, message)
  if (change.kind !== 'delete') return true
  return isSameWriter(change, message) || change.mine === 1 || isDerivedId(change) || isAdmin(change.author)
}
