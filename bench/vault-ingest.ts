/** vault-ingest: the gateway's intake of sealed batches of 100 events, against raw durable inserts of the same rows. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openStore } from '../vault/database/open.ts'
import { createAlerts } from '../vault/gateway/alerts/alerts.ts'
import { createCopies } from '../vault/gateway/copies/copies.ts'
import { createDevices } from '../vault/gateway/devices/devices.ts'
import { gatewayFeatures } from '../vault/gateway/index.ts'
import { createIntake } from '../vault/gateway/intake/intake.ts'
import { createTestCompany } from '../vault/gateway/test-company.ts'
import type { Benchmark } from './benchmark.ts'
import { writeMessages } from './ledger-batches.ts'
import { RawVault, readArrival } from './raw-vault.ts'
import { interleave, take } from './rounds.ts'

const batchSize = 100
const batchesPerRound = 30
const [account, epoch] = ['bench-account', '1.1']

export const vaultIngest: Benchmark = {
  id: 'vault-ingest',
  what: 'intake of sealed batches of 100 events / raw durable inserts of the same rows',
  async run(setting) {
    const key = randomBytes(32)
    const clock = { now: () => 1_700_000_000_000 }
    const company = createTestCompany()
    const device = company.device()
    const store = await openStore(join(setting.folder, 'ours.db'), key, gatewayFeatures)
    const alerts = createAlerts(store, clock)
    const copies = await createCopies(store, null)
    await copies.putTrust(company.trust)
    const devices = await createDevices({ store, copies, alerts, clock, log: () => undefined })
    await devices.put(device.enrolment, Buffer.from(device.secretHash, 'hex'))
    await copies.putLease(company.lease(account, device.workstation, epoch))
    const intake = createIntake({ store, clock, alerts, devices, leases: copies, grown: () => undefined })
    const raw = new RawVault(join(setting.folder, 'raw.db'), key)

    const count = batchesPerRound * (setting.rounds + 1)
    writeMessages(device, count * batchSize, account, epoch)
    const batches = Array.from({ length: count }, (_, i) => device.batch(i * batchSize + 1, (i + 1) * batchSize))
    const arrivals = batches.map((bytes) => readArrival(bytes, device.workstation, clock.now()))
    const of = <T>(all: T[], round: number, index: number): T => all[round * batchesPerRound + index]!
    const rounds = await interleave(setting, {
      ours: (round) =>
        take(
          batchesPerRound,
          (bytes: Buffer) => intake.accept(bytes),
          (index) => of(batches, round, index),
        ),
      control: (round) =>
        take(
          batchesPerRound,
          (rows: ReturnType<typeof readArrival>) => raw.put(rows),
          (index) => of(arrivals, round, index),
        ),
    })
    const upTo = await intake.upTo(device.ledger)
    const marked = (await intake.pull(0, 1)).rows.some((row) => row.marks.staleEpoch)
    await store.close()
    raw.close()
    return {
      comparisons: [
        { name: 'events', goal: { at: 'least', ratio: 0.7 }, rounds, perSample: batchSize, cpuCounts: false },
      ],
      checks: [
        {
          name: 'every event acknowledged, none marked',
          held: upTo === count * batchSize && !marked,
          detail: `${upTo}`,
        },
      ],
    }
  },
}
