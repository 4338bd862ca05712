/** The files of messages: what is offered, what is being fetched, what is held, and under which key it lies on disk. */
import type { ChannelFault, MediaOffer } from '../channels/channel.ts'
import type { Reader, Writer } from './database.ts'
import type { MessageKey } from './messages.ts'

export type AttachmentState = 'waiting' | 'fetching' | 'held' | 'on-demand' | 'missing'
/** provider: by the account's channel · vault: the vault holds it · others: another workstation fetches it. */
export type AttachmentSource = 'provider' | 'vault' | 'others'

export interface AttachmentRow extends MessageKey {
  account: string
  state: AttachmentState
  source: AttachmentSource
  /** 1: a person asked for it. */
  wanted: number
  reference: Uint8Array | null
  claimedBytes: number | null
  claimedSha256: string | null
  received: number
  /** Of the file as it lies here, once there is one, whole or in part. */
  key: Uint8Array | null
  blob: string | null
  /** Of the whole plain file. */
  sha256: string | null
  bytes: number | null
  mime: string
  thumbnail: Uint8Array | null
  fault: string | null
  attempts: number
  notBefore: number
  /** 1: the reference is another authorization's and must be asked for anew first. */
  stale: number
}
export type NewAttachment = MessageKey &
  Pick<AttachmentRow, 'account' | 'state' | 'source' | 'claimedBytes' | 'claimedSha256' | 'mime'> &
  Partial<Pick<AttachmentRow, 'reference' | 'thumbnail' | 'key' | 'blob' | 'sha256' | 'bytes' | 'received'>>

const columns =
  'n, conversation, at, account, state, source, wanted, reference, claimedBytes, claimedSha256, received, key, blob, sha256, bytes, mime, thumbnail, fault, attempts, notBefore, stale'

export function recordAttachment(writer: Writer, made: NewAttachment): void {
  writer.run(
    `INSERT INTO attachments (n, conversation, at, account, state, source, reference, claimedBytes, claimedSha256, received, key,
       blob, sha256, bytes, mime, thumbnail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    [
      made.n,
      made.conversation,
      made.at,
      made.account,
      made.state,
      made.source,
      made.reference ?? null,
      made.claimedBytes,
      made.claimedSha256,
      made.received ?? 0,
      made.key ?? null,
      made.blob ?? null,
      made.sha256 ?? null,
      made.bytes ?? null,
      made.mime,
      made.thumbnail ?? null,
    ],
  )
}

export function findAttachment(reader: Reader, n: number): AttachmentRow | undefined {
  return reader.get<AttachmentRow>(`SELECT ${columns} FROM attachments WHERE n = ?`, [n])
}

export function listAttachments(reader: Reader, numbers: number[]): AttachmentRow[] {
  if (numbers.length === 0) return []
  return reader.all<AttachmentRow>(`SELECT ${columns} FROM attachments WHERE n IN (SELECT value FROM json_each(?))`, [
    JSON.stringify(numbers),
  ])
}

/** What may be fetched now: asked for first, then in the order of arrival. */
export function listFetchable(
  reader: Reader,
  where: { account: string; source: AttachmentSource; now: number; limit: number },
): AttachmentRow[] {
  return reader.all<AttachmentRow>(
    `SELECT ${columns} FROM attachments INDEXED BY attachmentsOpen
     WHERE account = ? AND source = ? AND state IN ('waiting', 'fetching') AND notBefore <= ? ORDER BY wanted DESC, n LIMIT ?`,
    [where.account, where.source, where.now, where.limit],
  )
}

/** When the next postponed one is due, or null. */
export function findNextDue(reader: Reader, account: string, now: number): number | null {
  return (
    reader.get<{ due: number | null }>(
      `SELECT min(notBefore) AS due FROM attachments INDEXED BY attachmentsOpen
       WHERE account = ? AND source IN ('provider', 'vault') AND state IN ('waiting', 'fetching') AND notBefore > ?`,
      [account, now],
    )?.due ?? null
  )
}

/** After a start nothing is under way any more. */
export function rewindFetching(writer: Writer): void {
  writer.run("UPDATE attachments SET state = 'waiting' WHERE state = 'fetching'")
}

/** An offer for a file that somebody else was to fetch, or that could not be had before. */
export function applyOffer(writer: Writer, row: AttachmentRow, offer: MediaOffer, state: AttachmentState): void {
  writer.run(
    `UPDATE attachments SET source = 'provider', state = ?, reference = ?, stale = 0, claimedBytes = coalesce(?, claimedBytes),
       claimedSha256 = coalesce(?, claimedSha256), thumbnail = coalesce(thumbnail, ?), fault = NULL, attempts = 0, notBefore = 0
     WHERE n = ?`,
    [state, offer.reference, offer.bytes, offer.sha256, offer.thumbnail, row.n],
  )
}

/** A part begins: under this name and key it lies on disk from now on. */
export function applyBegun(writer: Writer, n: number, part: { blob: string; key: Uint8Array; received: number }): void {
  writer.run("UPDATE attachments SET state = 'fetching', blob = ?, key = ?, received = ? WHERE n = ?", [
    part.blob,
    part.key,
    part.received,
    n,
  ])
}

/** What was received is of no use: the next attempt begins a new file under a new key. */
export function applyDiscarded(writer: Writer, n: number): void {
  writer.run('UPDATE attachments SET blob = NULL, key = NULL, received = 0 WHERE n = ?', [n])
}

export function applyReceived(writer: Writer, n: number, received: number): void {
  writer.run('UPDATE attachments SET received = ? WHERE n = ?', [received, n])
}

export function applyHeld(
  writer: Writer,
  n: number,
  file: { blob: string; key: Uint8Array; sha256: string; bytes: number },
): void {
  writer.run(
    `UPDATE attachments SET state = 'held', blob = ?, key = ?, sha256 = ?, bytes = ?, received = ?, fault = NULL, reference = NULL
     WHERE n = ?`,
    [file.blob, file.key, file.sha256, file.bytes, file.bytes, n],
  )
}

export function applyPostponed(
  writer: Writer,
  n: number,
  wait: { notBefore: number; attempts: number; fault: ChannelFault | null },
): void {
  writer.run("UPDATE attachments SET state = 'waiting', notBefore = ?, attempts = ?, fault = ? WHERE n = ?", [
    wait.notBefore,
    wait.attempts,
    wait.fault === null ? null : JSON.stringify(wait.fault),
    n,
  ])
}

export function applyMissing(writer: Writer, n: number, fault: ChannelFault): void {
  writer.run("UPDATE attachments SET state = 'missing', fault = ?, wanted = 0 WHERE n = ?", [JSON.stringify(fault), n])
}

export function applyReference(writer: Writer, n: number, reference: Uint8Array): void {
  writer.run('UPDATE attachments SET reference = ?, stale = 0 WHERE n = ?', [reference, n])
}

/** Files that nobody is known to have stored. */
export function listOthers(reader: Reader, account: string): AttachmentRow[] {
  return reader.all<AttachmentRow>(
    `SELECT ${columns} FROM attachments INDEXED BY attachmentsOpen
     WHERE account = ? AND source = 'others' AND state IN ('waiting', 'fetching') ORDER BY n`,
    [account],
  )
}

/** Somebody else was to fetch it; now this workstation does. */
export function applyAdopted(writer: Writer, n: number, state: AttachmentState, stale: boolean): void {
  writer.run(
    `UPDATE attachments SET source = 'provider', state = ?, stale = ?, fault = NULL, attempts = 0, notBefore = 0 WHERE n = ?`,
    [state, stale ? 1 : 0, n],
  )
}

/** A person asks for it, now. */
export function applyWanted(writer: Writer, n: number): void {
  writer.run(
    "UPDATE attachments SET state = 'waiting', wanted = 1, fault = NULL, attempts = 0, notBefore = 0 WHERE n = ? AND state != 'held'",
    [n],
  )
}

/** The vault holds it: what this workstation does not hold itself is fetched there. */
export function applyAtVault(
  writer: Writer,
  n: number,
  file: { sha256: string; bytes: number; mime: string },
  state: AttachmentState,
): void {
  writer.run(
    `UPDATE attachments SET source = 'vault', state = ?, sha256 = ?, claimedSha256 = ?, bytes = ?, claimedBytes = ?, mime = ?,
       fault = NULL, attempts = 0, notBefore = 0 WHERE n = ?`,
    [state, file.sha256, file.sha256, file.bytes, file.bytes, file.mime, n],
  )
}

/** The file of a message that turned out to stand here under another number. */
export function moveAttachment(writer: Writer, from: number, to: MessageKey): void {
  const moved = findAttachment(writer, from)
  const there = findAttachment(writer, to.n)
  // What this workstation's own channel offers or has fetched stands.
  if (!moved || (there && there.source === 'provider' && there.state !== 'missing')) return
  writer.run('DELETE FROM attachments WHERE n = ?', [to.n])
  writer.run('UPDATE attachments SET n = ?, conversation = ?, at = ? WHERE n = ?', [to.n, to.conversation, to.at, from])
}
