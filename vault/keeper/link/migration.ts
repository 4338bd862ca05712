/** Decisions on their way to the gateway: written with the decision, deleted when the gateway has them. */
import type { Feature } from '../../database/migrate.ts'

export const linkMigration: Feature = {
  name: 'link',
  steps: [
    `CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, method TEXT NOT NULL, input TEXT NOT NULL) STRICT;`,
  ],
}
