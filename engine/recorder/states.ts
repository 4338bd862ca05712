/** The states of what this account said or did: moved forward and written down. */
import type { ChannelFault } from '../channels/channel.ts'
import { applyChangeState, nameChange, type ChangeRow } from '../cache/changes.ts'
import type { Writer } from '../cache/database.ts'
import { markDoubtful } from '../cache/sends.ts'
import { applyProviderId, applyState, type MessageRow } from '../cache/messages.ts'
import { header, touchTarget, type ApplyContext, type Place } from './context.ts'

export interface Report {
  state: 'sending' | 'sent' | 'delivered' | 'read' | 'failed' | 'unknown'
  providerId: string | null
  time: number | null
  error: ChannelFault | null
}

export function boundedFault(fault: ChannelFault): ChannelFault {
  return { code: fault.code.slice(0, 64), text: fault.text.slice(0, 512).toWellFormed(), until: fault.until }
}

function stateEvent(
  context: ApplyContext,
  at: Place,
  row: { opaque: string; clientId: string | null },
  report: Report,
) {
  context.append({
    ...header(context, at, row.opaque),
    kind: 'message.state/1',
    payload: {
      state: report.state,
      clientId: row.clientId,
      providerId: report.providerId,
      time: report.time,
      error: report.error && boundedFault(report.error),
    },
  })
}

/** Moves an own message and writes it down; says nothing when nothing moved. */
export function moveState(writer: Writer, context: ApplyContext, at: Place, row: MessageRow, report: Report): void {
  const owned = { ...row, account: context.account, peer: at.identity.id }
  const learnt = report.providerId !== null && report.providerId !== row.providerId
  if (report.providerId !== null && learnt) applyProviderId(writer, owned, report.providerId)
  const moved = applyState(writer, owned, report.state, report.error)
  if (moved === null && !learnt) return
  stateEvent(context, at, row, report)
  context.touched.conversations.add(row.conversation)
  context.touched.messages.push({ conversation: row.conversation, at: row.at, n: row.n })
}

/** The same for an own change. */
export function moveChange(writer: Writer, context: ApplyContext, at: Place, row: ChangeRow, report: Report): void {
  const learnt = report.providerId !== null && report.providerId !== row.providerId
  if (report.providerId !== null && learnt) nameChange(writer, row, report.providerId)
  const moved = applyChangeState(writer, { ...row, account: context.account }, report.state, report.error)
  if (moved === null && !learnt) return
  stateEvent(context, at, row, report)
  touchTarget(writer, context, at, row)
}

/** A person decided to repeat it: queued again under the same client id. */
export function applyReopened(writer: Writer, row: MessageRow & { account: string }): void {
  if (row.state === 'unknown' && row.clientId !== null) markDoubtful(writer, row.account, row.clientId)
  applyState(writer, row, 'queued', null, true)
}
