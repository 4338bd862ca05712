/** One run of the kill harness: a company under traffic, processes killed by plan, both sides compared at the end. */
import { ConsoleClient } from '../harness/console-client.ts'
import { createRandom } from '../harness/seed.ts'
import { SmallCompany } from '../harness/small-company.ts'
import { settle, tabulate } from './evidence.ts'
import { Killer, planKills } from './kills.ts'
import { Traffic } from './traffic.ts'

export interface KillRun {
  seed: number
  kills: number
  /** How long both sides may take to agree after the last kill. */
  restMs: number
  say(line: string): void
}

/** Differences between providers and vault in words, the seed in front; empty when nothing was lost, doubled or reordered. */
export async function runKills({ seed, kills, restMs, say }: KillRun): Promise<string[]> {
  say(`kill harness: seed ${seed}, ${kills} kills (SEALDESK_SEED=${seed} repeats it)`)
  const random = createRandom(seed)
  const company = await SmallCompany.open(seed)
  try {
    const traffic = await Traffic.open(company, createRandom(seed + 1))
    const killer = new Killer(company, traffic, random)
    const counts = new Map<string, number>()
    const moments = new Map<string, { times: number; within: number }>()
    traffic.start()
    for (const [index, kill] of planKills(kills, random).entries()) {
      const name = `${kill.victim} ${kill.moment}`
      const moment = moments.get(name) ?? { times: 0, within: 0 }
      moments.set(name, moment)
      try {
        if (await killer.run(kill)) moment.within++
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        await traffic.stop()
        return [`seed ${seed}, kill ${index + 1} (${name}): ${reason}`]
      }
      counts.set(kill.victim, (counts.get(kill.victim) ?? 0) + (kill.moment === 'starting' ? 2 : 1))
      moment.times++
      if ((index + 1) % 20 === 0) say(`${index + 1} of ${kills} kills`)
    }
    traffic.killing = 'none'
    await traffic.stop()
    const { evidence, differences } = await settle(company, traffic, restMs)
    // A killed process is no copied profile and no fork.
    const keeperConsole = await ConsoleClient.signIn(company.vault.ready.console, company.login)
    differences.push(...(await keeperConsole.alerts()).map((code) => `the vault raises the alert ${code}`))
    say(tabulate(evidence, traffic, counts))
    say([...moments].map(([name, { times, within }]) => `${name}: ${times} (${within} within)`).join(' · '))
    say(`commands without an intent: ${[...traffic.refusals].map(([code, n]) => `${code} ${n}`).join(', ') || 'none'}`)
    return differences.map((difference) => `seed ${seed}: ${difference}`)
  } finally {
    await company.close()
  }
}
