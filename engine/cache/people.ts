/** Identities and conversations: who a provider address is, and the conversation with them. */
import { randomId } from '../../shared/formats/bytes.ts'
import type { SeenIdentity } from '../channels/channel.ts'
import type { Reader, Writer } from './database.ts'

export interface IdentityRow {
  id: number
  opaque: string
  address: string
  name: string | null
}
export interface ConversationRow {
  id: number
  opaque: string
  account: string
  identity: number
  lastText: string
  lastDirection: number
  lastAt: number
  unread: number
}
export const conversationColumns = 'id, opaque, account, identity, lastText, lastDirection, lastAt, unread'

export function findIdentity(reader: Reader, account: string, address: string): IdentityRow | undefined {
  return reader.get<IdentityRow>(
    `SELECT i.id, i.opaque, i.address, i.name FROM addresses a JOIN identities i ON i.id = a.identity
     WHERE a.account = ? AND a.address = ?`,
    [account, address],
  )
}

/**
 * The identity of an address, made when it is new. Known addresses win: an alias that already belongs to somebody
 * leads to them, so that a number and a LID of one person meet in one conversation.
 */
export function recordIdentity(writer: Writer, account: string, seen: SeenIdentity): IdentityRow {
  const all = [seen.address, ...seen.aliases]
  const found = all.map((address) => findIdentity(writer, account, address))
  const known = found.find((row) => row !== undefined)
  if (!known) {
    const opaque = randomId()
    writer.run('INSERT INTO identities (opaque, account, address, name) VALUES (?, ?, ?, ?)', [
      opaque,
      account,
      seen.address,
      seen.name,
    ])
    const id = writer.get<{ id: number }>('SELECT last_insert_rowid() AS id')!.id
    for (const address of all) addAddress(writer, account, address, id)
    return { id, opaque, address: seen.address, name: seen.name }
  }
  for (const [i, address] of all.entries()) if (!found[i]) addAddress(writer, account, address, known.id)
  const canonical = seen.address.endsWith('@lid') && !known.address.endsWith('@lid') ? seen.address : known.address
  const name = seen.name ?? known.name
  if (canonical !== known.address || name !== known.name) {
    writer.run('UPDATE identities SET address = ?, name = ? WHERE id = ?', [canonical, name, known.id])
  }
  return { ...known, address: canonical, name }
}

function addAddress(writer: Writer, account: string, address: string, identity: number): void {
  writer.run('INSERT INTO addresses (account, address, identity) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', [
    account,
    address,
    identity,
  ])
}

export function recordConversation(writer: Writer, account: string, identity: number): ConversationRow {
  const sql = `SELECT ${conversationColumns} FROM conversations WHERE account = ? AND identity = ?`
  const known = writer.get<ConversationRow>(sql, [account, identity])
  if (known) return known
  writer.run('INSERT INTO conversations (opaque, account, identity) VALUES (?, ?, ?)', [randomId(), account, identity])
  return writer.get<ConversationRow>(sql, [account, identity])!
}

export function findConversation(reader: Reader, opaque: string): ConversationRow | undefined {
  return reader.get<ConversationRow>(`SELECT ${conversationColumns} FROM conversations WHERE opaque = ?`, [opaque])
}

/** The conversation with an address, where there is one. */
export function findConversationWith(reader: Reader, account: string, address: string): ConversationRow | undefined {
  const identity = findIdentity(reader, account, address)
  if (!identity) return undefined
  return reader.get<ConversationRow>(
    `SELECT ${conversationColumns} FROM conversations WHERE account = ? AND identity = ?`,
    [account, identity.id],
  )
}

export function findIdentityById(reader: Reader, id: number): IdentityRow | undefined {
  return reader.get<IdentityRow>('SELECT id, opaque, address, name FROM identities WHERE id = ?', [id])
}

/** A known identity with all its addresses, as events name it. */
export function seenIdentity(reader: Reader, row: Pick<IdentityRow, 'id' | 'address' | 'name'>): SeenIdentity {
  const all = reader
    .all<{ address: string }>('SELECT address FROM addresses WHERE identity = ?', [row.id])
    .map((one) => one.address)
  return {
    address: row.address,
    aliases: all.filter((address) => address !== row.address).slice(0, 16),
    name: row.name,
  }
}

/** The account's own address, once the provider has told it. */
export function findOwnAddress(reader: Reader, account: string): string | null {
  return reader.get<{ address: string | null }>('SELECT address FROM accounts WHERE id = ?', [account])?.address ?? null
}

/** The salesperson's own marks in the list; what is not given stays. */
export interface OwnMarks {
  pinned?: boolean | undefined
  archived?: boolean | undefined
  muted?: boolean | undefined
  unread?: boolean | undefined
}

export function markConversation(writer: Writer, id: number, marks: OwnMarks, now: number): void {
  const given = (mark: boolean | undefined): number | null => (mark === undefined ? null : Number(mark))
  writer.run(
    `UPDATE conversations SET
       pinnedAt = CASE coalesce(?, -1) WHEN 0 THEN NULL WHEN 1 THEN coalesce(pinnedAt, ?) ELSE pinnedAt END,
       archived = coalesce(?, archived), muted = coalesce(?, muted), markedUnread = coalesce(?, markedUnread)
     WHERE id = ?`,
    [given(marks.pinned), now, given(marks.archived), given(marks.muted), given(marks.unread), id],
  )
}

export interface SamePerson {
  account: string
  name: string | null
  address: string
  phone: string | null
  /** The conversation with this identity, where there is one. */
  conversation: string | null
}

/** Every identity, on any account, that shares an address with this one; itself first. */
export function listSamePerson(reader: Reader, identity: number): SamePerson[] {
  return reader.all<SamePerson>(
    `SELECT i.account, i.name, i.address, c.opaque AS conversation,
       (SELECT p.address FROM addresses p WHERE p.identity = i.id AND p.address LIKE '%@s.whatsapp.net' LIMIT 1) AS phone
     FROM identities i LEFT JOIN conversations c ON c.account = i.account AND c.identity = i.id
     WHERE i.id IN (
       SELECT d.identity FROM addresses mine CROSS JOIN accounts a
       JOIN addresses d ON d.account = a.id AND d.address = mine.address WHERE mine.identity = ?)
     ORDER BY i.id <> ?, i.id`,
    [identity, identity],
  )
}
