/** Keyed hashes by which a message is found again without its ids being stored: for the intake, and for what points at a message. */
import type { Reader } from '../../database/open.ts'
import type { Keyring } from '../keyring/keyring.ts'

export interface MessageRefs {
  /** Own messages, by the id fixed before the send. */
  client(id: string): Buffer
  /** By the provider's id in a conversation of this identity. */
  peer(identity: string, direction: string, id: string): Buffer
  /**
   * In groups, of what others wrote: WhatsApp's ids are chosen by the writer, and nobody may take another member's message away by
   * using its id first.
   */
  from(identity: string, owner: string, id: string): Buffer
  /** Own messages, by the provider's id alone. */
  own(id: string): Buffer
  /** What was kept without being understood: the message itself may still come under the same id. */
  raw(identity: string, owner: string, direction: string, id: string): Buffer
  /** Own messages, by the id that their ledger gave them. */
  writer(ledger: string, id: string): Buffer
}

export function messageRefs(keyring: Pick<Keyring, 'lookup'>, account: string): MessageRefs {
  return {
    client: (id) => keyring.lookup('client', account, id),
    peer: (identity, direction, id) => keyring.lookup('message', account, identity, direction, id),
    from: (identity, owner, id) => keyring.lookup('from', account, identity, owner, id),
    own: (id) => keyring.lookup('own', account, id),
    raw: (identity, owner, direction, id) => keyring.lookup('raw', account, identity, owner, direction, id),
    writer: (ledger, id) => keyring.lookup('writer', ledger, id),
  }
}

/** Identities of an event that belongs to a conversation. */
export interface Whose {
  /** The conversation's. */
  identity: string
  /** Whose content it is: in groups the writer's, where it was another one. */
  owner: string
  isGroup: boolean
}

/** Every hash under which the file of a message may have been told of. */
export function fileRefs(
  refs: MessageRefs,
  { identity, owner, isGroup }: Whose,
  of: { direction: 'in' | 'out'; providerId: string | null; clientId: string | null },
): Buffer[] {
  const { direction, providerId, clientId } = of
  if (direction === 'in') {
    if (providerId === null) return []
    return [isGroup ? refs.from(identity, owner, providerId) : refs.peer(identity, 'in', providerId)]
  }
  const found: Buffer[] = []
  if (clientId !== null) found.push(refs.client(clientId))
  // WhatsApp fixes the message id before it sends: there the provider id is the client id.
  if (providerId !== null) found.push(refs.peer(identity, 'out', providerId), refs.client(providerId))
  return found
}

/**
 * The message that a reply or a change names by the provider's id, as far as it has come by now: null otherwise. Whoever edits or deletes
 * means a message of his own side first.
 */
export async function findNamed(
  db: Reader,
  refs: MessageRefs,
  from: { account: string; identity: string; direction: 'in' | 'out' },
  id: string,
): Promise<string | null> {
  const other = from.direction === 'in' ? 'out' : 'in'
  const candidates = [refs.peer(from.identity, from.direction, id), refs.peer(from.identity, other, id), refs.own(id)]
  for (const ref of candidates) {
    const row = await db.get<{ id: string }>(
      `SELECT message.id FROM message_ref JOIN message USING (conversation, at, ord)
       JOIN conversation ON conversation.id = message.conversation
       WHERE message_ref.account = ? AND ref = ? AND conversation.identity = ?`,
      [from.account, ref, from.identity],
    )
    if (row) return row.id
  }
  return null
}
