/** `npm run verify`: checks an exported ledger or audit log with nothing but the company's root fingerprint. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { auditFormat, verifyAuditExport } from '../../vault/verify/audit-export.ts'
import { bad, type Verdict } from '../../vault/verify/chain.ts'
import { ledgerFormat, verifyLedgerExport } from '../../vault/verify/ledger-export.ts'
import { findUnusual } from '../../vault/verify/export-form.ts'

const help = `Checks an export of a vault on a machine that has nothing else.

  npm run verify -- FILE --root FINGERPRINT [options]

  FILE                 made by: npm run vault:admin -- ledger export, or audit export
  --root FINGERPRINT   the company's root fingerprint, 64 hex digits, as init printed it
  --json               one JSON line on stdout
  --help               this text

  Exit code: 0 sound, 2 not sound (the first bad entry is named), 1 the check could not be made.
`

const exitNotSound = 2
const kinds = {
  [ledgerFormat]: { kind: 'ledger', verify: verifyLedgerExport },
  [auditFormat]: { kind: 'audit', verify: verifyAuditExport },
} as const

interface Checked {
  /** null: the first line is that of no export. */
  kind: 'ledger' | 'audit' | null
  verdict: Verdict
}

const words = {
  malformed: 'cannot be read as what it should be',
  missing: 'is missing',
  out_of_order: 'stands in another place',
  changed: 'was changed, or there are two of it',
  signature: 'stands under a signature that does not hold',
  not_covered: 'stands after the last signed head',
  other_root: 'does not belong to this root',
  checkpoint: 'stands under a signed head that does not hold',
} as const satisfies Record<NonNullable<Verdict['firstBad']>['reason'], string>

/** Throws what the file system throws. */
async function readLines(file: string): Promise<string[]> {
  const lines: string[] = []
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity }))
    lines.push(line)
  return lines
}

function formatOf(line: string | undefined): keyof typeof kinds | null {
  try {
    const { format } = JSON.parse(line ?? '') as { format?: unknown }
    return format === ledgerFormat || format === auditFormat ? format : null
  } catch {
    return null
  }
}

/** Chain and signatures first: they name the place best. */
function check(lines: readonly string[], fingerprint: string): Checked {
  const format = formatOf(lines[0])
  if (format === null) return { kind: null, verdict: bad(0, 'malformed') }
  const { kind, verify } = kinds[format]
  const verdict = verify(lines, fingerprint)
  const unusual = verdict.sound ? findUnusual(lines) : null
  return { kind, verdict: unusual === null ? verdict : bad(unusual, 'malformed') }
}

function describe({ kind, verdict }: Checked): string {
  if (verdict.sound) return `sound: the ${kind ?? 'file'} is whole and signed under this root`
  const { seq, reason } = verdict.firstBad ?? { seq: 0, reason: 'malformed' as const }
  return `not sound: ${seq === 0 ? 'the first line' : `entry ${seq}`} ${words[reason]} (${reason})`
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      root: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const [file] = positionals
  if (file === undefined || positionals.length > 1) throw new Error('one FILE is needed')
  const fingerprint = values.root?.toLowerCase() ?? ''
  if (!/^[0-9a-f]{64}$/.test(fingerprint)) throw new Error('--root takes 64 hex digits')
  const checked = check(await readLines(file), fingerprint)
  const { kind, verdict } = checked
  process.stdout.write(values.json ? `${JSON.stringify({ kind, ...verdict })}\n` : `${describe(checked)}\n`)
  return verdict.sound ? 0 : exitNotSound
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`verify: ${error instanceof Error ? error.message.split('\n')[0] : 'failed'}\n`)
    process.exitCode = 1
  },
)
