/** Brings a database to the newest schema: numbered, forward-only steps per feature, each in a transaction of its own. */
import { CodedError } from '../../shared/contracts/contract.ts'
import type { Connection } from './driver.ts'

export interface Feature {
  /** Stays for ever, for example `intake`. */
  name: string
  /** SQL of step 1, 2, …; never changed once released, only appended to. Tables are STRICT. */
  steps: readonly string[]
}

/** Throws CodedError('database_newer') when a later version of the program has worked on this file. */
export function migrate(db: Connection, features: readonly Feature[]): void {
  const names = new Set(features.map((feature) => feature.name))
  if (names.size !== features.length) throw new Error('two features have one name')
  db.exec('CREATE TABLE IF NOT EXISTS migration (feature TEXT PRIMARY KEY, step INTEGER NOT NULL) STRICT')
  const done = new Map(
    (db.prepare('SELECT feature, step FROM migration').all() as { feature: string; step: number }[]).map((row) => [
      row.feature,
      row.step,
    ]),
  )
  for (const name of done.keys()) {
    if (!names.has(name)) throw newer()
  }
  for (const feature of features) {
    if ((done.get(feature.name) ?? 0) > feature.steps.length) throw newer()
  }
  const mark = db.prepare(
    'INSERT INTO migration (feature, step) VALUES (?, ?) ON CONFLICT (feature) DO UPDATE SET step = excluded.step',
  )
  for (const feature of features) {
    for (const [index, sql] of feature.steps.entries()) {
      if (index < (done.get(feature.name) ?? 0)) continue
      db.exec('BEGIN IMMEDIATE')
      try {
        db.exec(sql)
        mark.run(feature.name, index + 1)
        db.exec('COMMIT')
      } catch (error) {
        if (db.inTransaction) db.exec('ROLLBACK')
        throw error
      }
    }
  }
}

function newer(): CodedError {
  return new CodedError('database_newer', 'this database was made by a later version of the program')
}
