/** The gateway: faces the workstations, stores what is sealed, enforces what the keeper decided, and opens nothing. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '../../shared/contracts/contract.ts'
import type { ClockSource } from '../../shared/clock/clock.ts'
import { databaseKey, readOrMakeKeyFile } from '../database/key-file.ts'
import { openStore, type Store } from '../database/open.ts'
import { listenLocal } from '../local-socket.ts'
import { publishAddress, rememberedPort } from './address.ts'
import { createAlerts } from './alerts/alerts.ts'
import { alertsFeature } from './alerts/queries.ts'
import { createBlobs } from './blobs/blobs.ts'
import { blobsFeature } from './blobs/queries.ts'
import { openGatewayClock, readGatewayConfig, type GatewayConfig } from './config.ts'
import { createCopies } from './copies/copies.ts'
import { copiesFeature } from './copies/queries.ts'
import { createDevices } from './devices/devices.ts'
import { devicesFeature } from './devices/queries.ts'
import { httpLimits, type HttpLimits } from './http/limits.ts'
import { createHttpServer, readTls } from './http/server.ts'
import { createIntake } from './intake/intake.ts'
import { intakeFeature } from './intake/queries.ts'
import { createKeeperHandlers, createKeeperLink } from './keeper-link/keeper-link.ts'
import { createDeviceHandlers } from './links/device-calls.ts'
import { linkTiming, serveLink, type LinkTiming } from './links/link-server.ts'
import { Links } from './links/links.ts'
import { reportBug, stderrLog, type Log } from './log.ts'

export const gatewayFeatures = [alertsFeature, copiesFeature, devicesFeature, intakeFeature, blobsFeature]

const purgeMs = 3_600_000

export interface Gateway {
  /** `https://host:port`. */
  url: string
  /** Ends links and uploads, then closes the database. Idempotent. */
  stop(): Promise<void>
}

export interface GatewayOptions extends GatewayConfig {
  clock: ClockSource
  log?: Log
  limits?: HttpLimits
  timing?: LinkTiming
}

/**
 * Throws CodedError: tls_missing (no `init` yet), already_running, database_key_wrong, database_newer, storage_full, address_taken.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const folder = join(options.data, 'gateway')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const tls = readTls(join(folder, 'tls'))
  const key = databaseKey(readOrMakeKeyFile(join(folder, 'master.key')), 'gateway.db')
  const store = await openStore(join(folder, 'gateway.db'), key, gatewayFeatures)
  try {
    return await assemble(options, folder, tls, store)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function assemble(
  options: GatewayOptions,
  folder: string,
  tls: { key: string; cert: string },
  store: Store,
): Promise<Gateway> {
  const { clock, log = stderrLog, limits = httpLimits, timing = linkTiming } = options
  const report = (error: unknown): void => reportBug(log, error)
  const alerts = createAlerts(store, clock)
  const copies = await createCopies(store, readPin(folder))
  const devices = await createDevices({ store, copies, alerts, clock, log })
  const links = new Links()
  const keeper = createKeeperLink(
    () => createKeeperHandlers({ copies, devices, intake, blobs, links, alerts, clock }),
    report,
  )
  const intake = createIntake({
    store,
    clock,
    alerts,
    devices,
    leases: copies,
    grown: () => keeper.hintGrown(intake.head),
  })
  const blobs = createBlobs({
    folder: join(folder, 'blobs'),
    store,
    clock,
    alerts,
    findByLedger: devices.findByLedger,
    // Only a hint: the keeper looks by itself as well.
    grown: (blob) => void keeper.call('blob.grown', { blob }).catch(() => undefined),
  })
  const handlers = createDeviceHandlers(copies, devices, keeper.call)
  const http = await createHttpServer({
    tls,
    limits,
    trust: copies.trust,
    enrol: (request, address) => keeper.call('enrol', { request, address }),
    accept: intake.accept,
    blobs,
    findTokenHolder: (token) => links.findByToken(token)?.workstation ?? null,
    serveLink: (socket, address) =>
      serveLink(socket, address, {
        devices,
        links,
        clock,
        upTo: intake.upTo,
        handlers,
        timing,
        report,
        ended: (link) => void devices.seen(link.workstation).catch(() => undefined),
      }),
    limited: (workstation) => void alerts.raiseAlone('rate_limited', workstation).catch(report),
    report,
  })
  // The local socket first: a second gateway on the same folder is refused before it takes a port.
  const local = await listenLocal(join(folder, 'gateway.sock'), keeper.attach)
  try {
    const url = publishAddress(folder, options.host, await listen(http, options, folder, log))
    let stopped: Promise<void> | null = null
    const endPurges = startPurges(blobs.purge, report)
    const stop = async (): Promise<void> => {
      links.closeAll()
      await http.close()
      await local.close()
      await endPurges()
      await store.close()
    }
    return { url, stop: () => (stopped ??= stop()) }
  } catch (error) {
    await local.close()
    throw error
  }
}

/** At the start and then every hour. Returns how it ends. */
function startPurges(purge: () => Promise<void>, report: (error: unknown) => void): () => Promise<void> {
  let last = purge().catch(report)
  const timer = setInterval(() => (last = purge().catch(report)), purgeMs)
  return async () => {
    clearInterval(timer)
    await last
  }
}

async function listen(
  http: Awaited<ReturnType<typeof createHttpServer>>,
  { host, port }: GatewayConfig,
  folder: string,
  log: Log,
): Promise<number> {
  const candidates = port === 0 ? [...new Set([rememberedPort(folder), 0])] : [port]
  for (const candidate of candidates) {
    try {
      await http.listen({ host, port: candidate })
      const address = http.server.address()
      if (typeof address === 'object' && address) return address.port
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : ''
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
      // Enrolled workstations look for the old port: an operator should know.
      log('port_taken', { port: candidate })
    }
  }
  throw new CodedError('address_taken', `${host}:${port} is taken`)
}

/** The root fingerprint that `init` left here, or null: then the first trust counts. */
function readPin(folder: string): string | null {
  try {
    const text = readFileSync(join(folder, 'root'), 'utf8').trim()
    return /^[0-9a-f]{64}$/.test(text) ? text : null
  } catch {
    return null
  }
}

/** EX_CONFIG of sysexits.h: starting again will not help. */
const exitConfig = 78

async function main(): Promise<void> {
  const gateway = await startGateway({ ...readGatewayConfig(process.argv.slice(2)), clock: await openGatewayClock() })
  const end = (): void => {
    gateway.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  process.stdout.write(`${JSON.stringify({ ready: true, gateway: gateway.url })}\n`)
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'internal'
    process.stderr.write(`gateway: ${error instanceof Error ? error.message : 'failed'} (${code})\n`)
    process.exit(code === 'endpoint_refused' ? exitConfig : 1)
  })
}
