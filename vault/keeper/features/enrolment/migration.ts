/** One-time enrolment codes, as hashes. */
import type { Feature } from '../../../database/migrate.ts'

export const enrolmentMigration: Feature = {
  name: 'enrolment',
  steps: [
    `CREATE TABLE enrolment_code (
       secret_hash BLOB PRIMARY KEY, employee TEXT NOT NULL REFERENCES employee (id), made_at INTEGER NOT NULL,
       expires_at INTEGER NOT NULL, used_at INTEGER) STRICT;`,
  ],
}
