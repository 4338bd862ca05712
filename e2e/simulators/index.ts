/** Starts both provider simulators with their control API and, where asked for, the demo company. */
import { MovableClock } from './control/clock.ts'
import { addCompany, type Company, type CompanySize } from './control/company.ts'
import { SimulatorDirectory } from './control/directory.ts'
import { startControlServer } from './control/server.ts'
import { startTraffic, type Traffic } from './control/traffic.ts'
import type { ProviderSimulator, SimulatorClock } from './provider.ts'
import { TelegramSimulator } from './telegram/simulator.ts'
import { WhatsAppSimulator } from './whatsapp/simulator.ts'

export interface SimulatorsOptions {
  /** Ports; 0 takes a free one. */
  whatsappPort: number
  telegramPort: number
  controlPort: number
  /** Decides ids, numbers, keys and what traffic says. */
  seed: number
  /** null: an empty world, filled through the control API. */
  company: CompanySize | null
  /** Customers go on writing and answering; needs a company. Default false. */
  traffic?: boolean
  /** Time between two steps of the company's customers, ms. Default 4000. */
  stepMs?: number
  /** Another WhatsApp simulator than ours, for tests. */
  whatsapp?: (options: { clock: SimulatorClock; seed: number }) => ProviderSimulator
}

export interface RunningSimulators {
  /** Members of the ready line: how clients reach each provider (`rsa` is PEM text here). */
  endpoints: { whatsapp: Record<string, string>; telegram: { address: string; rsa: string }; control: string }
  whatsapp: ProviderSimulator
  telegram: TelegramSimulator
  directory: SimulatorDirectory
  clock: MovableClock
  /** How many messages the company's customers open with, once its accounts have logged in. */
  openings: number
  stop(): Promise<void>
}

/** Rejects when a port is taken; what was started before is stopped then. */
export async function startSimulators(options: SimulatorsOptions): Promise<RunningSimulators> {
  const clock = new MovableClock()
  const { seed } = options
  const whatsapp = options.whatsapp?.({ clock, seed }) ?? new WhatsAppSimulator({ clock, seed })
  const telegram = new TelegramSimulator({ clock, seed })
  const directory = new SimulatorDirectory([whatsapp, telegram], seed)
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one()
  }
  try {
    await whatsapp.start(options.whatsappPort)
    stops.push(() => whatsapp.stop())
    await telegram.start(options.telegramPort)
    stops.push(() => telegram.stop())
    const control = await startControlServer({ directory, clock, seed }, options.controlPort)
    stops.push(() => control.stop())
    let openings = 0
    if (options.company) {
      const company = await addCompany(directory, options.company)
      openings = [...company.customers, ...company.groups].reduce((sum, one) => sum + one.openings.length, 0)
      const traffic = startCompanyTraffic(options, company, directory)
      stops.push(async () => traffic.stop())
    }
    const endpoints = { whatsapp: whatsapp.endpoints(), telegram: telegram.endpoints(), control: control.url }
    return { endpoints, whatsapp, telegram, directory, clock, openings, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function startCompanyTraffic(options: SimulatorsOptions, company: Company, directory: SimulatorDirectory): Traffic {
  const step = options.stepMs === undefined ? {} : { stepMs: options.stepMs }
  return startTraffic({ directory, company, seed: options.seed, ongoing: options.traffic ?? false, ...step })
}
