/** Groups as the provider last showed them, each replaced whole. */
import type { SeenGroup } from '../../shared/contracts/events.ts'
import { sha256 } from '../../shared/formats/bytes.ts'
import type { Reader, Writer } from './database.ts'

export interface GroupRow {
  conversation: number
  subject: string
  description: string | null
  announce: number
  inviteLink: string | null
}
export type GroupRole = 'member' | 'admin' | 'owner'
export interface MemberRow {
  identity: number
  opaque: string
  address: string
  name: string | null
  phone: string | null
  role: GroupRole
}

export function findGroup(reader: Reader, conversation: number): GroupRow | undefined {
  return reader.get<GroupRow>(
    'SELECT conversation, subject, description, announce, inviteLink FROM groups WHERE conversation = ?',
    [conversation],
  )
}

export function listMembers(reader: Reader, conversation: number): MemberRow[] {
  return reader.all<MemberRow>(
    `SELECT m.identity, i.opaque, i.address, i.name, m.role,
       (SELECT d.address FROM addresses d WHERE d.identity = i.id AND d.address LIKE '%@s.whatsapp.net' LIMIT 1) AS phone
     FROM groupMembers m JOIN identities i ON i.id = m.identity WHERE m.conversation = ? ORDER BY m.place`,
    [conversation],
  )
}

/** Null: not known as a member. */
export function findRole(reader: Reader, conversation: number, identity: number): GroupRole | null {
  return (
    reader.get<{ role: GroupRole }>('SELECT role FROM groupMembers WHERE conversation = ? AND identity = ?', [
      conversation,
      identity,
    ])?.role ?? null
  )
}

/** False: it is known exactly so. Call it before `replaceGroup`. */
export function groupDiffers(reader: Reader, conversation: number, group: SeenGroup): boolean {
  const known = reader.get<{ seen: string }>('SELECT seen FROM groups WHERE conversation = ?', [conversation])
  return known?.seen !== fingerprint(group)
}

function fingerprint(group: SeenGroup): string {
  return sha256(Buffer.from(JSON.stringify(group), 'utf8')).toString('hex')
}

export function replaceGroup(
  writer: Writer,
  conversation: number,
  group: SeenGroup,
  members: { identity: number; role: GroupRole }[],
): void {
  writer.run(
    'INSERT OR REPLACE INTO groups (conversation, subject, description, announce, inviteLink, seen) VALUES (?, ?, ?, ?, ?, ?)',
    [conversation, group.subject, group.description, group.announce ? 1 : 0, group.inviteLink, fingerprint(group)],
  )
  writer.run('DELETE FROM groupMembers WHERE conversation = ?', [conversation])
  members.forEach(({ identity, role }, place) =>
    writer.run(
      'INSERT INTO groupMembers (conversation, identity, role, place) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      [conversation, identity, role, place],
    ),
  )
}
