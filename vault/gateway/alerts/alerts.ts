/** What the keeper has to be told about: copied profiles, forks, refused signatures, limits that were reached. */
import type { GatewayAlert } from '../../../shared/contracts/keeper-link.ts'
import type { Store, Writer } from '../../database/open.ts'
import type { Clock } from '../../../shared/clock/clock.ts'
import { insertAlert, lastAlert, listAlerts } from './queries.ts'

export interface Alerts {
  /** Part of the caller's transaction. */
  raise(writer: Writer, code: GatewayAlert['code'], workstation: string | null): Promise<void>
  /** In a transaction of its own. */
  raiseAlone(code: GatewayAlert['code'], workstation: string | null): Promise<void>
  /** Up to 1000 alerts after the position, in order. */
  pull(after: number): Promise<GatewayAlert[]>
}

/** The same alert about the same workstation is kept once in this time: nobody fills the disk by repeating himself. */
const repeatMs = 60_000

export function createAlerts(store: Store, clock: Clock): Alerts {
  const raise: Alerts['raise'] = async (writer, code, workstation) => {
    const now = clock.now()
    const last = await lastAlert(writer, code, workstation)
    if (last !== null && now >= last && now - last < repeatMs) return
    await insertAlert(writer, code, workstation, now)
  }
  return {
    raise,
    raiseAlone: (code, workstation) => store.transaction((writer) => raise(writer, code, workstation)),
    pull: (after) => listAlerts(store, after),
  }
}
