/** A real vault for demo and tests: initialised, started, provisioned through its own commands. */
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
  return (await admin(data, 'employee', 'add', '--name', name, '--role', role, '--team', team)) as {
    employee: string
    login: Login | null
  }
}

export async function addAccount(
  data: string,
  account: { channel: string; name: string; employee: string; telegramApiFile: string },
): Promise<string> {
  const telegram = account.channel === 'telegram' ? ['--telegram-api-file', account.telegramApiFile] : []
  const words = [
    'account',
    'add',
    '--channel',
    account.channel,
    '--name',
    account.name,
    `--employee=${account.employee}`,
    ...telegram,
  ]
  return String((await admin(data, ...words))['account'])
}

export async function enrolmentCode(data: string, employee: string): Promise<string> {
  return String((await admin(data, 'enrol', `--employee=${employee}`))['code'])
}

/** All messages of an account as the vault would hand them out, in the journal's order. */
export async function exportMessages(data: string, account: string): Promise<ExportedMessage[]> {
  const words = ['messages', 'export', `--account=${account}`, '--purpose', 'comparison in a test', '--raw']
  return (await adminLines(data, ...words)) as unknown as ExportedMessage[]
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
