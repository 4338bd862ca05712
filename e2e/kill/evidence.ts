/** Waits until everything has come to rest, gathers both sides per account and compares them; prints what was counted. */
import { exportMessages, vaultStatus } from '../harness/vault.ts'
import type { SmallCompany } from '../harness/small-company.ts'
import { compare, type Evidence } from './compare.ts'
import { pause, type Traffic } from './traffic.ts'

/** Nothing waits in the engine and the keeper has applied what the gateway holds. Null, or what still moves. */
async function unrest(company: SmallCompany): Promise<string | null> {
  const status = await company.engine.ask({ status: {} })
  const { connected, waiting } = status['vault'] as { connected: boolean; waiting: number }
  if (!connected) return 'the engine is not connected to the vault'
  if (waiting > 0) return `${waiting} events wait in the engine`
  const { applied, head } = await vaultStatus(company.data)
  return applied === head ? null : `the keeper has applied ${applied} of ${head}`
}

export async function gather(company: SmallCompany, traffic: Traffic): Promise<Evidence[]> {
  const all: Evidence[] = []
  const sent = await company.control.sent()
  for (const { channel, id, simulated } of company.accounts) {
    const customers = traffic.customers.filter((one) => one.channel === channel)
    const received: Evidence['received'] = new Map()
    for (const customer of customers) received.set(customer.id, await company.control.received(customer.id))
    all.push({
      channel,
      sent: sent.filter((row) => row.account === simulated.id),
      received,
      wire: await company.control.wire(simulated.id),
      commanded: traffic.sends.filter((send) => send.customer.channel === channel),
      vault: await exportMessages(company.data, id),
    })
  }
  return all
}

/**
 * Looks again until both sides agree or the deadline has passed: what a provider still has to deliver is no loss yet. Returns
 * the last evidence with its differences.
 */
export async function settle(
  company: SmallCompany,
  traffic: Traffic,
  deadlineMs: number,
): Promise<{ evidence: Evidence[]; differences: string[] }> {
  const end = Date.now() + deadlineMs
  for (;;) {
    const moving = await unrest(company)
    const isLast = Date.now() > end
    if (moving === null || isLast) {
      const evidence = await gather(company, traffic)
      const differences = evidence.flatMap(compare)
      if (moving !== null) differences.unshift(moving)
      const { quarantined } = await vaultStatus(company.data)
      if (quarantined > 0) differences.push(`${quarantined} batches are in quarantine`)
      if (differences.length === 0 || isLast) return { evidence, differences }
    }
    await pause(500)
  }
}

/** Counts per channel, direction and killed process. */
export function tabulate(evidence: Evidence[], traffic: Traffic, kills: Map<string, number>): string {
  const lines = [row(['channel', 'direction', 'killed', 'kills', 'sent', 'in vault', 'arrived', 'unknown', 'failed'])]
  for (const { channel, sent, received, commanded, vault } of evidence) {
    const texts = vault.map((one) => ({ ...one, text: (JSON.parse(one.message ?? '{}') as { text?: string }).text }))
    const arrived = new Set([...received.values()].flat().map((one) => one.message.text))
    for (const victim of ['none', 'engine', 'gateway', 'keeper']) {
      const [said, told] = [
        sent.map((one) => one.message.text).filter((text) => traffic.saidDuring.get(text) === victim),
        commanded.filter((one) => one.duringKillOf === victim && one.outcome !== 'refused').map((one) => one.text),
      ].map((all) => new Set(all)) as [Set<string>, Set<string>]
      const held = (direction: string, of: Set<string>) =>
        texts.filter((one) => one.direction === direction && of.has(one.text ?? ''))
      const own = held('out', told)
      const count = (state: string): number => own.filter((one) => one.state === state).length
      const killed = kills.get(victim) ?? 0
      if (said.size + told.size === 0) continue
      lines.push(row([channel, 'in', victim, killed, said.size, held('in', said).length, '', '', '']))
      const reached = [...told].filter((text) => arrived.has(text)).length
      lines.push(
        row([channel, 'out', victim, killed, told.size, own.length, reached, count('unknown'), count('failed')]),
      )
    }
  }
  return lines.join('\n')
}

function row(cells: (string | number)[]): string {
  return cells
    .map((cell) => String(cell).padEnd(10))
    .join('')
    .trimEnd()
}
