/** `npm run build`: all bundles, into dist. */
import { parseArgs } from 'node:util'
import { buildGroup } from '../bundles.ts'

const HELP = `npm run build -- [options]

  --packaged   with the flag that packages are built with: no DevTools, no test endpoints
  --help       this text`

async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { packaged: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  })
  if (values.help) return console.log(HELP)
  const out = await buildGroup('desktop', { packaged: values.packaged })
  await buildGroup('console', { packaged: values.packaged })
  await buildGroup('vault', { packaged: values.packaged })
  console.error(`built ${values.packaged ? 'for packages ' : ''}in ${out}`)
}

try {
  await run(process.argv.slice(2))
} catch (error) {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  console.error(`build: ${message}`)
  process.exitCode = 1
}
