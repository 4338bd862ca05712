/** Alerts: what somebody should look at, the keeper's own and the gateway's. */
import type { Feature } from '../../../database/migrate.ts'

export const alertsMigration: Feature = {
  name: 'alerts',
  steps: [
    `CREATE TABLE alert (
       id INTEGER PRIMARY KEY, at INTEGER NOT NULL, code TEXT NOT NULL, subject TEXT,
       gateway_position INTEGER UNIQUE) STRICT;`,
  ],
}
