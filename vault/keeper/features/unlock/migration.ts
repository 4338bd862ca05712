/** Two key slots for every workstation, wrong attempts, and the connections on which a PIN has been proven. */
import type { Feature } from '../../../database/migrate.ts'

export const unlockMigration: Feature = {
  name: 'unlock',
  steps: [
    `CREATE TABLE key_slot (
       workstation TEXT NOT NULL REFERENCES workstation (id), slot INTEGER NOT NULL, verifier BLOB, share BLOB NOT NULL,
       PRIMARY KEY (workstation, slot)) STRICT, WITHOUT ROWID;
     CREATE TABLE unlock_attempt (
       workstation TEXT PRIMARY KEY REFERENCES workstation (id), failed INTEGER NOT NULL, blocks INTEGER NOT NULL,
       blocked_until INTEGER NOT NULL) STRICT;
     CREATE TABLE proven_connection (
       connection TEXT NOT NULL, workstation TEXT NOT NULL, at INTEGER NOT NULL,
       PRIMARY KEY (connection, workstation)) STRICT, WITHOUT ROWID;`,
  ],
}
