/** Collects alerts from the keeper's features and from the gateway. */
import type { GatewayAlert } from '../../../../shared/contracts/keeper-link.ts'
import type { Clock } from '../../../../shared/clock/clock.ts'
import type { Store, Writer } from '../../../database/open.ts'
import { findGatewayMark, insertAlert, newestAlerts, type AlertRow } from './queries.ts'

export interface Alerts {
  /** Inside the caller's transaction. `subject`: opaque id. */
  raise(db: Writer, code: string, subject: string | null): Promise<void>
  /** Copies what the gateway has noticed since the last time. */
  pull(ask: (after: number) => Promise<GatewayAlert[]>): Promise<void>
  newest(limit: number): Promise<AlertRow[]>
}

export function createAlerts(store: Store, clock: Clock): Alerts {
  return {
    raise: (db, code, subject) => insertAlert(db, { at: clock.now(), code, subject, gatewayPosition: null }),
    async pull(ask) {
      const alerts = await ask(await findGatewayMark(store))
      if (alerts.length === 0) return
      await store.transaction(async (db) => {
        for (const one of alerts) {
          const alert = { at: one.at, code: one.code, subject: one.workstation, gatewayPosition: one.position }
          await insertAlert(db, alert)
        }
      })
    },
    newest: (limit) => newestAlerts(store, limit),
  }
}
