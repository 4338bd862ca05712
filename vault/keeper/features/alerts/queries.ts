/** The alerts' statements. */
import type { Reader, Writer } from '../../../database/open.ts'

export interface AlertRow {
  id: number
  at: number
  code: string
  subject: string | null
}

export async function insertAlert(
  db: Writer,
  alert: { at: number; code: string; subject: string | null; gatewayPosition: number | null },
): Promise<void> {
  await db.run(
    `INSERT INTO alert (at, code, subject, gateway_position) VALUES (?, ?, ?, ?)
     ON CONFLICT (gateway_position) DO NOTHING`,
    [alert.at, alert.code, alert.subject, alert.gatewayPosition],
  )
}

export async function newestAlerts(db: Reader, limit: number): Promise<AlertRow[]> {
  return db.all('SELECT id, at, code, subject FROM alert ORDER BY id DESC LIMIT ?', [limit])
}

export async function findGatewayMark(db: Reader): Promise<number> {
  return (await db.get<{ mark: number | null }>('SELECT max(gateway_position) AS mark FROM alert'))?.mark ?? 0
}
