/** `npm run engine`: the engine without a window. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startHeadless } from '../../engine/headless/headless.ts'
import { openClock } from '../../shared/clock/test-clock.ts'

const help = `npm run engine -- --profile DIR [--enrol CODE] [--pin-file FILE] [--json]
  The workstation's engine in plain Node: commands on stdin, events on stdout, one JSON object a line.
  --profile DIR    the profile folder; made when it is new
  --enrol CODE     enrols this profile; the PIN of --pin-file becomes its PIN (none: a service workstation)
  --pin-file FILE  the PIN, first line; without it the engine starts locked`

const { values } = parseArgs({
  options: {
    profile: { type: 'string' },
    enrol: { type: 'string' },
    'pin-file': { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})
if (values.help || !values.profile) {
  process.stderr.write(`${help}\n`)
  process.exit(values.help ? 0 : 2)
}

const pinFile = values['pin-file']
const clock = await openClock(process.env)
try {
  const headless = await startHeadless({
    profile: values.profile,
    enrolCode: values.enrol ?? null,
    pin: pinFile === undefined ? null : (readFileSync(pinFile, 'utf8').split('\n')[0]?.trim() ?? null),
    input: process.stdin,
    wallClock: clock,
    write: (line) => process.stdout.write(`${JSON.stringify(line)}\n`),
    log: (line) => process.stderr.write(`${JSON.stringify(line)}\n`),
  })
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    clock.close()
    void headless.stop().then(() => process.exit(0))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
} catch (error) {
  const refused = error instanceof Error && 'code' in error && error.code === 'endpoint_refused'
  process.stderr.write(`engine: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(refused ? 78 : 1)
}
