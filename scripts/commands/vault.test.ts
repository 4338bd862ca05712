import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'vault.ts'), ...args], {
    encoding: 'utf8',
  })
  return { status, stdout, lines: stderr.trimEnd().split('\n') }
}

test('help names the options', () => {
  const { status, stdout } = run('--help')
  expect(status).toBe(0)
  for (const option of ['--data', '--gateway', '--console', '--passphrase-file', '--json'])
    expect(stdout).toContain(option)
})

test('what is missing, malformed or not offered yet is refused in one line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sealdesk-vault-'))
  for (const [args, words] of [
    [[], '--data DIR is missing'],
    [['--data', folder, '--database', 'postgres://127.0.0.1/x'], 'only SQLite'],
    [['--data', folder, '--blobs', 's3://x'], 'only the folder'],
    [['--data', folder, '--gateway', 'nowhere'], 'not HOST:PORT'],
    [['--data', folder, '--nonsense'], '--nonsense'],
    [['--data', folder, '--json'], 'vault:admin init'],
  ] as const) {
    const { status, stdout, lines } = run(...args)
    expect([status, stdout, lines.length]).toEqual([1, '', 1])
    expect(lines[0]).toContain(words)
  }
  rmSync(folder, { recursive: true })
})
