/** When and what is killed: the plan that follows from the seed, the moments that are waited for, the way back of each process. */
import { existsSync, watch } from 'node:fs'
import { join } from 'node:path'
import type { Line } from '../harness/process.ts'
import type { Random } from '../harness/seed.ts'
import type { SmallCompany } from '../harness/small-company.ts'
import { UNANSWERED } from '../simulators/provider.ts'
import { pause, type Traffic } from './traffic.ts'

export type Victim = 'engine' | 'gateway' | 'keeper'
export type Moment =
  'before commit' | 'after commit' | 'mid-send' | 'no answer' | 'mid-upload' | 'mid-open' | 'starting'

export interface Kill {
  victim: Victim
  moment: Moment
  jitterMs: number
}

/** One round of twenty; longer plans repeat it in another order. */
const round: [Victim, Moment, number][] = [
  ['engine', 'before commit', 2],
  ['engine', 'after commit', 1],
  ['engine', 'mid-send', 2],
  ['engine', 'no answer', 2],
  ['engine', 'mid-upload', 1],
  ['engine', 'starting', 1],
  ['gateway', 'before commit', 1],
  ['gateway', 'mid-send', 1],
  ['gateway', 'mid-upload', 3],
  ['gateway', 'mid-open', 1],
  ['keeper', 'after commit', 1],
  ['keeper', 'mid-upload', 1],
  ['keeper', 'mid-open', 3],
]
const mostJitterMs = 60
const momentDeadlineMs = 15_000

export function planKills(count: number, random: Random): Kill[] {
  const kills: Kill[] = []
  while (kills.length < count) {
    const turn = round.flatMap(([victim, moment, times]) => Array.from({ length: times }, () => ({ victim, moment })))
    // Cubed: the steps that follow a moment take a few milliseconds, so short waits must be common.
    for (const kill of random.shuffled(turn)) kills.push({ ...kill, jitterMs: mostJitterMs * random.next() ** 3 })
  }
  return kills.slice(0, count)
}

export class Killer {
  readonly #company: SmallCompany
  readonly #traffic: Traffic
  readonly #random: Random

  constructor(company: SmallCompany, traffic: Traffic, random: Random) {
    this.#company = company
    this.#traffic = traffic
    this.#random = random
  }

  /** Waits for the moment, kills, and resolves when the process is back at work: true when the kill struck within the moment. */
  async run(kill: Kill): Promise<boolean> {
    this.#traffic.killing = kill.victim
    let within = true
    if (kill.moment === 'starting') await this.#killWhileStarting()
    else {
      const lasts = await this.#until(kill.moment)
      await pause(kill.jitterMs)
      within = lasts()
      if (kill.victim === 'engine') await this.#killEngine()
      else await this.#killVaultProcess(kill.victim)
    }
    await this.#company.untilLive()
    await pause(this.#random.below(600))
    return within
  }

  async #killEngine(): Promise<void> {
    await this.#company.engine.process.kill()
    await this.#company.startEngine()
  }

  /** Somewhere between the first line and both accounts being live. */
  async #killWhileStarting(): Promise<void> {
    await this.#killEngine()
    await pause(this.#random.below(1500))
    await this.#killEngine()
  }

  /** The launcher starts it again and says so with the new pid. */
  async #killVaultProcess(name: 'gateway' | 'keeper'): Promise<void> {
    const { process: launcher, ready } = this.#company.vault
    const restarted = (line: Line): boolean => line['event'] === 'restarted' && line['process'] === name
    const told = launcher.lines.length
    process.kill(Number(launcher.lines.findLast(restarted)?.['pid'] ?? ready.pids[name]), 'SIGKILL')
    await launcher.wait(restarted, 30_000, told)
  }

  /** Resolves when the moment begins, with the way to ask whether it still lasts as far as can be seen from outside. */
  async #until(moment: Exclude<Moment, 'starting'>): Promise<() => boolean> {
    const { lines } = this.#company.engine.process
    const from = lines.length
    switch (moment) {
      case 'before commit': {
        // The provider has just put it on the wire: the engine is about to store it.
        const text = await this.#traffic.say()
        return () => !lines.slice(from).some((line) => line['event'] === 'recorded' && line['text'] === text)
      }
      case 'after commit': {
        const at = await this.#nextLine((line) => line['event'] === 'recorded' && line['direction'] === 'in')
        return () => !lines.slice(at).some((line) => line['event'] === 'acknowledged')
      }
      case 'mid-send': {
        const at = await this.#nextLine((line) => line['event'] === 'state' && line['state'] === 'sending')
        const message = lines[at]?.['message']
        return () => !lines.slice(at + 1).some((line) => line['event'] === 'state' && line['message'] === message)
      }
      case 'no answer': {
        await this.#sendWithoutAnswer()
        return () => true
      }
      case 'mid-upload': {
        const file = await this.#nextBatchFile()
        return () => existsSync(file)
      }
      case 'mid-open':
        // The gateway has just made a batch durable: the keeper is about to open it. How far it is cannot be seen.
        await this.#nextLine((line) => line['event'] === 'acknowledged')
        return () => true
    }
  }

  /** The provider takes a message and its acknowledgement is lost for good: nobody here can know that it has left. */
  async #sendWithoutAnswer(): Promise<void> {
    const { simulated, channel } = this.#random.pick(this.#company.accounts)
    const { control, simulators } = this.#company
    // The fault itself must have struck: one that is still armed would hold back a later message, and the sender with it.
    const count = (): number =>
      simulators[channel]
        .wire(simulated.id)
        .filter(({ event, detail }) => event === 'accepted' && detail === UNANSWERED).length
    const before = count()
    await control.fault({ kind: 'drop-ack', account: simulated.id })
    await this.#traffic.send(this.#traffic.customers.find((customer) => customer.channel === channel))
    const end = Date.now() + momentDeadlineMs
    while (count() === before) {
      if (Date.now() > end) throw new Error(`no ${channel} message left in time`)
      await pause(2)
    }
  }

  /** Index of the next line that fits. */
  async #nextLine(fits: (line: Line) => boolean): Promise<number> {
    const { process: engine } = this.#company.engine
    return engine.lines.indexOf(await engine.wait(fits, momentDeadlineMs, engine.lines.length))
  }

  #nextBatchFile(): Promise<string> {
    const folder = join(this.#company.profile, 'spool')
    return new Promise((resolve, reject) => {
      const watcher = watch(folder, (_change, name) => {
        const file = join(folder, name ?? '')
        // The event of a file that has just been deleted looks the same.
        if (!file.endsWith('.batch') || !existsSync(file)) return
        clearTimeout(timer)
        watcher.close()
        resolve(file)
      })
      const timer = setTimeout(() => {
        watcher.close()
        reject(new Error('no batch came into the spool in time'))
      }, momentDeadlineMs)
    })
  }
}
