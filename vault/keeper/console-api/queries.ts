/** Names for the ids of one page: asked for by id, so that a long list costs no more than a short one. */
import type { Reader } from '../../database/open.ts'

/** Employees, workstations (employee and machine) and accounts; ids of other things have no row. */
export async function listNames(db: Reader, ids: readonly string[]): Promise<{ id: string; name: string }[]> {
  return db.all(
    `WITH wanted AS (SELECT value AS id FROM json_each(?))
     SELECT employee.id, name FROM employee JOIN wanted USING (id)
     UNION ALL SELECT workstation.id, employee.name || ' (' || machine || ')'
       FROM workstation JOIN wanted USING (id) JOIN employee ON employee.id = workstation.employee
     UNION ALL SELECT account.id, name FROM account JOIN wanted USING (id)`,
    [JSON.stringify(ids)],
  )
}
