/** SQL of the alerts. */
import type { GatewayAlert } from '../../../shared/contracts/keeper-link.ts'
import type { Feature } from '../../database/migrate.ts'
import type { Reader, Writer } from '../../database/open.ts'

export const alertsFeature: Feature = {
  name: 'alerts',
  steps: [
    `CREATE TABLE alert (
       position INTEGER PRIMARY KEY AUTOINCREMENT,
       code TEXT NOT NULL,
       workstation TEXT,
       at INTEGER NOT NULL
     ) STRICT;
     CREATE INDEX alert_subject ON alert (code, workstation, position)`,
  ],
}

export async function lastAlert(reader: Reader, code: string, workstation: string | null): Promise<number | null> {
  const row = await reader.get<{ at: number }>(
    'SELECT at FROM alert WHERE code = ? AND workstation IS ? ORDER BY position DESC LIMIT 1',
    [code, workstation],
  )
  return row?.at ?? null
}

export async function insertAlert(
  writer: Writer,
  code: GatewayAlert['code'],
  workstation: string | null,
  at: number,
): Promise<void> {
  await writer.run('INSERT INTO alert (code, workstation, at) VALUES (?, ?, ?)', [code, workstation, at])
}

export async function listAlerts(reader: Reader, after: number): Promise<GatewayAlert[]> {
  return reader.all<GatewayAlert>(
    'SELECT position, code, workstation, at FROM alert WHERE position > ? ORDER BY position LIMIT 1000',
    [after],
  )
}
