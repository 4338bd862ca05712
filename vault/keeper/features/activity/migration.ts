/**
 * Who waits for an answer, kept up by triggers: whoever writes messages need not know of it. In conversations of two only; in a group an
 * unanswered message is no question to us.
 */
import type { Feature } from '../../../database/migrate.ts'

const spoken = `kind IN ('text', 'image', 'video', 'voice', 'audio', 'document', 'sticker', 'location', 'contact', 'poll')`
const answer = `direction = 'out' AND state <> 'failed' AND ${spoken}`

/** What cannot change the answer asks for none: an answer where nobody waits, one more question of somebody who waits. */
const knownToWait = 'EXISTS (SELECT 1 FROM waiting WHERE conversation = NEW.conversation)'
const waitsLonger = '(SELECT since FROM waiting WHERE conversation = NEW.conversation) <= NEW.at'

/** The first message of theirs behind our last one, of the conversations that `these` (an expression or a list) names. */
function firstUnanswered(these: string): string {
  return `INSERT INTO waiting (conversation, account, since)
    SELECT conversation.id, conversation.account, (
      SELECT min(asked.at) FROM message AS asked WHERE asked.conversation = conversation.id AND asked.direction = 'in' AND asked.${spoken}
        AND (asked.at, asked.ord) > (
          coalesce((SELECT at FROM message AS ours WHERE ours.conversation = conversation.id AND ${answer}
            ORDER BY ours.at DESC, ours.ord DESC LIMIT 1), -1),
          coalesce((SELECT ord FROM message AS ours WHERE ours.conversation = conversation.id AND ${answer}
            ORDER BY ours.at DESC, ours.ord DESC LIMIT 1), ''))) AS first_at
    FROM conversation WHERE conversation.id IN (${these}) AND is_group = 0 AND first_at IS NOT NULL;`
}

function again(row: 'NEW' | 'OLD'): string {
  return `BEGIN DELETE FROM waiting WHERE conversation = ${row}.conversation; ${firstUnanswered(`${row}.conversation`)} END;`
}

export const activityMigration: Feature = {
  name: 'activity',
  steps: [
    `CREATE TABLE waiting (
       conversation TEXT PRIMARY KEY REFERENCES conversation (id), account TEXT NOT NULL, since INTEGER NOT NULL)
       STRICT, WITHOUT ROWID;
     CREATE INDEX waiting_since ON waiting (since, conversation);
     CREATE INDEX message_answer ON message (conversation, at, ord) WHERE ${answer};
     CREATE INDEX message_marked ON message (account, marks) WHERE marks <> 0;
     CREATE INDEX attachment_open ON attachment (account, state) WHERE state <> 'held';
     CREATE INDEX conversation_newest ON conversation (last_at, id);
     CREATE INDEX event_opened ON event (identity) WHERE kind = 'conversation.opened/1';
     CREATE TRIGGER waiting_inserted AFTER INSERT ON message
       WHEN NEW.${spoken} AND CASE NEW.direction WHEN 'out' THEN ${knownToWait} ELSE NOT (${knownToWait} AND ${waitsLonger}) END
       ${again('NEW')}
     CREATE TRIGGER waiting_deleted AFTER DELETE ON message WHEN OLD.${spoken} ${again('OLD')}
     CREATE TRIGGER waiting_failed AFTER UPDATE OF state ON message
       WHEN NEW.${spoken} AND (OLD.state = 'failed') <> (NEW.state = 'failed') ${again('NEW')}
     CREATE TRIGGER waiting_group AFTER UPDATE OF is_group ON conversation WHEN NEW.is_group = 1
       BEGIN DELETE FROM waiting WHERE conversation = NEW.id; END;
     ${firstUnanswered('SELECT id FROM conversation')}`,
    // Pages of one account's conversations in order, whatever their number.
    `CREATE INDEX conversation_of ON conversation (account, last_at, id);
     CREATE INDEX waiting_of ON waiting (account, since, conversation);`,
  ],
}
