import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { packageManifestName, packageManifestSchema } from '../../shared/contracts/package-manifest.ts'
import { checkOwnFiles, checkRuntimeFiles, readManifest } from './package-files.ts'

const contents: Record<string, string> = {
  sealdesk: 'the program',
  'locales/de.pak': 'words',
  'resources/app.asar': 'our code',
  'resources/app.asar.unpacked/node_modules/@signalapp/sqlcipher/one.node': 'native code',
}
let folder: string

function put(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-package-files-'))
  for (const [name, text] of Object.entries(contents)) put(name, text)
  const files = Object.fromEntries(
    Object.entries(contents).map(([name, text]) => [
      name,
      { bytes: text.length, sha256: createHash('sha256').update(text).digest('hex') },
    ]),
  )
  put(packageManifestName, JSON.stringify({ format: 'sealdesk/package/1', files }))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const refusal = (name: string): unknown =>
  expect.objectContaining({ code: 'package_changed', message: expect.stringContaining(name) as string })

test('an unchanged package passes', async () => {
  const manifest = readManifest(folder)
  expect(() => checkOwnFiles(folder, manifest)).not.toThrow()
  await expect(checkRuntimeFiles(folder, manifest)).resolves.toBeUndefined()
})

test.each([
  ['changed, of the same length', 'resources/app.asar', 'OUR code'],
  ['longer', 'resources/app.asar', 'our code and more'],
  ['added', 'resources/app.asar.unpacked/node_modules/@signalapp/sqlcipher/two.node', 'foreign'],
  ['added beside the archive', 'resources/app/package.json', '{}'],
])('a file of ours that is %s is found', (_how, name, text) => {
  put(name, text)
  expect(() => checkOwnFiles(folder, readManifest(folder))).toThrow(refusal(name) as Error)
})

test('a file of ours that is missing is found', () => {
  rmSync(join(folder, 'resources/app.asar'))
  expect(() => checkOwnFiles(folder, readManifest(folder))).toThrow(refusal('resources/app.asar') as Error)
})

test.each([
  ['changed', (name: string) => put(name, 'WORDS')],
  ['cut', (name: string) => put(name, 'wor')],
  ['missing', (name: string) => rmSync(join(folder, name))],
])("a file of Electron's that is %s is found", async (_how, change) => {
  change('locales/de.pak')
  await expect(checkRuntimeFiles(folder, readManifest(folder))).rejects.toEqual(refusal('locales/de.pak'))
})

test.each(['', '{}', '{"format":"sealdesk/package/2","files":{}}'])('a list that says %j is refused', (text) => {
  put(packageManifestName, text)
  expect(() => readManifest(folder)).toThrow(refusal(packageManifestName) as Error)
})

test('a list names no file outside of the package', () => {
  const file = { bytes: 0, sha256: '0'.repeat(64) }
  for (const name of ['../x', '/etc/passwd', 'a/../../x', '.', 'a//b', 'a/./b', 'a\\b']) {
    expect(
      packageManifestSchema.safeParse({ format: 'sealdesk/package/1', files: { [name]: file } }).success,
      name,
    ).toBe(false)
  }
})
