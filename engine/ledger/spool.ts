/** Sealed batches on disk: ciphertext that nobody on this machine can open, kept until the vault has it. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '../../shared/contracts/contract.ts'

export interface SpoolFile {
  ledger: string
  from: number
  to: number
  bytes: number
}

const namePattern = /^([A-Za-z0-9_-]{1,64})\.(\d{12})-(\d{12})\.batch$/

export class Spool {
  readonly #folder: string
  /** What stands in the folder; read once, since an absence of days leaves tens of thousands of files. */
  #files: SpoolFile[]

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(folder)) if (name.endsWith('.part')) rmSync(join(folder, name), { force: true })
    this.#files = this.#scan()
  }

  #path(file: Pick<SpoolFile, 'ledger' | 'from' | 'to'>): string {
    const digits = (n: number): string => String(n).padStart(12, '0')
    return join(this.#folder, `${file.ledger}.${digits(file.from)}-${digits(file.to)}.batch`)
  }

  /** Durable when it returns. Throws CodedError('disk_full') when there is no room; then nothing is left behind. */
  write(ledger: string, from: number, to: number, bytes: Uint8Array): void {
    const path = this.#path({ ledger, from, to })
    const part = `${path}.part`
    try {
      const file = openSync(part, 'w', 0o600)
      try {
        for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      renameSync(part, path)
      this.#add({ ledger, from, to, bytes: bytes.length })
      this.#syncFolder()
    } catch (error) {
      rmSync(part, { force: true })
      if (error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) {
        throw new CodedError('disk_full', 'no room for the spool')
      }
      throw error
    }
  }

  #syncFolder(): void {
    const folder = openSync(this.#folder, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  }

  #add(file: SpoolFile): void {
    this.#files = this.#files.filter((one) => !same(one, file))
    const after = this.#files.findLastIndex((one) => compare(one, file) <= 0)
    this.#files.splice(after + 1, 0, file)
  }

  /** In the order in which they must go up: by ledger, then by sequence. */
  list(): SpoolFile[] {
    return [...this.#files]
  }

  /** Foreign files are passed over. */
  #scan(): SpoolFile[] {
    const files: SpoolFile[] = []
    for (const name of readdirSync(this.#folder)) {
      const match = namePattern.exec(name)
      if (!match) continue
      files.push({
        ledger: match[1]!,
        from: Number(match[2]),
        to: Number(match[3]),
        bytes: statSync(join(this.#folder, name)).size,
      })
    }
    return files.sort(compare)
  }

  read(file: SpoolFile): Buffer {
    return readFileSync(this.#path(file))
  }

  /** Deletes what the vault holds. */
  acknowledge(ledger: string, upTo: number): void {
    for (const file of this.#files) if (file.ledger === ledger && file.to <= upTo) this.remove(file)
  }

  holds(ledger: string, seq: number): boolean {
    return this.#files.some((file) => file.ledger === ledger && file.from <= seq && seq <= file.to)
  }

  /** Deletes one batch that the vault keeps. */
  remove(file: SpoolFile): void {
    rmSync(this.#path(file), { force: true })
    this.#files = this.#files.filter((one) => !same(one, file))
  }

  /** Highest sequence of a ledger that stands in the spool, 0 for none. */
  highest(ledger: string): number {
    return this.list().reduce((most, file) => (file.ledger === ledger ? Math.max(most, file.to) : most), 0)
  }
}

function compare(a: SpoolFile, b: SpoolFile): number {
  return a.ledger === b.ledger ? a.from - b.from : a.ledger < b.ledger ? -1 : 1
}

function same(a: SpoolFile, b: SpoolFile): boolean {
  return a.ledger === b.ledger && a.from === b.from && a.to === b.to
}
