/** The tables of keeper.db, one line per capability; the order only matters for references. */
import type { Feature } from '../database/migrate.ts'
import { contentMigration } from './content/migration.ts'
import { accountsMigration } from './features/accounts/migration.ts'
import { activityMigration } from './features/activity/migration.ts'
import { alertsMigration } from './features/alerts/migration.ts'
import { auditMigration } from './features/audit/migration.ts'
import { claimsMigration } from './features/claims/migration.ts'
import { enrolmentMigration } from './features/enrolment/migration.ts'
import { eraseMigration } from './features/erase/migration.ts'
import { intakeMigration } from './features/intake/migration.ts'
import { leasesMigration } from './features/leases/migration.ts'
import { mediaMigration } from './features/media/migration.ts'
import { peopleMigration } from './features/people/migration.ts'
import { policyMigration } from './features/policy/migration.ts'
import { sendsMigration } from './features/sends/migration.ts'
import { unlockMigration } from './features/unlock/migration.ts'
import { workstationsMigration } from './features/workstations/migration.ts'
import { linkMigration } from './link/migration.ts'

export const keeperFeatures: readonly Feature[] = [
  auditMigration,
  alertsMigration,
  linkMigration,
  peopleMigration,
  accountsMigration,
  policyMigration,
  workstationsMigration,
  enrolmentMigration,
  unlockMigration,
  leasesMigration,
  contentMigration,
  eraseMigration,
  intakeMigration,
  mediaMigration,
  activityMigration,
  sendsMigration,
  claimsMigration,
]
