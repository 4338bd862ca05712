/** Erasures that are not complete yet: written with the mark, deleted when key and index hold nothing any more. */
import type { Feature } from '../../../database/migrate.ts'

export const eraseMigration: Feature = {
  name: 'erase',
  steps: [
    `CREATE TABLE erasure (identity TEXT PRIMARY KEY REFERENCES identity (id)) STRICT, WITHOUT ROWID;
     INSERT INTO erasure (identity) SELECT id FROM identity WHERE erased_at IS NOT NULL;`,
  ],
}
