/** The inbox of raw provider events and the per-account state store that channels write in one transaction. */
import type { ChannelStore, InboxRow, KnownMessage } from '../channels/channel.ts'
import { findChange } from './changes.ts'
import type { Cache, Reader, Writer } from './database.ts'
import { contentOf, findMessage, findTarget } from './messages.ts'
import { findConversationWith, findIdentityById, findOwnAddress } from './people.ts'
import { findSend } from './sends.ts'

/** The oldest rows that are not done, over all accounts, in the order of arrival. */
export function listOpenInbox(reader: Reader, limit: number): (InboxRow & { account: string })[] {
  return reader.all('SELECT id, account, key, kind, raw, receivedAt FROM inbox WHERE done = 0 ORDER BY id LIMIT ?', [
    limit,
  ])
}

/** The row's key stays, so that a redelivery is known; its content goes. */
export function closeInbox(writer: Writer, id: number): void {
  writer.run("UPDATE inbox SET done = 1, raw = x'' WHERE id = ?", [id])
}

export function purgeInbox(writer: Writer, before: number): number {
  return writer.run('DELETE FROM inbox WHERE done = 1 AND receivedAt < ?', [before])
}

export function createChannelStore(cache: Cache, account: string, clock: { now(): number }): ChannelStore {
  const key = (type: string, id: string): string[] => [account, type, id]
  return {
    transaction: (run) => cache.transaction(run),
    getState: (type, id) =>
      cache.get<{ value: Uint8Array }>(
        'SELECT value FROM providerState WHERE account = ? AND type = ? AND id = ?',
        key(type, id),
      )?.value ?? null,
    putState: (type, id, value) =>
      cache.transaction((writer) => {
        if (value === null)
          writer.run('DELETE FROM providerState WHERE account = ? AND type = ? AND id = ?', key(type, id))
        else
          writer.run('INSERT OR REPLACE INTO providerState (account, type, id, value) VALUES (?, ?, ?, ?)', [
            ...key(type, id),
            value,
          ])
      }),
    listState: (type) =>
      cache.all('SELECT id, value FROM providerState WHERE account = ? AND type = ?', [account, type]),
    putInbox: (event) =>
      cache.transaction(
        (writer) =>
          writer.run(
            'INSERT INTO inbox (account, key, kind, raw, receivedAt) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
            [account, event.key, event.kind, event.raw, clock.now()],
          ) > 0,
      ),
    findOwnMessage: (clientId) => findOwn(cache, account, clientId),
    findMessage: (address, providerId) => findKnown(cache, account, address, providerId),
  }
}

function findOwn(reader: Reader, account: string, clientId: string): ReturnType<ChannelStore['findOwnMessage']> {
  const send = findSend(reader, account, clientId)
  if (!send) return null
  const { address } = reader.get<{ address: string }>(
    'SELECT i.address FROM conversations c JOIN identities i ON i.id = c.identity WHERE c.id = ?',
    [send.conversation],
  )!
  const row =
    send.target === null
      ? findMessage(reader, send)
      : findChange(reader, { conversation: send.conversation, target: send.target, n: send.n })
  return row ? { address, content: contentOf({ replyTo: null, ...row }) } : null
}

function findKnown(reader: Reader, account: string, address: string, providerId: string): KnownMessage | null {
  const conversation = findConversationWith(reader, account, address)
  const row = conversation && findTarget(reader, account, conversation, providerId)
  if (!row) return null
  const peer = findIdentityById(reader, conversation.identity)!
  const author = row.author === null ? peer : findIdentityById(reader, row.author)
  return {
    fromMe: row.mine === 1,
    author: (row.mine === 1 ? findOwnAddress(reader, account) : author?.address) ?? '',
    time: row.at,
    kind: contentOf(row).kind,
    text: row.text,
  }
}
