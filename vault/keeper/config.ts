/** The keeper's command line and environment; nothing else reads either. */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CodedError } from '../../shared/contracts/contract.ts'
import type { ClockSource } from '../../shared/clock/clock.ts'
import { openClock } from '../../shared/clock/test-clock.ts'

export interface KeeperConfig {
  data: string
  /** null: no console is served. */
  console: { host: string; port: number } | null
  passphraseFile: string | null
  /** Folder of the built console, or null where there is none. */
  consoleFiles: string | null
}

/** Throws CodedError('bad_input'). */
export function readConfig(argv: readonly string[]): KeeperConfig {
  const { values } = parseArgs({
    args: [...argv],
    options: { data: { type: 'string' }, console: { type: 'string' }, 'passphrase-file': { type: 'string' } },
  })
  if (!values.data) throw new CodedError('bad_input', '--data DIR is missing')
  const passphrase = values['passphrase-file']
  return {
    data: resolve(values.data),
    console: values.console === undefined ? null : readHostPort(values.console),
    passphraseFile: passphrase === undefined ? null : resolve(passphrase),
    consoleFiles: findConsoleFiles(),
  }
}

/** `HOST:PORT` or `[IPv6]:PORT`. Throws CodedError('bad_input'). */
export function readHostPort(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/]{1,253})):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (!host || port > 65535) throw new CodedError('bad_input', `${text} is not HOST:PORT`)
  return { host, port }
}

export function openKeeperClock(): Promise<ClockSource> {
  return openClock(process.env)
}

/** From source the bundles lie in dist/; a built keeper lies beside them. */
function findConsoleFiles(): string | null {
  const here = dirname(fileURLToPath(import.meta.url))
  const candidates = [
    join(here, '..', '..', 'dist', 'console'),
    join(here, '..', 'console'),
    join(here, '..', '..', 'console'),
  ]
  return (
    candidates.find((folder) => existsSync(join(folder, 'index.html')) && existsSync(join(folder, 'assets'))) ?? null
  )
}
