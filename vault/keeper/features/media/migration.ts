/** Files of messages: what was told of them, which files the vault holds, and their keys wrapped for the identities that they belong to. */
import type { Feature } from '../../../database/migrate.ts'

export const mediaMigration: Feature = {
  name: 'media',
  steps: [
    // `blob`: the gateway may still have a copy under this id. `name`: of the file that the vault holds.
    `CREATE TABLE attachment (
       id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES account (id), identity TEXT NOT NULL REFERENCES identity (id),
       ledger TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, blob TEXT, name TEXT)
       STRICT, WITHOUT ROWID;
     CREATE INDEX attachment_blob ON attachment (blob) WHERE blob IS NOT NULL;
     CREATE INDEX attachment_identity ON attachment (identity);
     CREATE TABLE attachment_ref (
       account TEXT NOT NULL, ref BLOB NOT NULL, attachment TEXT NOT NULL REFERENCES attachment (id),
       PRIMARY KEY (account, ref, attachment)) STRICT, WITHOUT ROWID;
     CREATE TABLE blob (name TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
     CREATE TABLE blob_key (
       name TEXT NOT NULL REFERENCES blob (name), identity TEXT NOT NULL REFERENCES identity (id), wrapped BLOB NOT NULL,
       PRIMARY KEY (name, identity)) STRICT, WITHOUT ROWID;
     CREATE INDEX blob_key_identity ON blob_key (identity);
     CREATE INDEX message_file ON message (conversation, id)
       WHERE kind IN ('image', 'video', 'voice', 'audio', 'document', 'sticker');`,
  ],
}
