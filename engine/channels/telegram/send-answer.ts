/** Reads Telegram's answer to a send: which message it became. */
import type { Api } from 'telegram/index.js'
import type { SendOutcome, SendRequest } from '../channel.ts'
import { fault } from './faults.ts'
import type { Entry, InboxEntry } from './inbox-row.ts'
import type { LiveLine } from './live-line.ts'
import { digestOf, rememberSeen } from './message-memory.ts'
import { neutralEntity } from './read-content.ts'
import { messageKey } from './read-message.ts'
import { emptyBatch, type ReadBatch, readOwnIds, readUpdates } from './read-updates.ts'

export interface ReadAnswer {
  outcome: SendOutcome
  batch: ReadBatch
}

export function readAnswer(
  { follower }: Pick<LiveLine, 'follower'>,
  { clientId, address, content }: SendRequest,
  answer: Api.TypeUpdates,
): ReadAnswer {
  if (answer.className === 'UpdateShortSentMessage') {
    const { id, date, pts, ptsCount } = answer
    const raw = answer.getBytes().toString('base64')
    // The server may have found links and names in the text; an edit is told by the text and what was marked in it then.
    const said = digestOf(content.text, answer.entities ? readEntities(answer.entities) : [])
    const entry: InboxEntry = {
      key: messageKey(address, id),
      row: { v: 1, kind: 'sent', clientId, id, date, raw },
      memory: [rememberSeen(id, { at: address, said, shows: null, edit: null })],
    }
    return {
      outcome: { outcome: 'accepted', providerId: String(id), time: date * 1000 },
      batch: { ...emptyBatch, date, pieces: [{ pts, ptsCount, qts: null, channel: null, entries: [entry] }] },
    }
  }
  const batch = readUpdates(answer, follower.context('live'))
  const updates = answer.className === 'Updates' || answer.className === 'UpdatesCombined' ? answer.updates : []
  for (const [id, randomId] of readOwnIds(updates)) {
    if (randomId !== clientId) continue
    const entry = batch.pieces.flatMap(({ entries }) => entries).find((one) => keyOf(one) === messageKey(address, id))
    const row = entry && 'row' in entry ? entry.row : null
    const time = row?.v === 2 && row.kind === 'message' ? row.message.time : null
    return { outcome: { outcome: 'accepted', providerId: String(id), time }, batch }
  }
  const unclear = fault('telegram_answer_unclear', 'Telegram did not say which message it made')
  return { outcome: { outcome: 'unknown', fault: unclear }, batch: { ...batch, recover: true } }
}

function keyOf(entry: Entry): string | null {
  return 'key' in entry ? entry.key : null
}

function readEntities(entities: Api.TypeMessageEntity[]) {
  return entities.slice(0, 1024).map(neutralEntity)
}
