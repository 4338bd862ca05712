/** What the workstation is started with: the only place in the host that reads arguments and environment. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface Config {
  /** Absolute folder of this workstation's profile. */
  profile: string
  enrolmentCode: string | null
  theme: 'light' | 'dark' | 'system'
  /** Overrides the language of the window for this start; null: the salesperson's choice or the system's. */
  language: string | null
  env: Record<string, string | undefined>
}

/** Unknown switches are left to Chromium, positional arguments to Electron. */
export function readConfig(args: readonly string[], env: Record<string, string | undefined>): Config {
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
  return {
    profile: resolve(text(values.profile) ?? defaultProfile(env)),
    enrolmentCode: text(values.enrol),
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    language: text(values.lang),
    env,
  }
}

function defaultProfile(env: Record<string, string | undefined>): string {
  if (process.platform === 'win32') return join(env['LOCALAPPDATA'] ?? homedir(), 'Sealdesk')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Sealdesk')
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'sealdesk')
}
