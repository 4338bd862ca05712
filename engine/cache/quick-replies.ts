/** Sentences that a salesperson keeps for answers. */
import type { QuickReply } from '../../shared/contracts/own-desk.ts'
import type { Reader, Writer } from './database.ts'

export function listQuickReplies(reader: Reader): QuickReply[] {
  return reader.all<QuickReply>('SELECT name, text FROM quickReplies ORDER BY name')
}

export function keepQuickReply(writer: Writer, { name, text }: QuickReply): void {
  writer.run(
    'INSERT INTO quickReplies (name, text) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET text = excluded.text',
    [name, text],
  )
}

export function dropQuickReply(writer: Writer, name: string): void {
  writer.run('DELETE FROM quickReplies WHERE name = ?', [name])
}
