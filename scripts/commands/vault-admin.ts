/** `npm run vault:admin`: makes a vault (`init`, offline) and administers a running one over its keeper's local socket. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { CodedError } from '../../shared/contracts/contract.ts'
import { adminContract } from '../../shared/contracts/console.ts'
import { channelSchema } from '../../shared/contracts/neutral-message.ts'
import { roleSchema } from '../../shared/domain/people.ts'
import { openKeeperClock } from '../../vault/keeper/config.ts'
import { dataFolder } from '../../vault/keeper/data-folder.ts'
import { initialise } from '../../vault/keeper/features/init/service.ts'
import { connectLocal, type Peer } from '../../vault/local-socket.ts'

const help = `Administers a vault.

  npm run vault:admin -- COMMAND --data DIR [options] [--json]

  init [--company NAME] [--gateway HOST:PORT] [--passphrase-file FILE]
                           makes a vault in DIR (before its first start): root fingerprint and first login
  employee add --name NAME [--role ROLE] [--team TEAM]
                           ROLE: salesperson (default), manager, it, compliance, administrator
  service add --name NAME  an employee for a service workstation, with its enrolment code
  enrol --employee ID      a one-time enrolment code for a workstation
  account add --channel whatsapp|telegram --name NAME --employee ID [--telegram-api-file FILE]
                           FILE: {"id":…,"hash":…}
  account assign --account ID --employee ID
                           one more employee who works with the account
  workstation list
  workstation revoke --workstation ID
  identity list --account ID
  erase-key --identity ID  destroys the identity's key; irreversible
  messages export --account ID --purpose TEXT [--raw]
                           all messages in the neutral form, in the journal's order; audited.
                           --raw: also the provider's bytes of each (base64)
  audit export             writes the audit log into a file for npm run verify
  ledger export --workstation ID
                           writes the workstation's ledger into a file for npm run verify
  status

  All but init talk to the running vault. --json prints one JSON object a line.
`

type Values = Record<string, string | boolean | undefined>
type Print = (value: object) => void
type Keeper = Peer<typeof adminContract>
type Command = (keeper: Keeper, values: Values, print: Print) => Promise<void>

const deadlineMs = 120_000
const apiSchema = z.strictObject({ id: z.int().min(1), hash: z.string().min(1).max(64) })

/** Throws CodedError('bad_arguments'). */
function need(values: Values, name: string): string {
  const value = values[name]
  if (typeof value !== 'string' || value === '') throw new CodedError('bad_arguments', `--${name} is missing`)
  return value
}

function needOneOf<T extends string>(values: Values, name: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(need(values, name))
  if (!parsed.success) throw new CodedError('bad_arguments', `--${name} takes another value; see --help`)
  return parsed.data
}

function readTelegramApi(values: Values): z.infer<typeof apiSchema> | null {
  const file = values['telegram-api-file']
  if (typeof file !== 'string') return null
  try {
    return apiSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    throw new CodedError('bad_arguments', '--telegram-api-file: no file with {"id":number,"hash":text}')
  }
}

const commands: Record<string, Command> = {
  'employee add': async (keeper, values, print) => {
    const role = values['role'] === undefined ? 'salesperson' : needOneOf(values, 'role', roleSchema)
    const team = values['team'] === undefined ? null : need(values, 'team')
    print(await keeper.call('employee.add', { name: need(values, 'name'), role, team }))
  },
  'service add': async (keeper, values, print) =>
    print(await keeper.call('service.add', { name: need(values, 'name') })),
  enrol: async (keeper, values, print) => print(await keeper.call('enrol', { employee: need(values, 'employee') })),
  'account add': async (keeper, values, print) => {
    const channel = needOneOf(values, 'channel', channelSchema)
    const [name, employee] = [need(values, 'name'), need(values, 'employee')]
    print(await keeper.call('account.add', { channel, name, employee, telegramApi: readTelegramApi(values) }))
  },
  'account assign': async (keeper, values, print) =>
    print(
      await keeper.call('account.assign', { account: need(values, 'account'), employee: need(values, 'employee') }),
    ),
  'workstation list': async (keeper, _values, print) => {
    for (const one of (await keeper.call('workstation.list', {})).workstations) print(one)
  },
  'workstation revoke': async (keeper, values, print) =>
    print(await keeper.call('workstation.revoke', { workstation: need(values, 'workstation') })),
  'identity list': async (keeper, values, print) => {
    for (const one of (await keeper.call('identity.list', { account: need(values, 'account') })).identities) print(one)
  },
  'erase-key': async (keeper, values, print) =>
    print(await keeper.call('identity.eraseKey', { identity: need(values, 'identity') })),
  'messages export': async (keeper, values, print) => {
    const [account, purpose] = [need(values, 'account'), need(values, 'purpose')]
    for (let after: string | null = null; ;) {
      const page: { messages: object[]; after: string | null } = await keeper.call('messages.export', {
        account,
        purpose,
        after,
        raw: values['raw'] === true,
      })
      for (const message of page.messages) print(message)
      if (page.after === null) return
      after = page.after
    }
  },
  'audit export': async (keeper, _values, print) => print(await keeper.call('audit.export', {})),
  'ledger export': async (keeper, values, print) =>
    print(await keeper.call('ledger.export', { workstation: need(values, 'workstation') })),
  status: async (keeper, _values, print) => print(await keeper.call('status', {})),
}

const options = {
  data: { type: 'string' },
  company: { type: 'string' },
  gateway: { type: 'string' },
  'passphrase-file': { type: 'string' },
  name: { type: 'string' },
  role: { type: 'string' },
  team: { type: 'string' },
  employee: { type: 'string' },
  channel: { type: 'string' },
  'telegram-api-file': { type: 'string' },
  workstation: { type: 'string' },
  account: { type: 'string' },
  identity: { type: 'string' },
  purpose: { type: 'string' },
  raw: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

async function init(data: string, values: Values, print: Print): Promise<void> {
  const passphrase = values['passphrase-file']
  const clock = await openKeeperClock()
  try {
    const made = await initialise({
      data,
      company: values['company'] === undefined ? 'Company' : need(values, 'company').slice(0, 128),
      gateway: values['gateway'] === undefined ? '127.0.0.1:8443' : need(values, 'gateway'),
      passphraseFile: typeof passphrase === 'string' ? resolve(passphrase) : null,
      clock,
    })
    print(made)
  } finally {
    clock.close()
  }
}

async function withKeeper(data: string, run: (keeper: Keeper) => Promise<void>): Promise<void> {
  const path = dataFolder(data).adminSocket
  const report = (): void => undefined
  const own = { contract: {}, handlers: {}, context: undefined, asks: adminContract, report, deadlineMs }
  const keeper = await connectLocal(path, own).catch((error: unknown) => {
    const away = error instanceof CodedError && error.code === 'peer_away'
    throw away ? new CodedError('vault_away', `no vault runs in ${data}; start it with: npm run vault`) : error
  })
  try {
    await run(keeper)
  } finally {
    keeper.close()
  }
}

function printer(json: boolean): Print {
  return (value) => {
    if (json) return void process.stdout.write(`${JSON.stringify(value)}\n`)
    const words = Object.entries(value).map(([name, part]) => {
      return `${name}: ${typeof part === 'object' && part !== null ? JSON.stringify(part) : String(part)}`
    })
    process.stdout.write(`${words.join('\n')}\n`)
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ args: process.argv.slice(2), options, allowPositionals: true })
  const name = positionals.join(' ')
  if (values.help || name === '') {
    process.stdout.write(help)
    if (!values.help) throw new CodedError('bad_arguments', 'which command?')
    return
  }
  if (name === 'backup' || name === 'restore')
    throw new CodedError('not_offered', `${name} is not offered by this version`)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command && name !== 'init') throw new CodedError('bad_arguments', `there is no command "${name}"; see --help`)
  const data = resolve(need(values, 'data'))
  const print = printer(values.json === true)
  if (command) await withKeeper(data, (keeper) => command(keeper, values, print))
  else await init(data, values, print)
}

main().catch((error: unknown) => {
  process.stderr.write(`vault:admin: ${error instanceof Error ? error.message.split('\n')[0] : 'failed'}\n`)
  process.exitCode = 1
})
