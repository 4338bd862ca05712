/** A stolen disk is noise and the gateway sees no content: fifty planted plaintexts and every key are looked for where they must not be. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { imageOf, findInImage, findInMemory, maySeeMemory, SecretScanner, sizeOf } from '../harness/secret-scan.ts'
import type { FolderImage } from '../harness/secret-scan.ts'
import { plant, untilVaultHasAll, type Planted } from '../harness/planted.ts'
import { cellsOf, openProfile, type OpenedProfile } from '../harness/opened-profile.ts'
import { SmallCompany } from '../harness/small-company.ts'
import { exportMessages } from '../harness/vault.ts'
import { databaseKey } from '../../vault/database/key-file.ts'
import { connect } from '../../vault/database/open.ts'

const awayText = 'while the vault sleeps the saffron price is 3,333'

let company: SmallCompany
let planted: Planted
let scanner: SecretScanner
/** The profile as a thief would copy it: the vault away, the engine just killed. */
let profile: FolderImage
let opened: OpenedProfile
let engineLog: string

beforeAll(async () => {
  company = await SmallCompany.open(20_261)
  planted = await plant(company)
  scanner = new SecretScanner(planted.secrets)
})

afterAll(() => company?.close())

test('fifty plaintexts stand in the vault', async () => {
  expect(planted.secrets).toHaveLength(50)
  const exported = await Promise.all(company.accounts.map(({ id }) => exportMessages(company.data, id)))
  const texts = exported
    .flat()
    .map(({ message }) => (message === null ? '' : (JSON.parse(message) as { text: string }).text))
  expect(texts.toSorted()).toEqual(planted.texts.toSorted())
})

describe.skipIf(!maySeeMemory)('in memory (only root may look into other processes)', () => {
  test('the gateway holds none of the plaintexts', () => {
    const { found, bytes } = findInMemory(scanner, company.vault.ready.pids.gateway)
    expect([...found]).toEqual([])
    expect(bytes).toBeGreaterThan(20 * 1024 * 1024)
  })

  test('the same search finds plaintexts in the engine and in the keeper', () => {
    expect(findInMemory(scanner, company.engine.process.pid, 1).found.size).toBeGreaterThan(0)
    expect(findInMemory(scanner, company.vault.ready.pids.keeper, 1).found.size).toBeGreaterThan(0)
  })
})

describe('on the disk of the workstation', () => {
  beforeAll(async () => {
    await company.vault.process.stop()
    const customer = planted.customers[0]!
    const account = company.account(customer.channel).simulated.id
    await company.control.say(customer.id, account, awayText)
    await company.engine.event('recorded', (line) => line['text'] === awayText)
    await untilSpooled()
    await company.engine.process.kill()
    profile = imageOf(company.profile)
    engineLog = company.engine.process.errors
    await company.startVault()
    opened = await openProfile(company.profile, readFileSync(company.pinFile, 'utf8').trim())
  })

  test('the image is complete: databases with their logs, a spool that waits, keys and settings', () => {
    const names = [...profile.files.keys()]
    for (const slot of [1, 2]) {
      const cache = profile.files.get(`cache-${slot}.db`)
      expect(cache?.length).toBeGreaterThan(4096)
      expect(cache?.subarray(0, 15).toString('latin1')).not.toBe('SQLite format 3')
    }
    expect(profile.files.get('cache-1.db-wal')?.length).toBeGreaterThan(4096)
    expect(names.filter((name) => /^spool\/.*\.batch$/.test(name))).not.toEqual([])
    expect(names).toEqual(expect.arrayContaining(['keys-1.json', 'keys-2.json', 'device.json', 'secret.json']))
  })

  test('no plaintext stands in any file or in what the engine logged', () => {
    const away = new SecretScanner([...planted.secrets, { name: 'away', bytes: Buffer.from(awayText) }])
    expect(findInImage(away, profile)).toEqual([])
    expect([...away.find(Buffer.from(engineLog))]).toEqual([])
  })

  test('the same search finds all fifty in the opened cache', () => {
    const found = scanner.find(opened.cells)
    expect(planted.secrets.map(({ name }) => name).filter((name) => !found.has(name))).toEqual([])
  })

  test('cache key, vault share, opening key and the providers’ session keys stand nowhere', () => {
    expect(opened.secrets.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['cache key', 'vault share', 'opening key']),
    )
    for (const channel of ['whatsapp', 'telegram'] as const) {
      const { id } = company.account(channel)
      expect(opened.secrets.filter(({ name }) => name.startsWith(`${id} `)).length).toBeGreaterThan(0)
    }
    const keys = new SecretScanner(opened.secrets)
    expect(findInImage(keys, profile)).toEqual([])
    expect([...keys.find(Buffer.from(engineLog))]).toEqual([])
  })
})

describe('on the disk of the gateway', () => {
  beforeAll(async () => {
    await company.startEngine()
    await company.untilLive()
    await untilVaultHasAll(company)
  })

  test('its data folder holds no plaintext and no key of the workstation, its opened database neither', async () => {
    const secrets = new SecretScanner([...planted.secrets, ...opened.secrets])
    expect(findInImage(secrets, imageOf(join(company.data, 'gateway')))).toEqual([])
    await company.vault.process.stop()
    expect(findInImage(secrets, imageOf(join(company.data, 'gateway')))).toEqual([])
    const cells = gatewayCells()
    expect(cells.length).toBeGreaterThan(1000)
    expect([...secrets.find(cells)]).toEqual([])
  })

  test('the keeper’s data folder holds no plaintext in clear either', () => {
    expect(sizeOf(join(company.data, 'keeper', 'keeper.db'))).toBeGreaterThan(4096)
    expect(findInImage(scanner, imageOf(join(company.data, 'keeper')))).toEqual([])
  })
})

/** Every value in the gateway's database, opened with the gateway's own key. */
function gatewayCells(): Buffer {
  const folder = join(company.data, 'gateway')
  const key = databaseKey(readFileSync(join(folder, 'master.key')), 'gateway.db')
  const db = connect(join(folder, 'gateway.db'), key, true)
  try {
    return cellsOf({ all: (sql) => db.prepare(sql).all() as Record<string, unknown>[] })
  } finally {
    db.close()
  }
}

async function untilSpooled(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const names = [...imageOf(company.profile).files.keys()]
    if (names.some((name) => name.startsWith('spool/') && name.endsWith('.batch'))) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('nothing stands in the spool')
}
