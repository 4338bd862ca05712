/** Enrolled workstations: their keys, their ledgers, and when they were taken away. */
import type { Feature } from '../../../database/migrate.ts'

export const workstationsMigration: Feature = {
  name: 'workstations',
  steps: [
    `CREATE TABLE workstation (
       id TEXT PRIMARY KEY, employee TEXT NOT NULL REFERENCES employee (id), ledger TEXT NOT NULL UNIQUE,
       service INTEGER NOT NULL, signing_key BLOB NOT NULL, opening_key BLOB NOT NULL, host TEXT NOT NULL,
       machine TEXT NOT NULL, platform TEXT NOT NULL, enrolment TEXT NOT NULL, enrolled_at INTEGER NOT NULL,
       revoked_at INTEGER, revocation TEXT) STRICT;
     CREATE INDEX workstation_employee ON workstation (employee);`,
  ],
}
