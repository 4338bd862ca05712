/** `npm run simulators`: both provider simulators and their control API, until SIGINT or SIGTERM. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { endpointEnv, writeEndpoints } from '../../e2e/harness/endpoints.ts'
import { startSimulators, type RunningSimulators, type SimulatorsOptions } from '../../e2e/simulators/index.ts'

const HELP = `npm run simulators -- [options]

  --whatsapp PORT   port of the WhatsApp simulator (default 0: any)
  --telegram PORT   port of the Telegram simulator (default 0: any)
  --control PORT    port of the control API (default 0: any)
  --seed N          decides ids, numbers, keys and what traffic says (default 1)
  --company small   adds the demo company
  --traffic         its customers go on writing and answering
  --json            one JSON line when ready
  --help            this text`

/** A reason that is told to the user in one line. */
class UsageError extends Error {}

function wholeNumber(name: string, text: string, max: number): number {
  if (!/^\d{1,15}$/.test(text) || Number(text) > max) throw new UsageError(`--${name} takes a number from 0 to ${max}`)
  return Number(text)
}

function readOptions(args: string[]): { help: boolean; json: boolean; options: SimulatorsOptions } {
  const { values } = parseArgs({
    args,
    options: {
      whatsapp: { type: 'string', default: '0' },
      telegram: { type: 'string', default: '0' },
      control: { type: 'string', default: '0' },
      seed: { type: 'string', default: '1' },
      company: { type: 'string' },
      traffic: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.company === 'large') throw new UsageError('--company large is not built yet; small is')
  if (values.company !== undefined && values.company !== 'small') throw new UsageError('--company takes small')
  if (values.traffic && values.company === undefined) throw new UsageError('--traffic needs --company')
  const options = {
    whatsappPort: wholeNumber('whatsapp', values.whatsapp, 65_535),
    telegramPort: wholeNumber('telegram', values.telegram, 65_535),
    controlPort: wholeNumber('control', values.control, 65_535),
    seed: wholeNumber('seed', values.seed, Number.MAX_SAFE_INTEGER),
    company: values.company === undefined ? null : ('small' as const),
    traffic: values.traffic,
  }
  return { help: values.help, json: values.json, options }
}

function announce(running: RunningSimulators, folder: string, json: boolean): void {
  const reached = writeEndpoints(running, folder)
  if (json) return console.log(JSON.stringify({ ready: true, ...reached }))
  console.log(`Control   ${reached.control}`)
  for (const [name, value] of Object.entries(endpointEnv(reached))) console.log(`${name}=${value}`)
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

async function run(args: string[]): Promise<void> {
  const { help, json, options } = readOptions(args)
  if (help) return console.log(HELP)
  const stopped = stopSignal()
  const running = await startSimulators(options)
  const folder = await mkdtemp(join(tmpdir(), 'sealdesk-simulators-'))
  try {
    announce(running, folder, json)
    await stopped
  } finally {
    await running.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

try {
  await run(process.argv.slice(2))
} catch (error) {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  console.error(`simulators: ${message}`)
  process.exitCode = 1
}
