/** A real vault for demo and tests: initialised, started, provisioned through its own commands. */
import { readFileSync } from 'node:fs'
import { adminContract } from '../../shared/contracts/console.ts'
import { roleSchema } from '../../shared/domain/people.ts'
import { channelSchema } from '../../shared/contracts/neutral-message.ts'
import { dataFolder } from '../../vault/keeper/data-folder.ts'
import { connectLocal, type Peer } from '../../vault/local-socket.ts'
import { JsonProcess, type Line } from './process.ts'

export interface Login {
  name: string
  password: string
  /** Base32 secret. */
  totp: string
}

export interface VaultReady {
  gateway: string
  console: string
  pids: { vault: number; gateway: number; keeper: number }
  rootFingerprint: string
}

export async function admin(data: string, ...words: string[]): Promise<Line> {
  const lines = await JsonProcess.run({ command: 'vault-admin', args: [...words, '--data', data, '--json'] })
  return lines[0] ?? {}
}

export async function adminLines(data: string, ...words: string[]): Promise<Line[]> {
  return JsonProcess.run({ command: 'vault-admin', args: [...words, '--data', data, '--json'] })
}

/** Asks the keeper itself, as `vault:admin` does, without a process for each question. */
async function withKeeper<T>(data: string, run: (keeper: Peer<typeof adminContract>) => Promise<T>): Promise<T> {
  const own = { contract: {}, handlers: {}, context: undefined, asks: adminContract, report: () => undefined }
  const keeper = await connectLocal(dataFolder(data).adminSocket, { ...own, deadlineMs: 120_000 })
  try {
    return await run(keeper)
  } finally {
    keeper.close()
  }
}

export async function initVault(data: string, company: string): Promise<{ rootFingerprint: string; login: Login }> {
  const made = await admin(data, 'init', '--company', company)
  return made as { rootFingerprint: string; login: Login }
}

export async function startVault(
  data: string,
  env: Record<string, string> = {},
): Promise<{ process: JsonProcess; ready: VaultReady }> {
  const { process, ready } = await JsonProcess.start({ command: 'vault', args: ['--data', data, '--json'], env })
  return { process, ready: ready as unknown as VaultReady }
}

export async function addEmployee(
  data: string,
  name: string,
  role: string,
  team: string,
): Promise<{ employee: string; login: Login | null }> {
  return withKeeper(data, (keeper) => keeper.call('employee.add', { name, role: roleSchema.parse(role), team }))
}

export async function addAccount(
  data: string,
  account: { channel: string; name: string; employee: string; telegramApiFile: string },
): Promise<string> {
  const channel = channelSchema.parse(account.channel)
  const { name, employee, telegramApiFile } = account
  const read = (): { id: number; hash: string } => JSON.parse(readFileSync(telegramApiFile, 'utf8')) as never
  const telegramApi = channel === 'telegram' ? read() : null
  return withKeeper(
    data,
    async (keeper) => (await keeper.call('account.add', { channel, name, employee, telegramApi })).account,
  )
}

export async function assignAccount(data: string, account: string, employee: string): Promise<void> {
  await withKeeper(data, (keeper) => keeper.call('account.assign', { account, employee }))
}

export async function enrolmentCode(data: string, employee: string): Promise<string> {
  return withKeeper(data, async (keeper) => (await keeper.call('enrol', { employee })).code)
}

export interface VaultStatus {
  applied: number
  head: number
  quarantined: number
}

export async function vaultStatus(data: string): Promise<VaultStatus> {
  return withKeeper(data, (keeper) => keeper.call('status', {}))
}

/** All messages of an account as the vault would hand them out, in the journal's order. */
export async function exportMessages(data: string, account: string): Promise<ExportedMessage[]> {
  return withKeeper(data, async (keeper) => {
    const all: ExportedMessage[] = []
    for (let after: string | null = null; ;) {
      const asked = { account, purpose: 'comparison in a test', after, raw: true }
      const page: { messages: object[]; after: string | null } = await keeper.call('messages.export', asked)
      all.push(...(page.messages as ExportedMessage[]))
      if (page.after === null) return all
      after = page.after
    }
  })
}

export interface ExportedMessage {
  conversation: string
  direction: 'in' | 'out'
  path: string
  state: string
  clientId: string | null
  marks: string[]
  /** Canonical JSON of the neutral form, or null when erased. */
  message: string | null
  /** The provider's bytes, base64; null for own intents that nobody echoed, and when erased. */
  raw: string | null
}
