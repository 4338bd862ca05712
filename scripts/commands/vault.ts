/** `npm run vault`: runs a vault in a data folder until it is told to stop. */
import { parseArgs } from 'node:util'
import { CodedError } from '../../shared/contracts/contract.ts'
import { launchVault } from '../../vault/launcher.ts'

const help = `Runs a vault: gateway and keeper, until SIGINT or SIGTERM.

  npm run vault -- --data DIR [options]

  --data DIR               the vault's folder, made by: npm run vault:admin -- init --data DIR
  --gateway HOST:PORT      where workstations connect (default 127.0.0.1:0; 0 keeps the port of the last start)
  --console HOST:PORT      where the console is served (default 127.0.0.1:0)
  --database URL           default: SQLite in DIR
  --blobs URL              default: a folder in DIR
  --passphrase-file FILE   the passphrase of the keeper's master key
  --json                   JSON lines on stdout, the first one {"ready":true, …}
  --help                   this text
`

/** EX_CONFIG of sysexits.h. */
const exitConfig = 78

interface Arguments {
  data: string
  gateway: string
  console: string
  passphraseFile: string | null
  json: boolean
}

/** null: help was asked for. Throws CodedError for what is missing, malformed or not offered. */
function readArguments(argv: string[]): Arguments | null {
  const { values } = parseArgs({
    args: argv,
    options: {
      data: { type: 'string' },
      gateway: { type: 'string', default: '127.0.0.1:0' },
      console: { type: 'string', default: '127.0.0.1:0' },
      database: { type: 'string' },
      blobs: { type: 'string' },
      'passphrase-file': { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return null
  if (!values.data) throw new CodedError('bad_arguments', '--data DIR is missing')
  if (values.database !== undefined && values.database !== 'sqlite')
    throw new CodedError('not_offered', '--database: only SQLite in the data folder is offered so far')
  if (values.blobs !== undefined && values.blobs !== 'folder')
    throw new CodedError('not_offered', '--blobs: only the folder in the data folder is offered so far')
  for (const address of [values.gateway, values.console]) {
    if (!/^(\[[0-9a-fA-F:.]+\]|[^:\s/]+):\d{1,5}$/.test(address))
      throw new CodedError('bad_arguments', `${address} is not HOST:PORT`)
  }
  const { data, gateway, console, json } = values
  return { data, gateway, console, json, passphraseFile: values['passphrase-file'] ?? null }
}

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2))
  if (!options) {
    process.stdout.write(help)
    return
  }
  const { json } = options
  const say = (line: object, words: string): void => {
    process.stdout.write(json ? `${JSON.stringify(line)}\n` : `${words}\n`)
  }
  const complain = (line: string): void => void process.stderr.write(`${line}\n`)
  let stopped = false
  let end = (_code: number): void => process.exit(0)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(0))
  const vault = await launchVault({
    ...options,
    complain,
    onRestart: (event) => say(event, `${event.process} runs again (${event.pid})`),
    onGiveUp: (error) => {
      complain(`vault: ${error.message}`)
      end(error.code === 'refused_configuration' ? exitConfig : 1)
    },
  })
  end = (code) => {
    if (stopped) return
    stopped = true
    vault.stop().then(
      () => process.exit(code),
      () => process.exit(1),
    )
  }
  const { ready } = vault
  const words = [`gateway  ${ready.gateway}`, `root     ${ready.rootFingerprint}`]
  if (ready.console) words.splice(1, 0, `console  ${ready.console}`)
  say(ready, words.join('\n'))
}

main().catch((error: unknown) => {
  process.stderr.write(`vault: ${error instanceof Error ? error.message : 'failed'}\n`)
  process.exit(error instanceof CodedError && error.code === 'refused_configuration' ? exitConfig : 1)
})
