/** Looks for secrets in files and in the memory of processes, in every form in which they are likely to lie there. */
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

export interface Secret {
  /** What a finding is called; never the secret itself. */
  name: string
  bytes: Uint8Array
}

export const secretText = (name: string, text: string): Secret => ({ name, bytes: Buffer.from(text, 'utf8') })

/** The part of a base64 text that stays the same whatever stands around these bytes, `shift` (0 to 2) bytes after a group's begin. */
function innerBase64(bytes: Buffer, shift: number): string {
  const whole = bytes.length - ((3 - shift) % 3)
  const from = (3 - shift) % 3
  return bytes.subarray(from, from + Math.floor(whole / 3) * 3).toString('base64')
}

/** As it is, UTF-16LE and Latin-1 of text (JavaScript strings in memory), hex, base64 and base64url at all three offsets, JSON escapes. */
function formsOf(secret: Secret): Buffer[] {
  const bytes = Buffer.from(secret.bytes)
  const forms = new Set([bytes.toString('latin1')])
  const add = (form: Buffer | string): void => void forms.add(typeof form === 'string' ? form : form.toString('latin1'))
  add(bytes.toString('hex'))
  add(bytes.toString('hex').toUpperCase())
  for (const shift of [0, 1, 2]) {
    const base64 = innerBase64(bytes, shift)
    // Shorter ones would be found by chance.
    if (base64.length < 12) continue
    add(base64)
    add(base64.replaceAll('+', '-').replaceAll('/', '_'))
  }
  const text = bytes.toString('utf8')
  if (Buffer.from(text, 'utf8').equals(bytes)) {
    add(Buffer.from(text, 'utf16le'))
    if (/^[\0-\xff]*$/.test(text)) add(Buffer.from(text, 'latin1'))
    add(text.replace(/[^\0-\x7f]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`))
  }
  return [...forms].map((form) => Buffer.from(form, 'latin1'))
}

/** Finds any of many byte strings in one pass. */
export class SecretScanner {
  /** One bit per three bytes that begin a form. */
  readonly #begins = new Uint8Array(2 ** 21)
  readonly #byBegin = new Map<number, { name: string; form: Buffer }[]>()
  longest = 0

  /** Throws for secrets of less than six bytes: they would be found by chance. */
  constructor(secrets: readonly Secret[]) {
    for (const secret of secrets) {
      if (secret.bytes.length < 6) throw new Error(`${secret.name} is too short to be looked for`)
      for (const form of formsOf(secret)) this.#add(secret.name, form)
    }
  }

  #add(name: string, form: Buffer): void {
    const begin = (form[0]! << 16) | (form[1]! << 8) | form[2]!
    this.#begins[begin >> 3]! |= 1 << (begin & 7)
    const known = this.#byBegin.get(begin)
    if (known) known.push({ name, form })
    else this.#byBegin.set(begin, [{ name, form }])
    this.longest = Math.max(this.longest, form.length)
  }

  /** Names of all secrets in the bytes. */
  find(bytes: Uint8Array, found: Set<string> = new Set()): Set<string> {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const begins = this.#begins
    let begin = 0
    for (let at = 0; at < view.length; at++) {
      begin = ((begin << 8) | view[at]!) & 0xff_ffff
      if (at < 2 || !(begins[begin >> 3]! & (1 << (begin & 7)))) continue
      for (const { name, form } of this.#byBegin.get(begin) ?? []) {
        const from = at - 2
        if (!found.has(name) && form.equals(view.subarray(from, from + form.length))) found.add(name)
      }
    }
    return found
  }
}

export interface FolderImage {
  /** By path below the folder. */
  files: Map<string, Buffer>
}

/** Everything in a folder as a thief of the disk would copy it now; sockets are passed over. */
export function imageOf(folder: string): FolderImage {
  const files = new Map<string, Buffer>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const bytes = entry.isFile() ? readIfThere(path) : null
    if (bytes) files.set(relative(folder, path), bytes)
  }
  return { files }
}

/** A running program renames and deletes between our listing and our look. */
function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** `file: secret` for everything that was found; file names are looked through as well. */
export function findInImage(scanner: SecretScanner, image: FolderImage): string[] {
  const found: string[] = []
  for (const [name, bytes] of image.files) {
    for (const secret of scanner.find(Buffer.from(name, 'utf8'))) found.push(`the name of ${name}: ${secret}`)
    for (const secret of scanner.find(bytes)) found.push(`${name}: ${secret}`)
  }
  return found
}

const chunkBytes = 4 * 1024 * 1024

/**
 * Looks through everything that a process can write to or has allocated, until `enough` secrets are found. Needs the right to read
 * /proc/PID/mem (root). Returns what was found and how many bytes were looked through.
 */
export function findInMemory(
  scanner: SecretScanner,
  pid: number,
  enough = Infinity,
): { found: Set<string>; bytes: number } {
  const found = new Set<string>()
  let bytes = 0
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const buffer = Buffer.alloc(chunkBytes + scanner.longest)
  try {
    for (const { from, to } of regionsOf(pid)) {
      for (let at = from; at < to; at += chunkBytes) {
        const length = readSome(memory, buffer, at, Math.min(buffer.length, to - at))
        if (length === 0) continue
        scanner.find(buffer.subarray(0, length), found)
        bytes += Math.min(length, chunkBytes)
        if (found.size >= enough) return { found, bytes }
      }
    }
  } finally {
    closeSync(memory)
  }
  return { found, bytes }
}

/** Readable regions, but for the unchanged text of programs and libraries. */
function regionsOf(pid: number): { from: number; to: number }[] {
  const regions: { from: number; to: number }[] = []
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) (r)(.).. \S+ \S+ (\d+)\s*(.*)$/.exec(line)
    if (!match || match[6] === '[vvar]' || match[6] === '[vsyscall]') continue
    if (match[4] !== 'w' && match[5] !== '0') continue
    regions.push({ from: Number.parseInt(match[1]!, 16), to: Number.parseInt(match[2]!, 16) })
  }
  return regions
}

/** 0 for what cannot be read: the process may give memory back while it is looked through. */
function readSome(memory: number, buffer: Buffer, at: number, length: number): number {
  try {
    return readSync(memory, buffer, 0, length, at)
  } catch {
    return 0
  }
}

/** True when this process may look into the memory of others. */
export const maySeeMemory = process.platform === 'linux' && process.getuid?.() === 0

export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
