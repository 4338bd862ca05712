/** The search index, a file of its own: contentless full text, its deletions overwritten. */
import type { Feature } from '../../../database/migrate.ts'

export const searchMigration: Feature = {
  name: 'search',
  steps: [
    `CREATE VIRTUAL TABLE words USING fts5(text, content='', contentless_delete=1, tokenize='unicode61');
     INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
     CREATE TABLE entry (
       id INTEGER PRIMARY KEY AUTOINCREMENT, identity TEXT NOT NULL, conversation TEXT NOT NULL, at INTEGER NOT NULL,
       ord TEXT NOT NULL, UNIQUE (conversation, at, ord)) STRICT;
     CREATE INDEX entry_identity ON entry (identity);`,
  ],
}
