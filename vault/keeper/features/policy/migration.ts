/** Every policy that was ever signed. */
import type { Feature } from '../../../database/migrate.ts'

export const policyMigration: Feature = {
  name: 'policy',
  steps: [`CREATE TABLE policy (number INTEGER PRIMARY KEY, document TEXT NOT NULL) STRICT;`],
}
