/** What was applied, what its ledgers signed, and what could not be opened. */
import type { Feature } from '../../../database/migrate.ts'

export const intakeMigration: Feature = {
  name: 'intake',
  steps: [
    `CREATE TABLE intake_mark (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL) STRICT;
     INSERT INTO intake_mark (one, position) VALUES (1, 0);
     CREATE TABLE batch (
       position INTEGER PRIMARY KEY, ledger TEXT NOT NULL, from_seq INTEGER NOT NULL, count INTEGER NOT NULL,
       sealed_hash BLOB NOT NULL, signature BLOB NOT NULL, received_at INTEGER NOT NULL) STRICT;
     CREATE INDEX batch_ledger ON batch (ledger, from_seq);
     CREATE TABLE ledger_state (
       ledger TEXT PRIMARY KEY, closed_seq INTEGER, has_unproven INTEGER NOT NULL DEFAULT 0) STRICT;
     CREATE TABLE quarantine (
       position INTEGER PRIMARY KEY, ledger TEXT, from_seq INTEGER, reason TEXT NOT NULL, at INTEGER NOT NULL,
       batch BLOB NOT NULL) STRICT;`,
  ],
}
