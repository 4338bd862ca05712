import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CodedError } from '../../shared/contracts/contract.ts'
import { leaseLabel } from '../../shared/contracts/device.ts'
import { generateRawKeyPair, privateKeyObject } from '../../shared/formats/keys.ts'
import { signDocument } from '../../shared/formats/trust.ts'
import { Cache } from '../cache/database.ts'
import type { ProviderChannel } from '../channels/channel.ts'
import { Ledger } from '../ledger/ledger.ts'
import { MediaStore } from '../media/store.ts'
import { AccountRunner, type AccountRunnerOptions } from './account-runner.ts'
import { LeaseKeeper, type LeaseOptions } from './lease-keeper.ts'
import { RemoteSends } from './remote-sends.ts'
import { Sender } from './sender.ts'

const policy = generateRawKeyPair('ed25519')
const policyKey = { publicKey: policy.publicKey, privateKey: privateKeyObject('ed25519', policy.privateKey) }
const lease = { account: 'a', workstation: 'w', epoch: '1.1', at: 1, validMs: 43_200_000 }
let folder: string
let cache: Cache
let started: number
let acquire: () => Promise<void>
let epoch: string
let asked: string[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-runner-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  started = 0
  acquire = () => Promise.resolve()
  epoch = '1.1'
  now = 1
  others = 0
  told = 0
  asked = []
})
afterEach(() => {
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

let told = 0
let now = 1
let others = 0

function runner(more: Partial<AccountRunnerOptions> = {}): AccountRunner {
  const call = (async (method: string) => {
    asked.push(method)
    if (method !== 'lease.acquire') return {}
    await acquire()
    return { document: signDocument(leaseLabel, { ...lease, epoch }, policyKey) }
  }) as LeaseOptions['call']
  const ledger = new Ledger(cache, 'ledger')
  const channel = { start: async () => void started++, stop: async () => {} } as Partial<ProviderChannel>
  return new AccountRunner({
    id: 'a',
    lease: new LeaseKeeper({
      account: 'a',
      workstation: 'w',
      cache,
      call,
      policyKeys: () => [policy.publicKey],
      now: () => now,
      othersRan: () => void others++,
    }),
    sender: new Sender({
      account: 'a',
      cache,
      media: new MediaStore(join(folder, 'media')),
      now: () => 1,
      context: (writer, touched) => ({
        account: 'a',
        epoch: '1.1',
        now: 1,
        touched,
        append: (draft) => void ledger.append(writer, draft),
      }),
      mayLeaveUpTo: () => 0,
      refusal: () => null,
      uploading: () => {},
      isPolicyKnown: () => true,
      committed: () => {},
      remote: new RemoteSends({ account: 'a', cache, call, epoch: () => '1.1', fetch: () => {} }),
    }),
    createChannel: () => channel as ProviderChannel,
    isVaultConnected: () => true,
    changed: () => {},
    held: () => void told++,
    paired: () => {},
    drain: () => {},
    flushed: () => Promise.resolve(),
    ...more,
  })
}

test('after a restart the lease is here while the vault is asked anew, until it says that somebody else has it', async () => {
  const first = runner()
  expect(first.holdsLease).toBe(false)
  await first.start()
  await first.end(false)
  const second = runner()
  acquire = () => {
    asked.push(`${second.state}, ${second.holdsLease}`)
    return Promise.reject(new CodedError('lease_held', 'Bob'))
  }
  await second.start()
  expect(asked.at(-1)).toMatch(/, true$/)
  expect([second.state, second.holdsLease]).toEqual(['elsewhere', false])
  await second.end(false)
})

test('a lease that somebody else has taken does not come back with a restart without the vault', async () => {
  const first = runner()
  await first.start()
  acquire = () => Promise.reject(new CodedError('lease_held', 'Bob'))
  await first.start()
  expect([first.state, told]).toEqual(['elsewhere', 1])
  await first.end(false)
  const second = runner({ isVaultConnected: () => false })
  await second.start()
  expect(started).toBe(1)
  await second.end(false)
})

test('a full disk does not keep an account from ending', async () => {
  const full = runner({
    drain: () => {
      throw new CodedError('disk_full', 'no room')
    },
  })
  await full.start()
  await expect(full.end(true)).resolves.toBeUndefined()
})

test('a lease that is granted after the end starts nothing', async () => {
  let grant = (): void => {}
  acquire = () => new Promise((resolve) => (grant = resolve))
  const late = runner()
  void late.start()
  await new Promise((resolve) => setImmediate(resolve))
  const ended = late.end(false)
  grant()
  await ended
  expect(started).toBe(0)
})

test('what was recorded under an epoch is flushed before its lease is given back', async () => {
  const last = runner({ drain: () => void asked.push('drain'), flushed: async () => void asked.push('flushed') })
  await last.start()
  await last.end(true)
  expect(asked).toEqual(['lease.acquire', 'drain', 'flushed', 'lease.release'])
})

test('a lease that ended while the timers stood still is noticed by the watch', async () => {
  const asleep = runner()
  await asleep.start()
  acquire = () => Promise.reject(new CodedError('keeper_away', 'away'))
  now += lease.validMs
  expect(asleep.channel).not.toBeNull()
  asleep.watchLease()
  await expect.poll(() => asleep.channel).toBeNull()
  await asleep.end(false)
})

test('the next epoch goes on with what was intended; one that others came before does not', async () => {
  for (const [next, expected] of [
    ['1.1', 0],
    ['1.2', 0],
    ['1.4', 1],
    ['2.1', 2],
  ] as const) {
    epoch = next
    const restarted = runner()
    await restarted.start()
    await restarted.end(true)
    expect([next, others]).toEqual([next, expected])
  }
})
