/**
 * Pages of a list that the keeper holds whole (employees, workstations, accounts: a company has hundreds of them), in the order that people
 * expect of texts, by keyset: a row that comes or goes moves no other row to another page.
 */
import { CodedError } from '../../../shared/contracts/contract.ts'
import { z } from 'zod'

type Key = string | number
interface Place {
  key: Key
  id: string
}

const collator = new Intl.Collator('und', { numeric: true, sensitivity: 'base' })
const cursorSchema = z.strictObject({ key: z.union([z.string(), z.number()]), id: z.string() })

/** Throws CodedError('cursor_malformed'). */
export function pageOf<Row extends { id: string }>(
  rows: readonly Row[],
  keyOf: (row: Row) => Key,
  { descending, after, limit }: { descending: boolean; after: string | null; limit: number },
): { rows: Row[]; after: string | null; total: number } {
  const place = after === null ? null : fromCursor(after)
  const sign = descending ? -1 : 1
  const placed = rows.map((row) => ({ row, place: { key: keyOf(row), id: row.id } }))
  const order = (a: Place, b: Place): number => sign * compare(a, b)
  const behind = placed
    .filter((one) => place === null || order(one.place, place) > 0)
    .toSorted((a, b) => order(a.place, b.place))
  const page = behind.slice(0, limit)
  const last = page.at(-1)
  return {
    rows: page.map((one) => one.row),
    after: last && behind.length > limit ? toCursor(last.place) : null,
    total: rows.length,
  }
}

/** Whether one of the texts holds what was typed, ignoring case and width. */
export function holds(typed: string, ...texts: (string | null)[]): boolean {
  const wanted = folded(typed)
  return wanted === '' || texts.some((text) => text !== null && folded(text).includes(wanted))
}

const folded = (text: string): string => text.normalize('NFKC').trim().toLocaleLowerCase()

function compare(a: Place, b: Place): number {
  const byKey =
    typeof a.key === 'number' && typeof b.key === 'number'
      ? a.key - b.key
      : collator.compare(String(a.key), String(b.key))
  return byKey || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

function toCursor(place: Place): string {
  return Buffer.from(JSON.stringify({ key: place.key, id: place.id }), 'utf8').toString('base64url')
}

function fromCursor(text: string): Place {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch {
    throw new CodedError('cursor_malformed', 'not a cursor of this list')
  }
}
