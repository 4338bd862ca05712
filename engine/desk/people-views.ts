/** How persons are shown: by name, else by a masked number, never by a LID. */
import type { PersonView } from '../../shared/contracts/window.ts'
import { maskNumber } from '../../shared/domain/phone-number.ts'
import type { Reader } from '../cache/database.ts'

export interface PersonRow {
  id: number
  opaque: string
  name: string | null
  address: string
  phone: string | null
}

export const personColumns = `i.id, i.opaque, i.name, i.address,
  (SELECT d.address FROM addresses d WHERE d.identity = i.id AND d.address LIKE '%@s.whatsapp.net' LIMIT 1) AS phone`

export function nameOf(row: Pick<PersonRow, 'name' | 'address' | 'phone'>): string {
  if (row.name !== null) return row.name
  if (row.phone !== null) return maskNumber(row.phone)
  return nameOfAddress(row.address)
}

/** Of somebody whom nobody here has met. */
export function nameOfAddress(address: string): string {
  if (address.endsWith('@s.whatsapp.net')) return maskNumber(address)
  const user = /^(?:user|chat|channel):(\d+)$/.exec(address)
  return user ? `Telegram ${user[1]}` : 'WhatsApp'
}

export function toPerson(row: PersonRow): PersonView {
  return { key: row.opaque, name: nameOf(row) }
}

export function listPeople(reader: Reader, ids: number[]): Map<number, PersonRow> {
  if (ids.length === 0) return new Map()
  const rows = reader.all<PersonRow>(
    `SELECT ${personColumns} FROM identities i WHERE i.id IN (SELECT value FROM json_each(?))`,
    [JSON.stringify(ids)],
  )
  return new Map(rows.map((row) => [row.id, row]))
}
