/** How many connections the providers saw of one account at the same time. */
import { expect } from 'vitest'
import type { WireEntry } from '../simulators/provider.ts'
import type { SmallCompany } from './small-company.ts'

/** The most at once; a connection is the account's from its first entry after the pairing on. */
function mostAtOnce(entries: WireEntry[]): number {
  const open = new Set<number>()
  let most = 0
  for (const { connection, event, detail = '' } of entries) {
    if (connection === 0 || detail.startsWith('paired device')) continue
    if (event === 'close') open.delete(connection)
    else open.add(connection)
    most = Math.max(most, open.size)
  }
  return most
}

/** No account had two connections at a time. */
export async function expectOneRunner(company: SmallCompany): Promise<void> {
  for (const { simulated } of company.accounts) {
    const entries = await company.control.wire(simulated.id)
    expect(entries.length).toBeGreaterThan(0)
    expect([simulated.id, mostAtOnce(entries)]).toEqual([simulated.id, 1])
  }
}
