/** An X server without a screen, for windows that nobody has to see. */
import { spawn, type ChildProcess } from 'node:child_process'
import { StringDecoder } from 'node:string_decoder'

export interface VirtualDisplay {
  /** For DISPLAY, such as `:99`. */
  name: string
  stop(): Promise<void>
}

const startMs = 10_000

/** Takes a free display number. `size` in pixels, 24 bit. Rejects when Xvfb is missing or does not start within 10 s. */
export async function startVirtualDisplay(size = '1440x900'): Promise<VirtualDisplay> {
  const args = ['-displayfd', '3', '-screen', '0', `${size}x24`, '-nolisten', 'tcp', '-noreset']
  const server = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  try {
    return { name: `:${await readDisplay(server)}`, stop: () => endProcess(server, 5_000) }
  } catch (error) {
    server.kill('SIGKILL')
    throw error
  }
}

function readDisplay(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('Xvfb did not start')), startMs)
    const fail = (message: string): void => {
      clearTimeout(timer)
      reject(new Error(message))
    }
    server.once('error', () => fail('Xvfb is missing: apt-get install xvfb'))
    server.once('exit', () => fail('Xvfb ended'))
    const decoder = new StringDecoder()
    let text = ''
    server.stdio[3]?.on('data', (chunk: Buffer) => {
      text += decoder.write(chunk)
      const display = /^(\d+)\n/.exec(text)?.[1]
      if (display === undefined) return
      clearTimeout(timer)
      resolve(display)
    })
  })
}

/** Ends a child politely, then by force. Resolves when it is gone. */
export async function endProcess(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  await gone
  clearTimeout(timer)
}
