/** Cursors of lists that are ordered by a time and something that tells equals apart. */
import { CodedError } from '../../../../shared/contracts/contract.ts'

export interface Place {
  at: number
  ord: string
}

export function toCursor(row: Place): string {
  return Buffer.from(`${row.at}:${row.ord}`, 'utf8').toString('base64url')
}

/** Throws CodedError('cursor_malformed'). */
export function fromCursor(text: string): Place {
  const match = /^(\d{1,16}):(.{1,200})$/s.exec(Buffer.from(text, 'base64url').toString('utf8'))
  if (!match) throw new CodedError('cursor_malformed', 'not a cursor of this list')
  return { at: Number(match[1]), ord: match[2]! }
}
