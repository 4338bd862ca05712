/** What the workstation is started with: the only place in the host that reads arguments and environment. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { WaitingCode } from '../../shared/contracts/host.ts'
import { findLinkedCode } from './enrolment-link.ts'

export interface Config {
  /** Absolute folder of this workstation's profile. */
  profile: string
  enrolmentCode: WaitingCode | null
  theme: 'light' | 'dark' | 'system'
  /** Overrides the language of the window for this start; null: the salesperson's choice or the system's. */
  language: string | null
  /** The engine's environment. */
  env: Record<string, string | undefined>
}

export interface Build {
  /** The program's name: a test package has a name and with it a profile of its own. */
  name: string
  packaged: boolean
}

/** Unknown switches are left to Chromium, positional arguments but enrolment links to Electron. */
export function readConfig(args: readonly string[], env: Record<string, string | undefined>, build: Build): Config {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    options: {
      profile: { type: 'string' },
      enrol: { type: 'string' },
      theme: { type: 'string' },
      lang: { type: 'string' },
      // Of the demo's starter; named here so that its folder is not read as something else.
      data: { type: 'string' },
    },
  })
  const text = (value: string | boolean | undefined): string | null =>
    typeof value === 'string' && value && !value.startsWith('--') ? value : null
  const theme = text(values.theme)
  const given = text(values.enrol)
  return {
    profile: resolve(text(values.profile) ?? defaultProfile(env, build.name)),
    enrolmentCode: given === null ? findLinkedCode(args) : { text: given, linked: false },
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    language: text(values.lang),
    env: build.packaged ? withoutNodeSettings(env) : env,
  }
}

/** Node's own variables reach further than its fuse: one of them switches the check of TLS certificates off. */
function withoutNodeSettings(env: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(?:NODE_|ELECTRON_|SSL_CERT_|OPENSSL_)/i.test(name)),
  )
}

function defaultProfile(env: Record<string, string | undefined>, name: string): string {
  if (process.platform === 'win32') return join(env['LOCALAPPDATA'] ?? homedir(), name)
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', name)
  const folder = name.toLowerCase().replaceAll(' ', '-')
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), folder)
}
