/** For the sync benchmark: a gateway process with one enrolled device, and the engine's way from the inbox to its acknowledgement. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Outbox } from '../engine/ledger/outbox.ts'
import { Spool } from '../engine/ledger/spool.ts'
import { Recorder } from '../engine/recorder/recorder.ts'
import { createVaultAgent } from '../engine/sync/tls.ts'
import { Uploader } from '../engine/sync/uploader.ts'
import { createTestCompany, makeTls, type TestDevice } from '../vault/gateway/test-company.ts'
import { connectKeeper, openLink, putDevice } from '../vault/gateway/test-network.ts'
import type { MessageEvent } from './corpus.ts'
import { account, now, openOurs } from './our-cache.ts'

export interface GatewayProcess {
  url: string
  ca: string
  device: TestDevice
  /** Of the device's live link. */
  token: string
  /** Ends the process and waits for its end. */
  stop(): Promise<void>
}

/** A gateway process that knows one company, one device and its lease. */
export async function startGatewayProcess(data: string): Promise<GatewayProcess> {
  const ca = makeTls(data)
  const entry = fileURLToPath(new URL('../vault/gateway/index.ts', import.meta.url))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, '--data', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const kill = (): void => void child.kill('SIGKILL')
  // Before the folder of this run is removed.
  process.prependOnceListener('exit', kill)
  const line = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>
  const ended = once(child, 'exit').then(() => {
    throw new Error('the gateway ended before it was ready')
  })
  const [text] = await Promise.race([line, ended])
  ended.catch(() => {})
  const { gateway: url } = JSON.parse(text) as { gateway: string }
  const company = createTestCompany()
  const device = company.device()
  const keeper = await connectKeeper(data, company)
  await putDevice(keeper, device)
  await keeper.call('lease.put', { document: company.lease(account, device.workstation, '1.1') })
  const link = await openLink(url, ca, device, device.secret)
  const stop = async (): Promise<void> => {
    process.off('exit', kill)
    link.socket.terminate()
    keeper.close()
    if (child.exitCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
  }
  return { url, ca, device, token: link.token, stop }
}

export interface Pipeline {
  /** An event reaches the inbox, durably, as a channel puts it there. `since`: when its latency began. */
  arrive(index: number, since: number): void
  /** The inbox has grown: what a channel tells the recorder. */
  changed(): void
  /** Resolves when everything that arrived has been acknowledged; the latencies in ms since the last call, in order. */
  acknowledged(): Promise<number[]>
  stop(): void
}

/** Wired as a session does it: inbox, recorder, ledger, outbox, spool, upload, acknowledgement. Each event makes one ledger event. */
export function openPipeline(
  folder: string,
  key: Uint8Array,
  gateway: GatewayProcess,
  events: MessageEvent[],
): Pipeline {
  const { cache, ledger, store } = openOurs(join(folder, 'ours.db'), key, events, gateway.device.ledger)
  const spool = new Spool(join(folder, 'spool'))
  const waiting: number[] = []
  let first = 1
  let latencies: number[] = []
  let tell: (() => void) | null = null
  const fail = (code: string | null): void => {
    if (code !== null) throw new Error(code)
  }
  const uploader = new Uploader({
    spool,
    agent: createVaultAgent(gateway.ca),
    gateway: gateway.url,
    token: () => gateway.token,
    acknowledged: (_ledger, upTo) => {
      const at = performance.now()
      ledger.acknowledge(upTo)
      outbox.acknowledged()
      for (; first <= upTo; first++) latencies.push(at - waiting.shift()!)
      if (waiting.length === 0) tell?.()
    },
    gap: () => fail('ledger_gap'),
    trouble: fail,
  })
  const outbox = new Outbox({
    ledger,
    spool,
    sealKey: () => gateway.device.sealKey,
    signingKey: gateway.device.signing.privateKey,
    spooled: () => uploader.changed(),
    trouble: fail,
  })
  const recorder = new Recorder({
    cache,
    ledger,
    now,
    epoch: () => '1.1',
    translate: (_account, row) => [events[Number(row.key)]!],
    committed: () => outbox.changed(),
    trouble: fail,
    log: (_level, code) => fail(code),
  })
  return {
    arrive(index, since) {
      waiting.push(since)
      store.putInbox({ key: String(index), kind: 'bench', raw: events[index]!.raw })
    },
    changed: () => recorder.changed(),
    async acknowledged() {
      if (waiting.length > 0) await new Promise<void>((resolve) => (tell = resolve))
      tell = null
      const done = latencies
      latencies = []
      return done
    },
    stop() {
      recorder.stop()
      outbox.stop()
      uploader.stop()
      cache.close()
    },
  }
}
