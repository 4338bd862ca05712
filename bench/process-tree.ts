/** What a process and all that it has started take: memory that is theirs, and processor time. Linux only. */
import { readFileSync, readdirSync } from 'node:fs'

/** A process that has just ended has no text. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

function fields(pid: number): string[] {
  return read(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ')
}

/** The process and its descendants. */
export function processTree(root: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc'))
    if (/^\d+$/.test(name)) parents.set(Number(name), Number(fields(Number(name))[1]))
  const isBelow = (pid: number | undefined): boolean => pid !== undefined && (pid === root || isBelow(parents.get(pid)))
  return [...parents.keys()].filter(isBelow)
}

/** At once, whatever this process has started and still runs: it would share its pages with what is measured next. */
export function killDescendants(): void {
  if (process.platform !== 'linux') return
  for (const pid of processTree(process.pid)) {
    if (pid === process.pid) continue
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

export interface ProcessMemory {
  pid: number
  /** What Chromium calls it: gpu-process, renderer, utility …; main for the first one. */
  kind: string
  pssMb: number
}

/** Proportional set size: pages that several processes share are counted once. */
export function memoryOf(root: number): ProcessMemory[] {
  return processTree(root).map((pid) => {
    const kb = Number(/^Pss:\s+(\d+) kB/m.exec(read(pid, 'smaps_rollup'))?.[1] ?? 0)
    const command = read(pid, 'cmdline').replaceAll('\0', ' ')
    const type = /--type=(\S+)/.exec(command)?.[1] ?? 'main'
    const service = /--utility-sub-type=(\S+)/.exec(command)?.[1]
    return { pid, kind: service ?? type, pssMb: kb / 1024 }
  })
}

export function totalMb(processes: ProcessMemory[]): number {
  return processes.reduce((sum, one) => sum + one.pssMb, 0)
}

/** Clock ticks are hundredths of a second on every Linux that this runs on. */
const tickMs = 10

/** Processor time of the processes that live now, in ms since their start. */
export function cpuMsOf(root: number): number {
  return processTree(root).reduce((sum, pid) => {
    const stat = fields(pid)
    return sum + (Number(stat[11] ?? 0) + Number(stat[12] ?? 0)) * tickMs
  }, 0)
}
