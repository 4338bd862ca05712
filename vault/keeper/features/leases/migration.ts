/** The lease of every account: its epoch only grows. */
import type { Feature } from '../../../database/migrate.ts'

export const leasesMigration: Feature = {
  name: 'leases',
  steps: [
    `CREATE TABLE lease (
       account TEXT PRIMARY KEY REFERENCES account (id), generation INTEGER NOT NULL, n INTEGER NOT NULL,
       holder TEXT REFERENCES workstation (id), valid_until INTEGER NOT NULL) STRICT;`,
  ],
}
