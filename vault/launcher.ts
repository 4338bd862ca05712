/** Runs a vault: gateway and keeper as two processes, as two users when started as root, each started again when it dies. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { CodedError } from '../shared/contracts/contract.ts'
import { Supervised } from './supervised.ts'
import { lendFile, prepareTwoUsers, type TwoUsers } from './two-users.ts'

export interface VaultOptions {
  data: string
  /** `HOST:PORT`; port 0: the one of the last start. */
  gateway: string
  console: string
  passphraseFile: string | null
  onRestart(event: { event: 'restarted'; process: 'gateway' | 'keeper'; pid: number }): void
  /** A process cannot be kept running; the other one still runs until `stop`. */
  onGiveUp(error: CodedError): void
  /** One line for a person, on stderr. */
  complain(line: string): void
  programs?: Programs
}

export interface VaultReady {
  ready: true
  gateway: string
  console?: string
  pids: { vault: number; gateway: number; keeper: number }
  rootFingerprint: string
}
export interface RunningVault {
  ready: VaultReady
  /** Ends both processes in order. Idempotent. */
  stop(): Promise<void>
}

export interface Programs {
  gateway: string
  keeper: string
  lifeline: string
}

/** The only place that knows the entry files: sources beside this one, or bundles of the same names when this is one. */
export const programs: Programs = (() => {
  const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js'
  const at = (name: string): string => join(import.meta.dirname, `${name}.${extension}`)
  return { gateway: at('gateway/index'), keeper: at('keeper/index'), lifeline: at('lifeline') }
})()

const gatewayReadySchema = z.object({ ready: z.literal(true), gateway: z.url() })
const keeperReadySchema = z.object({
  ready: z.literal(true),
  console: z.url().optional(),
  rootFingerprint: z.string().regex(/^[0-9a-f]{64}$/),
})

/**
 * Resolves when both processes are ready. Throws CodedError: not_initialised, not_ready (with the process's own words),
 * refused_configuration (a packaged build that sees a test endpoint: exit 78), passphrase_unreadable.
 */
export async function launchVault(options: VaultOptions): Promise<RunningVault> {
  const data = resolve(options.data)
  const { programs: files = programs } = options
  if (!existsSync(join(data, 'gateway', 'tls')) || !existsSync(join(data, 'keeper')))
    throw new CodedError(
      'not_initialised',
      `there is no vault in ${options.data}; make one first: vault:admin init --data ${options.data}`,
    )
  const users = prepareTwoUsers(data, files.gateway, options.complain)
  const common = (name: 'gateway' | 'keeper') => ({
    name,
    cwd: data,
    complain: options.complain,
    restarted: (pid: number) => options.onRestart({ event: 'restarted', process: name, pid }),
    gaveUp: options.onGiveUp,
  })
  const gateway = new Supervised({
    ...common('gateway'),
    readySchema: gatewayReadySchema,
    command: () => ({
      file: process.execPath,
      args: ['--import', files.lifeline, files.gateway, '--data', data, '--listen', options.gateway],
      ...users?.gateway,
    }),
  })
  const keeper = new Supervised({
    ...common('keeper'),
    readySchema: keeperReadySchema,
    command: () => keeperCommand(options, data, files, users),
  })
  const stop = async (): Promise<void> => {
    await Promise.all([gateway.stop(), keeper.stop()])
  }
  try {
    const [gatewayReady, keeperReady] = await Promise.all([gateway.start(), keeper.start()])
    const ready: VaultReady = {
      ready: true,
      gateway: gatewayReady.gateway,
      ...(keeperReady.console ? { console: keeperReady.console } : {}),
      pids: { vault: process.pid, gateway: gateway.pid, keeper: keeper.pid },
      rootFingerprint: keeperReady.rootFingerprint,
    }
    return { ready, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function keeperCommand(options: VaultOptions, data: string, files: Programs, users: TwoUsers | null) {
  const args = ['--import', files.lifeline, files.keeper, '--data', data, '--console', options.console]
  const { passphraseFile } = options
  if (!passphraseFile) return { file: process.execPath, args, ...users?.keeper }
  if (!users) return { file: process.execPath, args: [...args, '--passphrase-file', resolve(passphraseFile)] }
  const lent = lendFile(resolve(passphraseFile), users.keeper)
  return {
    file: process.execPath,
    args: [...args, '--passphrase-file', lent.path],
    ...users.keeper,
    started: lent.forget,
  }
}
