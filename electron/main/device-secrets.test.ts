import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DeviceSecretsFile, protects, type Keystore } from './device-secrets.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-secrets-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const secrets = { deviceShare: 'share-'.padEnd(43, 'A'), signingKey: 'sign-'.padEnd(43, 'B') }

/** Stands in for the operating system's keystore; `prefix` is what Chromium writes before a sealed value. */
function keystore(prefix: string, mask: number): Keystore {
  const turn = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => byte ^ mask))
  return {
    isEncryptionAvailable: () => true,
    encryptString: (text) => Buffer.concat([Buffer.from(prefix), turn(Buffer.from(text))]),
    decryptString: (sealed) => turn(sealed.subarray(prefix.length)).toString(),
  }
}
const none: Keystore = {
  isEncryptionAvailable: () => false,
  encryptString: () => {
    throw new Error('no keystore')
  },
  decryptString: () => {
    throw new Error('no keystore')
  },
}

test('without a keystore the secrets are in a file that only this user reads', () => {
  const file = new DeviceSecretsFile(folder, none, 'linux')
  expect(file.find()).toBeNull()
  file.keep(secrets)
  expect(file.find()).toEqual(secrets)
  expect(statSync(join(folder, 'device.json')).mode & 0o777).toBe(0o600)
})

test('with a keystore nothing of them is readable in the profile', () => {
  const file = new DeviceSecretsFile(folder, keystore('v11', 0x5a), 'linux')
  file.keep(secrets)
  expect(file.find()).toEqual(secrets)
  expect(existsSync(join(folder, 'device.json'))).toBe(false)
  expect(readFileSync(join(folder, 'device.sealed')).includes(secrets.deviceShare)).toBe(false)
})

test('a keystore that appears later takes the secrets over and leaves no open file behind', () => {
  new DeviceSecretsFile(folder, none, 'linux').keep(secrets)
  expect(new DeviceSecretsFile(folder, keystore('v11', 0x5a), 'linux').find()).toEqual(secrets)
  expect(existsSync(join(folder, 'device.json'))).toBe(false)
})

test('the fixed public password of Linux is no protection', () => {
  expect(protects(keystore('v10', 1), 'linux')).toBe(false)
  expect(protects(keystore('v11', 1), 'linux')).toBe(true)
  expect(protects(keystore('v10', 1), 'darwin')).toBe(true)
})

test('another keyring or a damaged file answers like an empty one', () => {
  new DeviceSecretsFile(folder, keystore('v11', 0x5a), 'linux').keep(secrets)
  expect(new DeviceSecretsFile(folder, keystore('v11', 0x11), 'linux').find()).toBeNull()
  rmSync(join(folder, 'device.sealed'))
  writeFileSync(join(folder, 'device.json'), '{"deviceShare":1}')
  expect(new DeviceSecretsFile(folder, none, 'linux').find()).toBeNull()
})
