/** Where the gateway is found: a port that stays the same over restarts, and the URL for the keeper's enrolment codes. */
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

const wildcards = new Set(['0.0.0.0', '::'])

/** The port of the last start; 0 when there was none. */
export function rememberedPort(folder: string): number {
  try {
    const port = Number(readFileSync(join(folder, 'port'), 'utf8'))
    return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : 0
  } catch {
    return 0
  }
}

/** Writes `port` and `url` (0644: the keeper is another user) and returns the URL. */
export function publishAddress(folder: string, host: string, port: number): string {
  const name = wildcards.has(host) ? hostname() : host
  const url = `https://${name.includes(':') ? `[${name}]` : name}:${port}`
  replaceFile(join(folder, 'port'), String(port))
  replaceFile(join(folder, 'url'), url)
  return url
}

function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  // Whatever the umask says.
  chmodSync(`${file}.new`, 0o644)
  renameSync(`${file}.new`, file)
}
