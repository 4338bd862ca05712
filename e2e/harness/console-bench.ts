/** A company with a past, and its console in Chromium: what the journeys of the console begin with. */
import { join } from 'node:path'
import type { Browser, Page } from '@playwright/test'
import { TestVault } from '../../vault/keeper/test-vault.ts'
import { TestWorkstation } from '../../vault/keeper/test-workstation.ts'
import { sampleFile } from '../simulators/control/sample-files.ts'
import { openConsole } from './console.ts'

export const dayMs = 86_400_000
export const consoleAreas = [
  'overview',
  'conversations',
  'employees',
  'workstations',
  'accounts',
  'audit',
  'settings',
] as const

export interface ConsoleBench {
  vault: TestVault
  browser: Browser
  page: Page
  url: string
  /** For a keeper that is started again. */
  consoleFiles: string
  seat: TestWorkstation
  /** Ids of Ana's two accounts. */
  brazil: string
  asia: string
  /** Where the page stands by its address. */
  go(place: string): Promise<void>
  stop(): Promise<void>
}

/** Sixty employees, two accounts, a long conversation, one that waits, one with files, a group, and an alert. */
export async function openConsoleBench(): Promise<ConsoleBench> {
  const vault = await TestVault.init()
  // The browser has the machine's time, and the charts are of the last days.
  vault.clock.time = Date.now()
  await vault.startGateway()
  const consoleFiles = join(import.meta.dirname, '../../dist/console')
  await vault.startKeeper({ consoleFiles })
  const url = vault.running!.consoleUrl!
  const filled = await fill(vault)
  const { browser, page } = await openConsole(url)
  return {
    vault,
    browser,
    page,
    url,
    consoleFiles,
    ...filled,
    go: (place) => page.evaluate((hash) => void (location.hash = hash), `#/${place}`),
    async stop() {
      await browser.close()
      await vault.stop()
    },
  }
}

async function fill(vault: TestVault): Promise<Pick<ConsoleBench, 'seat' | 'brazil' | 'asia'>> {
  const { people, accounts } = vault.keeper
  for (let n = 1; n <= 60; n++)
    await people.add('local', { name: `Person ${n}`, role: 'salesperson', team: n % 2 ? 'North' : 'South' })
  const { id: ana } = await people.add('local', { name: 'Ana Sales', role: 'salesperson', team: 'North' })
  const account = (channel: 'whatsapp' | 'telegram', name: string) =>
    accounts.add('local', { channel, name, employee: ana, telegramApi: null })
  const [brazil, asia] = [await account('whatsapp', 'Brazil 1'), await account('telegram', 'Asia 1')]
  const seat = await TestWorkstation.enrol(vault, ana)
  const now = vault.clock.time
  for (let n = 0; n < 260; n++) {
    const said = { providerId: `L${n}`, text: `line ${n}`, time: now - 10 * dayMs + n * 3_300_000 }
    seat.say(brazil, { address: '1@lid', name: 'Li Wei' }, { ...said, direction: n % 3 === 2 ? 'out' : 'in' })
  }
  seat.say(brazil, { address: '2@lid', name: 'Pia Waits' }, { providerId: 'W1', text: 'hello?', time: now - 7_200_000 })
  const member = { address: '3@lid', aliases: [], name: 'Member' }
  const group = { address: '123@g.us', name: 'Resellers' }
  seat.say(brazil, group, { providerId: 'G1', text: 'in the group', time: now - dayMs, as: member })
  seat.write('account.seen/1', { address: '77@lid' }, { account: brazil })
  const device = { name: null, platform: null, current: false, activeAt: null }
  const devices = [{ ...device, platform: 'phone' }, { ...device, current: true }, device]
  seat.write('account.devices/1', { phone: '5511940028922', devices }, { account: brazil })
  await seat.upload()
  await sendFiles(seat, brazil, now)
  await vault.keeper.store.transaction((db) => vault.keeper.alerts.raise(db, 'pin_blocked', null))
  return { seat, brazil, asia }
}

const files = [
  { kind: 'image', mime: 'image/jpeg', name: null },
  { kind: 'video', mime: 'video/mp4', name: null },
  { kind: 'voice', mime: 'audio/ogg', name: null },
  { kind: 'document', mime: 'application/pdf', name: 'offer.pdf' },
] as const
const list = Buffer.from('article;pieces\nX200;40\n')

/** Ours, so that nobody waits for an answer to them. */
async function sendFiles(seat: TestWorkstation, account: string, now: number): Promise<void> {
  const peer = { address: '4@lid', name: 'Files Only' }
  const all = [
    ...files.map((one) => ({ ...one, bytes: Buffer.from(sampleFile(one.kind, one.kind).bytes) })),
    { kind: 'document', mime: 'text/csv', name: 'list.csv', bytes: list } as const,
  ]
  const sealed = all.map(({ kind, mime, name, bytes }, index) => {
    const measures = { width: null, height: null, durationS: null, waveform: null }
    const file = { ...measures, name, mime, bytes: bytes.length }
    const providerId = `F${index}`
    const time = now - 2 * dayMs + index * 1000
    seat.say(account, peer, { providerId, kind, time, details: { file }, direction: 'out' })
    return seat.store(account, peer.address, bytes, { providerId, mime, direction: 'out' })
  })
  for (const one of sealed) await seat.putFile(one)
  await seat.upload()
}
