/** Intents that wait for the account's runner: whose they are, and to which epoch each was handed. */
import type { Feature } from '../../../database/migrate.ts'

export const sendsMigration: Feature = {
  name: 'sends',
  steps: [
    // ref: the message's, by its client id. seen: the author's journal position, NULL: sent whatever stands in between.
    // again: more than one epoch has had it.
    `CREATE TABLE waiting_send (
       ledger TEXT NOT NULL, seq INTEGER NOT NULL, account TEXT NOT NULL REFERENCES account (id), ref BLOB NOT NULL,
       position INTEGER NOT NULL, seen INTEGER, taken TEXT,
       again INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (ledger, seq)) STRICT, WITHOUT ROWID;`,
  ],
}
