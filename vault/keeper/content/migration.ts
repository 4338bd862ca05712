/** What the ledgers brought: events with their headers, and their payloads in blocks encrypted per identity and batch. */
import type { Feature } from '../../database/migrate.ts'

export const contentMigration: Feature = {
  name: 'content',
  steps: [
    `CREATE TABLE identity (
       id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES account (id), label BLOB NOT NULL, made_at INTEGER NOT NULL,
       erased_at INTEGER) STRICT;
     CREATE INDEX identity_account ON identity (account);
     CREATE TABLE alias (
       account TEXT NOT NULL, lookup BLOB NOT NULL, identity TEXT NOT NULL REFERENCES identity (id),
       PRIMARY KEY (account, lookup)) STRICT, WITHOUT ROWID;
     CREATE INDEX alias_identity ON alias (identity);
     CREATE TABLE writer_id (
       ledger TEXT NOT NULL, id TEXT NOT NULL, identity TEXT NOT NULL REFERENCES identity (id),
       PRIMARY KEY (ledger, id)) STRICT, WITHOUT ROWID;
     CREATE TABLE content (id INTEGER PRIMARY KEY, identity TEXT, bound TEXT NOT NULL, bytes BLOB NOT NULL) STRICT;
     CREATE TABLE event (
       ledger TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, account TEXT, position INTEGER, identity TEXT,
       block INTEGER REFERENCES content (id), slot INTEGER, header BLOB NOT NULL,
       PRIMARY KEY (ledger, seq)) STRICT, WITHOUT ROWID;
     CREATE UNIQUE INDEX event_journal ON event (account, position) WHERE position IS NOT NULL;
     CREATE TABLE conversation (
       id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES account (id), identity TEXT NOT NULL UNIQUE REFERENCES identity (id),
       last_at INTEGER NOT NULL, messages INTEGER NOT NULL) STRICT;
     CREATE INDEX conversation_account ON conversation (account, last_at);
     CREATE TABLE message (
       conversation TEXT NOT NULL REFERENCES conversation (id), at INTEGER NOT NULL, ord TEXT NOT NULL, id TEXT NOT NULL,
       account TEXT NOT NULL, position INTEGER NOT NULL, direction TEXT NOT NULL, path TEXT NOT NULL, state TEXT NOT NULL,
       marks INTEGER NOT NULL, ledger TEXT NOT NULL, seq INTEGER NOT NULL, state_ledger TEXT, state_seq INTEGER,
       PRIMARY KEY (conversation, at, ord)) STRICT, WITHOUT ROWID;
     CREATE UNIQUE INDEX message_position ON message (account, position);
     CREATE TABLE message_ref (
       account TEXT NOT NULL, ref BLOB NOT NULL, conversation TEXT NOT NULL, at INTEGER NOT NULL, ord TEXT NOT NULL,
       PRIMARY KEY (account, ref)) STRICT, WITHOUT ROWID;
     CREATE TABLE index_queue (
       id INTEGER PRIMARY KEY AUTOINCREMENT, identity TEXT NOT NULL, conversation TEXT NOT NULL, at INTEGER NOT NULL,
       ord TEXT NOT NULL) STRICT;`,
    // A read mark touches what is not read yet, and does not walk through the whole conversation.
    `CREATE INDEX message_unread ON message (conversation, at) WHERE direction = 'out' AND state IN ('sent', 'delivered');`,
    // Every kind is a row of its own; in groups the writer's identity holds the content, and `peer` tells the conversation's.
    `ALTER TABLE message ADD COLUMN kind TEXT NOT NULL DEFAULT 'text';
     UPDATE message SET kind = 'raw' WHERE marks & 4;
     ALTER TABLE conversation ADD COLUMN is_group INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE event ADD COLUMN peer TEXT;
     CREATE TABLE group_seen (
       identity TEXT PRIMARY KEY REFERENCES identity (id), ledger TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL)
       STRICT, WITHOUT ROWID;`,
  ],
}
