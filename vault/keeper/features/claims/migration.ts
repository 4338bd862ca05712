/** Who has taken which customer: the last word of each conversation. */
import type { Feature } from '../../../database/migrate.ts'

export const claimsMigration: Feature = {
  name: 'claims',
  steps: [
    `CREATE TABLE claim (
       conversation TEXT PRIMARY KEY REFERENCES conversation (id), ledger TEXT NOT NULL, at INTEGER NOT NULL)
       STRICT, WITHOUT ROWID;`,
  ],
}
