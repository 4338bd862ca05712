/** Wires the keeper's capabilities by hand, in order: everything that a server or the gateway link then hands out. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Input, Output } from '../../shared/contracts/contract.ts'
import type { gatewayContract, IntakeRow } from '../../shared/contracts/keeper-link.ts'
import type { Push } from '../../shared/contracts/device.ts'
import type { Clock } from '../../shared/clock/clock.ts'
import type { Action } from '../../shared/permissions/may.ts'
import { databaseKey } from '../database/key-file.ts'
import { openStore, type Store } from '../database/open.ts'
import { dataFolder, requireInitialised, type DataFolder } from './data-folder.ts'
import { keeperFeatures } from './features.ts'
import { createAccounts, type Accounts } from './features/accounts/service.ts'
import { createActivity, type Activity } from './features/activity/service.ts'
import { createAlerts, type Alerts } from './features/alerts/service.ts'
import { createAudit } from './features/audit/service.ts'
import { createEnrolments, type Enrolments } from './features/enrolment/service.ts'
import { createErasure, type Erasure } from './features/erase/service.ts'
import { createExports, type Exports } from './features/export/service.ts'
import { certificateFingerprint } from './features/init/x509.ts'
import { createIntake, type Intake } from './features/intake/service.ts'
import { createJournals, type Journals } from './features/journal/service.ts'
import { createLeases, type Leases } from './features/leases/service.ts'
import { createMedia, type Media } from './features/media/service.ts'
import { createMessages, type Messages } from './features/messages/service.ts'
import { wordsOf } from './features/messages/words.ts'
import { createPeople, type People } from './features/people/service.ts'
import { createSessions, type Sessions } from './features/people/sessions.ts'
import { createPolicies, type Policies } from './features/policy/service.ts'
import { searchMigration } from './features/search/migration.ts'
import { createPresences, type Presences } from './features/presence/service.ts'
import { createSearch, type Search } from './features/search/service.ts'
import { createSends, type Sends } from './features/sends/service.ts'
import { createUnlock, type Unlock } from './features/unlock/service.ts'
import type { WorkstationRow } from './features/workstations/queries.ts'
import { createWorkstations, type Workstations } from './features/workstations/service.ts'
import type { Ground } from './ground.ts'
import { openKeyring, type Keyring } from './keyring/keyring.ts'
import { createOutbox, type Outbox } from './link/outbox.ts'
import { openMasterKey } from './master-key.ts'
import type { Log } from './report.ts'

/** Grows with every restore; the first part of every epoch. */
const generation = 1

type Presence = Output<typeof gatewayContract, 'presence'>
/** The part of the gateway that the keeper's capabilities speak to. */
export interface Gateway {
  presence(): Promise<Presence['workstations']>
  push(workstation: string, message: Push): Promise<void>
  decide(
    method: 'device.put' | 'device.revoke' | 'lease.put' | 'policy.put',
    input: Input<typeof gatewayContract, 'device.put'>,
  ): Promise<unknown>
}

export interface Keeper extends Ground {
  folder: DataFolder
  index: Store
  people: People
  sessions: Sessions
  accounts: Accounts
  policies: Policies
  workstations: Workstations
  enrolments: Enrolments
  unlock: Unlock
  leases: Leases
  journals: Journals
  messages: Messages
  media: Media
  sends: Sends
  presences: Presences
  search: Search
  erasure: Erasure
  activity: Activity
  alerts: Alerts
  exports: Exports
  intake: Intake
  outbox: Outbox
  /** Applies a row and indexes behind it. */
  applyIntake(row: IntakeRow): Promise<void>
  close(): Promise<void>
}

export interface KeeperOptions {
  data: string
  passphraseFile: string | null
  clock: Clock
  log: Log
  gateway: Gateway
  /** For tests that stop in the middle. */
  wrapKeyring?: (keyring: Keyring) => Keyring
}

/** Throws CodedError: not_initialised, passphrase_missing, database_key_wrong, database_newer, storage_full. */
export async function openKeeper(options: KeeperOptions): Promise<Keeper> {
  const folder = dataFolder(options.data)
  requireInitialised(folder)
  const master = await openMasterKey(folder, options.passphraseFile)
  const opened: { close(): Promise<void> }[] = []
  const closeAll = async (): Promise<void> => {
    for (const one of opened.toReversed()) await one.close()
  }
  try {
    const keyring = await openKeyring(folder.keyring, master)
    opened.push(keyring)
    const store = await openStore(folder.keeperDatabase, databaseKey(master, 'keeper.db'), keeperFeatures)
    opened.push(store)
    const index = await openStore(folder.index, databaseKey(master, 'index.db'), [searchMigration])
    opened.push(index)
    const { clock, log } = options
    const audit = createAudit(store, keyring, clock)
    const ground: Ground = { store, keyring: options.wrapKeyring?.(keyring) ?? keyring, clock, audit, log }
    const keeper = assemble(ground, folder, index, options.gateway)
    await keeper.erasure.finish()
    return { ...keeper, close: closeAll }
  } catch (error) {
    await closeAll()
    throw error
  }
}

function assemble(ground: Ground, folder: DataFolder, index: Store, gateway: Gateway): Omit<Keeper, 'close'> {
  const { store, keyring, clock, log } = ground
  const outbox = createOutbox(store, (method, input) => gateway.decide(method, input), log)
  const alerts = createAlerts(store, clock)
  const people = createPeople(ground)
  const sessions = createSessions(ground, people, alerts.raise)
  const accounts = createAccounts(ground, async (id) => (await people.find(id)) !== null)
  const policies = createPolicies(ground, outbox)
  const unlock = createUnlock(ground, alerts.raise)
  const mayOf = (action: Action) => {
    return async (workstation: WorkstationRow, account: string): Promise<boolean> =>
      accounts.allowed((await people.get(workstation.employee)).actor, action, account)
  }
  const leases: Leases = createLeases(ground, {
    outbox,
    generation,
    policy: policies.current,
    mayRun: mayOf('account.run'),
    requireActive: (db, workstation) => workstations.requireActive(db, workstation),
    freed: (account, by) => void tellFreed(account, by).catch(log.bug),
  })
  const tellFreed = async (account: string, by: string): Promise<void> =>
    workstations.push(await accounts.assignedTo(account), { push: 'directory' }, by)
  const workstations: Workstations = createWorkstations(ground, {
    outbox,
    presence: gateway.presence,
    push: gateway.push,
    ended: [unlock.end, leases.end],
    gone: (employee) => void tellGone(employee).catch(log.bug),
  })
  /** Colleagues need not wait for their next turn to run what a workstation that was taken away has run. */
  const tellGone = async (employee: string): Promise<void> => {
    const shared = await accounts.listFor((await people.get(employee)).actor, 'account.run')
    const colleagues = await Promise.all(shared.map(({ id }) => accounts.assignedTo(id)))
    await workstations.push([...new Set(colleagues.flat())], { push: 'directory' })
  }
  const enrolments = createEnrolments(ground, {
    people,
    workstations,
    outbox,
    generation,
    policy: policies.document,
    address: () => addressOf(folder, keyring),
    makeSlots: unlock.makeSlots,
  })
  const journals = createJournals(ground, {
    people,
    accounts,
    holderName: leases.holderName,
    findEmployee: async (ledger) => (await workstations.findByLedger(ledger))?.employee ?? null,
  })
  const sends = createSends(ground, {
    findRunner: leases.findRunner,
    findByLedger: workstations.findByLedger,
    maySend: mayOf('conversation.send'),
  })
  const presences = createPresences(ground, { people, accounts, pushEach: workstations.pushEach })
  const media = createMedia(ground, {
    folder: folder.blobs,
    raise: alerts.raise,
    mayRead: mayOf('conversation.read'),
  })
  const messages = createMessages(ground, media)
  const search = createSearch(ground, index, wordsOf)
  const erasure = createErasure(ground, [search.forget, media.forget])
  const tellJournals = async (grown: Map<string, number>, writer: string | null): Promise<void> => {
    for (const [account, head] of grown) {
      await workstations.push(
        await accounts.assignedTo(account),
        { push: 'journal', account, head },
        writer ?? undefined,
      )
    }
  }
  const intake = createIntake(ground, {
    findByLedger: workstations.findByLedger,
    raise: alerts.raise,
    media,
    filesTold: media.told,
    grown: (grown, writer) => void tellJournals(grown, writer).catch(log.bug),
  })
  return {
    ...ground,
    folder,
    index,
    people,
    sessions,
    accounts,
    policies,
    workstations,
    enrolments,
    unlock,
    leases,
    journals,
    messages,
    media,
    sends,
    presences,
    search,
    erasure,
    activity: createActivity(ground),
    alerts,
    exports: createExports(ground, folder.exports),
    intake,
    outbox,
    applyIntake: intake.apply,
  }
}

/** The gateway writes its real address beside its socket; before its first start the one given at init counts. */
function addressOf(folder: DataFolder, keyring: Keyring): { gateway: string; ca: string | null } {
  const ca = keyring.trust.tlsCa === null ? null : certificateFingerprint(keyring.trust.tlsCa)
  try {
    const url = readFileSync(join(folder.gateway, 'url'), 'utf8').trim()
    if (/^https:\/\/[^\s/]{1,300}$/.test(url)) return { gateway: url, ca }
  } catch {
    // Not started yet, or not readable for the keeper's user.
  }
  return { gateway: `https://${keyring.gateway}`, ca }
}
