/** `npm run workstation`: the Electron workstation, until its window is closed or SIGINT or SIGTERM comes. */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startWorkstation } from '../start-workstation.ts'

const HELP = `npm run workstation -- --profile DIR [options]

  --profile DIR   the workstation's own folder (made when it is missing)
  --enrol CODE    enrolment code of npm run vault:admin -- enrol
  --headless      under an own virtual display
  --help          this text`

async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      profile: { type: 'string' },
      enrol: { type: 'string' },
      headless: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    return 0
  }
  if (!values.profile) throw new Error('--profile DIR is missing')
  let stopping = false
  const signalled = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        stopping = true
        done()
      })
    }
  })
  const running = await startWorkstation({
    profile: resolve(values.profile),
    enrol: values.enrol ?? null,
    headless: values.headless,
  })
  await Promise.race([signalled, running.exited])
  await running.stop()
  const code = await running.exited
  return stopping ? 0 : (code ?? 1)
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  console.error(`workstation: ${message}`)
  process.exitCode = 1
}
