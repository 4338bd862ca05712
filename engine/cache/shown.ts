/** Conversations as they are on the screen, with every address under which the provider may speak of them. */
import { isGroupAddress } from '../../shared/contracts/neutral-message.ts'
import type { Reader } from './database.ts'

export interface ShownConversation {
  id: number
  opaque: string
  account: string
  /** The canonical one. */
  address: string
  /** All, the canonical one among them. */
  addresses: string[]
  group: boolean
}

/** Those that exist, by their opaque ids. */
export function listShown(reader: Reader, opaque: string[]): ShownConversation[] {
  const rows = reader.all<Omit<ShownConversation, 'addresses' | 'group'> & { known: string }>(
    `SELECT c.id, c.opaque, c.account, i.address, d.address AS known
     FROM conversations c JOIN identities i ON i.id = c.identity JOIN addresses d ON d.identity = i.id
     WHERE c.opaque IN (SELECT value FROM json_each(?))`,
    [JSON.stringify(opaque)],
  )
  const shown = new Map<number, ShownConversation>()
  for (const { known, ...row } of rows) {
    const before = shown.get(row.id)
    if (before) before.addresses.push(known)
    else shown.set(row.id, { ...row, addresses: [known], group: isGroupAddress(row.address) })
  }
  return [...shown.values()]
}
