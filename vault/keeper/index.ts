/** The keeper: stays inside, holds the keys, opens and keeps the content, decides and signs. The composition root of its process. */
import type { Clock } from '../../shared/clock/clock.ts'
import { createAdminHandlers } from './admin/handlers.ts'
import { serveAdmin } from './admin/server.ts'
import { openKeeperClock, readConfig, type KeeperConfig } from './config.ts'
import { createConsoleHandlers } from './console-api/handlers.ts'
import { serveConsole } from './console-api/server.ts'
import { dataFolder } from './data-folder.ts'
import { startIntakeLoop, type IntakeLoop } from './intake-loop.ts'
import { openKeeper, type Keeper, type KeeperOptions } from './keeper.ts'
import { startMediaLoop, type MediaLoop } from './media-loop.ts'
import { createGatewayAnswers } from './link/answers.ts'
import { createGatewayLink } from './link/gateway-link.ts'
import { createLog, type Log } from './report.ts'

export interface RunningKeeper {
  keeper: Keeper
  /** null where no console was asked for. */
  consoleUrl: string | null
  /** Idempotent. */
  stop(): Promise<void>
}

export type StartOptions = KeeperConfig & { clock: Clock; log?: Log } & Pick<KeeperOptions, 'wrapKeyring'>

const checkpointMs = 60_000

/** Throws CodedError: not_initialised, passphrase_missing, database_key_wrong, database_newer, already_running, address_taken. */
export async function start(options: StartOptions): Promise<RunningKeeper> {
  const log = options.log ?? createLog((line) => process.stderr.write(line))
  const link = createGatewayLink(dataFolder(options.data).gatewaySocket, log)
  const gateway = {
    presence: async () => (await link.call('presence', {})).workstations,
    push: async (...[workstation, push]: Parameters<KeeperOptions['gateway']['push']>) => {
      await link.call('push', { workstation, push })
    },
    decide: link.call,
  }
  const keeper = await openKeeper({ ...options, log, gateway })
  const closing: (() => Promise<unknown>)[] = [keeper.close]
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).toReversed()) await close()
  }
  try {
    const loop = startIntakeLoop(keeper, link.call, link.connected)
    closing.push(loop.stop)
    const files = startMediaLoop(keeper, link.call, link.connected)
    closing.push(files.stop)
    // The admin socket is the lock: a second keeper on the same folder ends here.
    const admin = await serveAdmin(keeper.folder.adminSocket, createAdminHandlers(keeper, loop.head), log.bug)
    closing.push(admin.close)
    link.start({ handlers: answersOf(keeper, loop, files), greet: () => greet(keeper, link.call, [loop, files]) })
    closing.push(link.stop)
    closing.push(startCheckpoints(keeper))
    const handlers = createConsoleHandlers(keeper, loop.head)
    const served = options.console
      ? await serveConsole(keeper, handlers, {
          ...options.console,
          tls: keeper.folder.consoleTls,
          portFile: keeper.folder.consolePort,
          files: options.consoleFiles,
        })
      : null
    if (served) closing.push(served.close)
    return { keeper, consoleUrl: served?.url ?? null, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function answersOf(keeper: Keeper, loop: IntakeLoop, files: MediaLoop): ReturnType<typeof createGatewayAnswers> {
  return createGatewayAnswers({
    enrolments: keeper.enrolments,
    unlock: keeper.unlock,
    leases: keeper.leases,
    journals: keeper.journals,
    getWorkstation: keeper.workstations.getActive,
    media: keeper.media,
    sends: keeper.sends,
    presences: keeper.presences,
    intakeGrown: loop.wake,
    blobGrown: files.wake,
  })
}

/** What a gateway must know before anything else, and what was decided while it was away. */
async function greet(
  keeper: Keeper,
  ask: ReturnType<typeof createGatewayLink>['call'],
  [intake, files]: [IntakeLoop, MediaLoop],
): Promise<void> {
  await ask('trust.put', { trust: keeper.keyring.trust })
  const document = await keeper.policies.document()
  if (document) await ask('policy.put', { document })
  await keeper.outbox.flush()
  intake.wake()
  files.wake(null)
}

function startCheckpoints(keeper: Keeper): () => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    last = keeper.audit.checkpoint().catch(keeper.log.bug)
  }, checkpointMs)
  return async () => {
    clearInterval(timer)
    await last
    await keeper.audit.checkpoint()
  }
}

/** EX_CONFIG: a test endpoint in a packaged build. */
const configExit = 78

async function main(): Promise<void> {
  const clock = await openKeeperClock()
  const running = await start({ ...readConfig(process.argv.slice(2)), clock })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void running.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
  }
  const { consoleUrl, keeper } = running
  const ready = { ready: true, ...(consoleUrl && { console: consoleUrl }), rootFingerprint: keeper.keyring.fingerprint }
  process.stdout.write(`${JSON.stringify(ready)}\n`)
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'internal'
    process.stderr.write(`keeper: ${error instanceof Error ? error.message.split('\n')[0] : 'failed'} (${code})\n`)
    process.exit(code === 'endpoint_refused' ? configExit : 1)
  })
}
