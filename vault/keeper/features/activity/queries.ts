/** The statements that count what happened: over directions, kinds and times, never over content. */
import type { Reader } from '../../../database/open.ts'

const spoken =
  "kind IN ('text', 'image', 'video', 'voice', 'audio', 'document', 'sticker', 'location', 'contact', 'poll')"

export async function listActiveSince(db: Reader, account: string, from: number): Promise<{ id: string }[]> {
  return db.all('SELECT id FROM conversation WHERE account = ? AND last_at >= ?', [account, from])
}

/** Per quarter of an hour: every time zone's days begin on one. */
export const quarterMs = 900_000

export async function countByQuarter(
  db: Reader,
  conversations: readonly string[],
  from: number,
  until: number,
): Promise<{ quarter: number; direction: 'in' | 'out'; n: number }[]> {
  return db.all(
    `SELECT at / ${quarterMs} AS quarter, direction, count(*) AS n FROM message
     WHERE conversation IN (SELECT value FROM json_each(?)) AND at >= ? AND at < ? AND ${spoken} GROUP BY 1, 2`,
    [JSON.stringify(conversations), from, until],
  )
}

/**
 * How long each turn waited that was answered in the time asked about: from the first message of theirs to the first of ours. `lookBack`:
 * from where turns are looked for.
 */
export async function listAnswerTimes(
  db: Reader,
  conversations: readonly string[],
  time: { lookBack: number; from: number; until: number },
): Promise<{ took: number; answered: number }[]> {
  return db.all(
    `WITH said AS (
       SELECT conversation, at, ord, direction, lag(direction) OVER (PARTITION BY conversation ORDER BY at, ord) AS earlier
       FROM message WHERE conversation IN (SELECT value FROM json_each(?1)) AND at >= ?2 AND at < ?4 AND ${spoken}
         AND NOT (direction = 'out' AND state = 'failed')),
     turn AS (
       SELECT at, direction, lead(at) OVER (PARTITION BY conversation ORDER BY at, ord) AS answered FROM said
       WHERE earlier IS NULL OR earlier <> direction)
     SELECT answered - at AS took, answered FROM turn WHERE direction = 'in' AND answered >= ?3`,
    [JSON.stringify(conversations), time.lookBack, time.from, time.until],
  )
}

/** Those of the conversations that are of two. */
export async function listOfTwo(db: Reader, conversations: readonly string[]): Promise<{ id: string }[]> {
  return db.all('SELECT id FROM conversation WHERE id IN (SELECT value FROM json_each(?)) AND is_group = 0', [
    JSON.stringify(conversations),
  ])
}

/** `hour`, `hours`, `day`: moments; who has waited since behind `hour` waits less than an hour. */
export async function countWaiting(
  db: Reader,
  at: { hour: number; hours: number; day: number },
): Promise<{ account: string; n: number; oldest: number; hour: number; hours: number; day: number }[]> {
  return db.all(
    `SELECT account, count(*) AS n, min(since) AS oldest, sum(since > ?1) AS hour, sum(since > ?2) AS hours, sum(since > ?3) AS day
     FROM waiting GROUP BY account`,
    [at.hour, at.hours, at.day],
  )
}

/** `raw` and `unproven` by the bits of message.marks. */
export async function countMarked(
  db: Reader,
  bits: { raw: number; unproven: number },
): Promise<{ account: string; raw: number; unproven: number }[]> {
  return db.all(
    `SELECT account, sum(marks & ?1 <> 0) AS raw, sum(marks & ?2 <> 0) AS unproven FROM message WHERE marks <> 0 GROUP BY account`,
    [bits.raw, bits.unproven],
  )
}

export async function countFiles(db: Reader): Promise<{ account: string; missing: number; waiting: number }[]> {
  return db.all(
    `SELECT account, sum(state = 'missing') AS missing, sum(state = 'waiting') AS waiting FROM attachment WHERE state <> 'held'
     GROUP BY account`,
  )
}

export async function countMessages(db: Reader): Promise<{ account: string; n: number }[]> {
  return db.all('SELECT account, sum(messages) AS n FROM conversation GROUP BY account')
}
