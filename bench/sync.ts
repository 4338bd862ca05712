/** sync: from the inbox row to the gateway's acknowledgement, against the primitives that it cannot do without. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { createTestCompany } from '../vault/gateway/test-company.ts'
import type { Benchmark, BenchmarkSetting, Round, Taken } from './benchmark.ts'
import { createMessageEvents } from './corpus.ts'
import { writeMessages } from './ledger-batches.ts'
import { account, openOurs, recordBatch } from './our-cache.ts'
import { RawCache, readRows } from './raw-cache.ts'
import { RawVault, readArrival } from './raw-vault.ts'
import { openPipeline, startGatewayProcess, type GatewayProcess, type Pipeline } from './sync-world.ts'

const samplesPerRound = 30
/** Arrive as fast as they can, to find the rate that half load is half of. */
const fullLoad = 500
const halfLoadMs = 1000
/** Between two idle samples: nothing of the last one runs any more. */
const restMs = 20

/** One cache commit, one vault commit and one TLS round trip, one after the other. */
async function createPrimitives(
  setting: BenchmarkSetting,
  gateway: GatewayProcess,
  data: string,
): Promise<{ run(): Promise<Taken>; stop(): Promise<void> }> {
  const key = randomBytes(32)
  const count = samplesPerRound * (setting.rounds + 1)
  const template = openOurs(join(setting.folder, 'template.db'), key, [])
  recordBatch(template, createMessageEvents(count, 6))
  const rows = readRows(template.cache)
  template.cache.close()
  const cache = new RawCache(join(setting.folder, 'raw-cache.db'), key)
  cache.putPeople(rows)
  const device = createTestCompany().device()
  writeMessages(device, count, account, '1.1')
  const batches = Array.from({ length: count }, (_, i) => device.batch(i + 1, i + 1))
  const arrivals = batches.map((bytes) => readArrival(bytes, device.workstation, 1))
  const vault = new RawVault(join(setting.folder, 'raw-vault.db'), key)
  const server = new Worker(new URL('./echo-server.ts', import.meta.url), {
    workerData: { tls: join(data, 'gateway', 'tls') },
  })
  const [port] = (await once(server, 'message')) as [number]
  const agent = new Agent({ keepAlive: true, ca: gateway.ca })
  let next = 0
  const run = async (): Promise<Taken> => {
    const taken: Taken = { samplesMs: [], cpuMs: 0 }
    for (let i = 0; i < samplesPerRound; i++, next++) {
      await wait(restMs)
      const cpu = process.cpuUsage()
      const startedAt = performance.now()
      cache.put([rows.messages[next]!], { index: false, inboxFrom: null })
      vault.put(arrivals[next]!)
      await post(`https://127.0.0.1:${port}/`, agent, batches[next]!)
      taken.samplesMs.push(performance.now() - startedAt)
      const used = process.cpuUsage(cpu)
      taken.cpuMs += (used.user + used.system) / 1000
    }
    return taken
  }
  const stop = async (): Promise<void> => {
    agent.destroy()
    await server.terminate()
    cache.db.close()
    vault.close()
  }
  return { run, stop }
}

function post(url: string, agent: Agent, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      { agent, method: 'POST', headers: { 'content-length': String(body.length) } },
      (reply) => {
        reply.resume()
        reply.on('end', () => resolve())
      },
    )
    call.on('error', reject)
    call.end(body)
  })
}

/** Numbers of events that have not been used yet. */
type Fresh = () => number

async function idle(pipeline: Pipeline, fresh: Fresh): Promise<Taken> {
  const taken: Taken = { samplesMs: [], cpuMs: 0 }
  for (let i = 0; i < samplesPerRound; i++) {
    await wait(restMs)
    pipeline.arrive(fresh(), 0)
    const cpu = process.cpuUsage()
    const startedAt = performance.now()
    pipeline.changed()
    const [acknowledgedAt] = await pipeline.acknowledged()
    taken.samplesMs.push(acknowledgedAt! - startedAt)
    const used = process.cpuUsage(cpu)
    taken.cpuMs += (used.user + used.system) / 1000
  }
  return taken
}

/** Events per ms that arrive, are recorded and acknowledged when nothing holds them back. */
async function findRate(pipeline: Pipeline, fresh: Fresh): Promise<number> {
  const startedAt = performance.now()
  for (let i = 0; i < fullLoad; i++) {
    pipeline.arrive(fresh(), 0)
    pipeline.changed()
    await nextTurn()
  }
  await pipeline.acknowledged()
  return fullLoad / (performance.now() - startedAt)
}

/** Latency counts from the moment at which an event was due, so that a late arrival hides nothing. */
async function underLoad(pipeline: Pipeline, fresh: Fresh, perMs: number): Promise<Taken> {
  const cpu = process.cpuUsage()
  const count = Math.ceil(halfLoadMs * perMs)
  const startedAt = performance.now()
  for (let sent = 0; sent < count;) {
    const due = Math.min(count, Math.floor((performance.now() - startedAt) * perMs))
    for (; sent < due; sent++) {
      pipeline.arrive(fresh(), startedAt + sent / perMs)
      pipeline.changed()
    }
    await wait(1)
  }
  const samplesMs = await pipeline.acknowledged()
  const used = process.cpuUsage(cpu)
  return { samplesMs, cpuMs: (used.user + used.system) / 1000 }
}

export const sync: Benchmark = {
  id: 'sync',
  what: 'inbox row to acknowledgement / cache commit + vault commit + TLS round trip',
  async run(setting) {
    const data = join(setting.folder, 'vault')
    mkdirSync(data)
    const gateway = await startGatewayProcess(data)
    const events = createMessageEvents(60_000, 7)
    const pipeline = openPipeline(setting.folder, randomBytes(32), gateway, events)
    const primitives = await createPrimitives(setting, gateway, data)
    let used = 0
    const fresh: Fresh = () => used++
    const [idleRounds, loadRounds]: [Round[], Round[]] = [[], []]
    const rates: number[] = []
    for (let round = 0; round <= setting.rounds; round++) {
      const first = round % 2 === 0 ? await primitives.run() : null
      const ours = await idle(pipeline, fresh)
      const control = first ?? (await primitives.run())
      const rate = await findRate(pipeline, fresh)
      const loaded = await underLoad(pipeline, fresh, rate / 2)
      if (round === 0) continue
      rates.push(Math.round(rate * 1000))
      idleRounds.push({ ours, control })
      loadRounds.push({ ours: loaded, control: ours })
    }
    setting.say(`full load of the rounds: ${rates.join(', ')} events a second`)
    pipeline.stop()
    await primitives.stop()
    await gateway.stop()
    const [ms, cpuCounts] = [{ perSample: null }, false]
    return {
      comparisons: [
        { name: 'idle', goal: { at: 'most', ratio: 3 }, rounds: idleRounds, ...ms, cpuCounts },
        { name: 'half load, p95', goal: { at: 'most', ratio: 5 }, rounds: loadRounds, ...ms, cpuCounts, figure: 'p95' },
      ],
      checks: [],
    }
  },
}
