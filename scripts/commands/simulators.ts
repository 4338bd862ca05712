/** `npm run simulators`: both provider simulators and their control API, until SIGINT or SIGTERM. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
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

async function announce(running: RunningSimulators, folder: string, json: boolean): Promise<void> {
  const { whatsapp, telegram, control } = running.endpoints
  const rsa = join(folder, 'telegram-rsa.pem')
  await writeFile(rsa, telegram.rsa)
  const ready = { ready: true, whatsapp, telegram: { address: telegram.address, rsa }, control }
  if (json) console.log(JSON.stringify(ready))
  else {
    console.log(`WhatsApp  ${whatsapp.url ?? ''}  root ${whatsapp.root ?? ''}`)
    console.log(`Telegram  ${telegram.address}  RSA key ${rsa}`)
    console.log(`Control   ${control}`)
  }
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
    await announce(running, folder, json)
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
