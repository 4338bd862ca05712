/** Small named values of the cache. */
import type { Reader, Writer } from './database.ts'

export function findNumber(reader: Reader, key: string): number | null {
  return reader.get<{ value: number }>('SELECT value FROM meta WHERE key = ?', [key])?.value ?? null
}

export function findBytes(reader: Reader, key: string): Uint8Array | null {
  return reader.get<{ value: Uint8Array }>('SELECT value FROM meta WHERE key = ?', [key])?.value ?? null
}

export function findText(reader: Reader, key: string): string | null {
  return reader.get<{ value: string }>('SELECT value FROM meta WHERE key = ?', [key])?.value ?? null
}

export function putValue(writer: Writer, key: string, value: number | string | Uint8Array): void {
  writer.run('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value', [
    key,
    value,
  ])
}
