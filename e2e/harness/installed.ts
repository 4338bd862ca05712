/** An installed package as people meet it: an ordinary user of the system, a screen, a keyboard. Needs root for making the user. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readlinkSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { endProcess } from '../../scripts/virtual-display.ts'
import { readProc } from './desktop.ts'
import { eventually } from './eventually.ts'
import type { Area } from './screenshot.ts'

export interface OrdinaryUser {
  name: string
  uid: number
  gid: number
  home: string
  /** Removes the account and what it owns. */
  remove(): void
}

/** A new account of this system, with its home in `folder`. */
export function makeUser(folder: string): OrdinaryUser {
  const name = `sdtest${process.pid}`
  const home = join(folder, 'home')
  execFileSync('useradd', ['--create-home', '--home-dir', home, '--shell', '/bin/sh', name], { stdio: 'ignore' })
  const id = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }))
  const remove = (): void => void execFileSync('userdel', ['--remove', name], { stdio: 'ignore' })
  return { name, uid: id('-u'), gid: id('-g'), home, remove }
}

/** A user namespace in which nobody may make another one: as on a system where ordinary users may not. */
export interface ClosedNamespace {
  pid: number
  end(): Promise<void>
}

export async function closeNamespaces(): Promise<ClosedNamespace> {
  const holder = spawn('unshare', ['--user', 'sleep', '3600'], { stdio: 'ignore' })
  await once(holder, 'spawn')
  const pid = holder.pid!
  const own = readlinkSync('/proc/self/ns/user')
  await eventually(
    async () => readlinkSync(`/proc/${pid}/ns/user`),
    (theirs) => theirs !== own,
  )
  // Every user is who it was: files, and the one with the setuid bit among them, mean the same inside.
  for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${pid}/${map}`, '0 0 4294967295')
  execFileSync('nsenter', ['-U', '-t', String(pid), 'sh', '-c', 'echo 0 > /proc/sys/user/max_user_namespaces'])
  return { pid, end: () => endProcess(holder, 2_000) }
}

export interface InstalledOptions {
  program: string
  user: OrdinaryUser
  display: string
  args?: string[]
  env?: Record<string, string>
  inside?: ClosedNamespace
}

/** The program's processes but the first, by what they are. */
export interface Part {
  pid: number
  type: string
  command: string
  seccomp: number
  noNewPrivs: boolean
  userNamespace: string
  pidNamespace: string
}

export class Installed {
  readonly child: ChildProcess
  readonly exited: Promise<number | null>
  readonly #display: string
  #said = ''

  constructor({ program, user, display, args = [], env = {}, inside }: InstalledOptions) {
    this.#display = display
    const become = ['setpriv', '--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups', program]
    const words = [...(inside ? ['nsenter', '-U', '-t', String(inside.pid)] : []), ...become, ...args]
    this.child = spawn(words[0]!, words.slice(1), {
      cwd: user.home,
      env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', HOME: user.home, USER: user.name, DISPLAY: display, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on('data', (part: Buffer) => (this.#said = (this.#said + part.toString()).slice(-8000)))
    }
    this.exited = new Promise((resolve) => this.child.once('exit', (code) => resolve(code)))
    const kill = (): void => void this.child.kill('SIGKILL')
    process.once('exit', kill)
    void this.exited.then(() => process.off('exit', kill))
  }

  get output(): string {
    return this.#said
  }

  /** Waits for a window of this title; its id. Rejects with the program's output. */
  async window(title: string): Promise<string> {
    const search = async (): Promise<string> => {
      if (this.child.exitCode !== null) throw new Error(`it ended with ${this.child.exitCode}: ${this.#said}`)
      return this.#x('search', '--onlyvisible', '--name', `^${title}$`)
    }
    return eventually(search, (id) => /^\d+$/.test(id), { deadlineMs: 180_000, everyMs: 200 })
  }

  /** Types into the focused field, as a keyboard does; `\n` is the return key, `\t` goes to the next field. */
  type(text: string): void {
    for (const part of text.split(/(?<=[\t\n])|(?=[\t\n])/)) {
      if (part === '\t') this.#x('key', 'Tab')
      else if (part === '\n') this.#x('key', 'Return')
      else this.#x('type', '--delay', '4', part)
    }
  }

  /** Without a window manager nobody else gives the window the keyboard. */
  focus(window: string): void {
    this.#x('windowfocus', '--sync', window)
  }

  #x(...args: string[]): string {
    try {
      const options = { env: { ...process.env, DISPLAY: this.#display }, encoding: 'utf8', stdio: 'pipe' } as const
      return execFileSync('xdotool', args, options).trim()
    } catch {
      return ''
    }
  }

  parts(): Part[] {
    const children = (parent: number): number[] =>
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .filter((name) => Number(/\) \S+ (\d+) /.exec(readProc(name, 'stat'))?.[1]) === parent)
        .map(Number)
    const below = (pid: number): number[] => children(pid).flatMap((child) => [child, ...below(child)])
    return below(this.child.pid!).map(describePart)
  }

  async stop(): Promise<void> {
    await endProcess(this.child, 20_000)
  }
}

function describePart(pid: number): Part {
  const command = readProc(String(pid), 'cmdline').replaceAll('\0', ' ').trim()
  const status = readProc(String(pid), 'status')
  return {
    pid,
    command,
    type: / --type=([a-z-]+)/.exec(command)?.[1] ?? '',
    seccomp: Number(/^Seccomp:\s+(\d)/m.exec(status)?.[1]),
    noNewPrivs: /^NoNewPrivs:\s+1/m.test(status),
    userNamespace: readNamespace(pid, 'user'),
    pidNamespace: readNamespace(pid, 'pid'),
  }
}

function readNamespace(pid: number, kind: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`)
  } catch {
    return ''
  }
}

/** Height in pixels of the white card in the middle of a screen of 1280 × 800 (three bytes per pixel); 0: there is none. */
export function cardHeight(pixels: Buffer): number {
  let white = 0
  for (let row = 0; row < 800; row += 1) {
    const at = (row * 1280 + 468) * 3
    if (pixels[at] === 255 && pixels[at + 1] === 255 && pixels[at + 2] === 255) white += 1
  }
  return white
}

/** Of a part of the same screen: its commonest colour, and how many of its pixels have another one. */
export function readInk(pixels: Buffer, area: Area): { ground: [number, number, number]; inked: number } {
  const counts = new Map<number, number>()
  for (let row = area.y; row < area.y + area.height; row += 1) {
    for (let column = area.x; column < area.x + area.width; column += 1) {
      const colour = pixels.readUIntBE((row * 1280 + column) * 3, 3)
      counts.set(colour, (counts.get(colour) ?? 0) + 1)
    }
  }
  const [colour, count] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most))
  return { ground: [colour >> 16, (colour >> 8) & 255, colour & 255], inked: area.width * area.height - count }
}

/** Files of the system that carry the name, outside of people's homes. */
export function findTraces(name: string): string[] {
  const found = execFileSync('find', ['/opt', '/usr', '/etc', '/var', '-xdev', '-name', `*${name}*`], {
    encoding: 'utf8',
  })
  const cache = '/usr/share/applications/mimeinfo.cache'
  return [...found.split('\n').filter(Boolean), ...(readFileSync(cache, 'utf8').includes(name) ? [cache] : [])]
}
