/** Runs Vitest projects and adds up what they counted. */
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './root.ts'

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  success: boolean
}

/** A run that ends without a report, or whose files do not load, counts as failed. */
export async function runProject(project: string, args: string[], env: Record<string, string> = {}): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'sealdesk-vitest-'))
  const file = join(folder, 'report.json')
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const code = await new Promise<number>((resolve) => {
    const child = spawn(process.execPath, [vitest, 'run', '--project', project, ...reporters, ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, NODE_COMPILE_CACHE: makeCompileCache(folder), ...env },
    })
    child.on('exit', (status) => resolve(status ?? 1))
  })
  try {
    if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 }
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report
    const failed = report.numFailedTests === 0 && code !== 0 ? 1 : report.numFailedTests
    return { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Tests start the same programs hundreds of times, as several users, each of whom makes a folder of its own in this one. */
function makeCompileCache(folder: string): string {
  const cache = join(folder, 'compiled')
  mkdirSync(cache)
  chmodSync(folder, 0o711)
  // As of /tmp: the mode of mkdir would lose its last bits to the umask.
  chmodSync(cache, 0o1777)
  return cache
}

export function closingLine(all: Counts[]): { line: string; failed: boolean } {
  const sum = (key: keyof Counts): number => all.reduce((total, one) => total + one[key], 0)
  const skipped = sum('skipped')
  const line = `${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
  return { line, failed: sum('failed') > 0 || sum('passed') === 0 }
}
