/** What every feature of the keeper stands on. */
import type { Clock } from '../../shared/clock/clock.ts'
import type { Store } from '../database/open.ts'
import type { Audit } from './features/audit/service.ts'
import type { Keyring } from './keyring/keyring.ts'
import type { Log } from './report.ts'

export interface Ground {
  store: Store
  keyring: Keyring
  clock: Clock
  audit: Audit
  log: Log
}
