/** Makes packages with the command that people use, and looks into what came out. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { extractAll } from '@electron/asar'
import { JsonProcess } from './process.ts'

export interface MadePackage {
  target: string
  path: string
  electron: string
  version: string
}

export async function makePackage(target: 'deb' | 'dir', out: string): Promise<MadePackage> {
  const args = ['--target', target, '--out', out, '--json']
  const [line] = await JsonProcess.run({ command: 'package', args, deadlineMs: 600_000 })
  return line as unknown as MadePackage
}

/** Every file of the program's archive by its path in it, with its content; native modules included. */
export function readArchive(file: string): Map<string, Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'sd-archive-'))
  try {
    extractAll(file, folder)
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    return new Map(
      entries.map((entry) => {
        const path = join(entry.parentPath, entry.name)
        return [path.slice(folder.length + 1), readFileSync(path)]
      }),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export interface Ended {
  code: number | null
  output: string
}

export interface RunOptions {
  env?: Record<string, string>
  uid?: number
  gid?: number
  /** Killed after so long: its code is null then. */
  deadlineMs?: number
}

/** Runs a program to its end. */
export function runToEnd(command: string, args: string[], options: RunOptions = {}): Promise<Ended> {
  const { env, deadlineMs = 120_000, ...who } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: '/',
      env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...who,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()))
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code, output })
    })
  })
}
