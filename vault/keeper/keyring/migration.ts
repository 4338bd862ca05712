/** The keyring's tables: every key of the keeper, each wrapped once more by the keyring's own key. */
import type { Feature } from '../../database/migrate.ts'

export const keyringMigration: Feature = {
  name: 'keyring',
  steps: [
    `CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
     CREATE TABLE secret (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
     CREATE TABLE certified_key (
       purpose TEXT NOT NULL, number INTEGER NOT NULL, public_key BLOB NOT NULL, wrapped BLOB NOT NULL,
       PRIMARY KEY (purpose, number)) STRICT;
     CREATE TABLE identity_key (identity TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;`,
  ],
}
