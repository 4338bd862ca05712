/** The audit log: filtered pages, and its signed export in pieces. */
import { openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'
import { CodedError } from '../../../shared/contracts/contract.ts'
import { randomId } from '../../../shared/formats/bytes.ts'
import type { Keeper } from '../keeper.ts'
import type { Access, ConsoleHandlers } from './access.ts'
import { namesOf } from './names.ts'

const auditPage = 100
const pieceBytes = 1_048_576
/** Exports whose pieces may still be asked for. */
const mostExports = 20

/** Their reason is the id of an employee. */
const aboutEmployees = new Set(['account.assign', 'account.unassign'])

export function createAuditHandlers(
  keeper: Keeper,
  { require }: Access,
): Pick<ConsoleHandlers, 'audit.list' | 'audit.export' | 'audit.exportPiece'> {
  const { audit, exports } = keeper
  const made = new Map<string, { session: string; file: string }>()
  return {
    'audit.list': async ({ before, ...filter }, { actor }) => {
      require(actor, 'audit.read')
      await audit.record({ actor: actor.employee, action: 'audit.list', subject: null })
      const entries = await audit.page(before, auditPage, filter)
      const names = await namesOf(
        keeper,
        entries.flatMap((one) => [one.actor, one.subject, aboutEmployees.has(one.action) ? one.reasonText : null]),
      )
      return {
        entries: entries.map(({ seq, at, actor: who, action, subject, reasonText }) => ({
          seq,
          at,
          actor: who,
          actorName: names.get(who) ?? who,
          action,
          subject,
          subjectName: subject === null ? null : (names.get(subject) ?? null),
          reason:
            reasonText !== null && aboutEmployees.has(action) ? (names.get(reasonText) ?? reasonText) : reasonText,
        })),
        before: entries.length === auditPage ? entries.at(-1)!.seq : null,
      }
    },
    'audit.export': async (_input, { actor, session }) => {
      require(actor, 'audit.read')
      const file = await exports.audit(actor.employee)
      const id = randomId()
      if (made.size >= mostExports) made.delete(made.keys().next().value ?? '')
      made.set(id, { session, file })
      return { export: id, bytes: (await stat(file)).size }
    },
    'audit.exportPiece': async ({ export: id, offset }, { actor, session }) => {
      require(actor, 'audit.read')
      const found = made.get(id)
      if (found?.session !== session) throw new CodedError('export_unknown', 'this session has made no such export')
      const piece = (await openAsBlob(found.file)).slice(offset, offset + pieceBytes)
      return { data: Buffer.from(await piece.arrayBuffer()).toString('base64') }
    },
  }
}
