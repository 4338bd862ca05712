/** Applies one sound batch inside one transaction: events, encrypted payloads, messages and the journal's new heads. */
import type { IntakeRow } from '../../../../shared/contracts/keeper-link.ts'
import type { EventHeader, Payload } from '../../../../shared/contracts/events.ts'
import type { Batch } from '../../../../shared/formats/batch.ts'
import { isGroupAddress } from '../../../../shared/contracts/neutral-message.ts'
import { decodePayload, type DecodedPayload } from '../../../../shared/formats/event.ts'
import type { Clock } from '../../../../shared/clock/clock.ts'
import type { Writer } from '../../../database/open.ts'
import { closeBlock } from '../../content/content.ts'
import { insertBlocks, insertEvents, listHeaders, nextBlockId, type EventRow } from '../../content/queries.ts'
import { messageRefs, type Whose } from '../../content/refs.ts'
import { encrypt } from '../../keyring/cipher.ts'
import type { Keyring } from '../../keyring/keyring.ts'
import { devicesBound, type KnownDevices } from '../accounts/devices.ts'
import type { WorkstationRow } from '../workstations/queries.ts'
import {
  applyClaimed,
  applyGroupSeen,
  applyIntended,
  applyRaw,
  applyRead,
  applyRecorded,
  applyState,
  findReported,
  marks,
  type EventPlace,
} from './effects.ts'
import { partiesOf, type Identities, type Parties } from './identities.ts'
import {
  clearMark,
  findConversation,
  findLedgerState,
  findWritableAccount,
  findWriterId,
  putDevices,
  putJournalHead,
  putLedgerState,
  putOwnAddress,
  putWriterId,
} from './queries.ts'

export interface Arrived {
  header: EventHeader
  headerBytes: Buffer
  payload: Buffer
  /** null: the kind is known but the payload has another shape; kept as it is. */
  decoded: DecodedPayload | null
}

export function decodeArrived(batch: Batch, payloads: readonly Buffer[]): Arrived[] {
  return batch.headers.map((header, i) => {
    const payload = payloads[i]!
    let decoded: DecodedPayload | null = null
    try {
      decoded = decodePayload(header.kind, payload)
    } catch {
      decoded = null
    }
    return { header, headerBytes: batch.headerBytes[i]!, payload, decoded }
  })
}

/** What the files of messages add to the intake's transaction. */
export interface MediaEffects {
  stored(place: EventPlace, whose: Whose, payload: Payload<'media.stored/1'>): Promise<void>
  missing(place: EventPlace, whose: Whose, payload: Payload<'media.missing/1'>): Promise<void>
}

export interface ApplyContext {
  db: Writer
  keyring: Keyring
  clock: Clock
  identities: Identities
  row: IntakeRow
  workstation: WorkstationRow
  media: MediaEffects
  raise(code: string, subject: string): Promise<void>
}

type Account = NonNullable<Awaited<ReturnType<typeof findWritableAccount>>>

interface Work extends ApplyContext {
  accounts: Map<string, Account | null>
  /** Payloads by identity ('' is the company) and the rows that point into them. */
  blocks: Map<string, { payloads: Buffer[]; rows: EventRow[] }>
  provenUpTo: number
  isRevoked: boolean
  raised: Set<string>
}

/** Returns the accounts whose journal has grown, with their heads. Throws PlanOutdated. */
export async function applyBatch(context: ApplyContext, arrived: readonly Arrived[]): Promise<Map<string, number>> {
  const { db, row } = context
  const first = arrived[0]!.header
  const known = new Set(
    (await listHeaders(db, first.ledger, first.seq, first.seq + arrived.length - 1)).map((one) => one.seq),
  )
  const fresh = arrived.filter((one) => !known.has(one.header.seq))
  const work = await begin(context, first.ledger, fresh)
  const rows: EventRow[] = []
  let unproven = false
  for (const one of fresh) {
    const placed = await placeEvent(work, one)
    rows.push(placed)
    if (work.isRevoked && one.header.seq > work.provenUpTo) unproven = true
  }
  const blocks = await closeBlocks(work, `${first.ledger}/${first.seq}/${row.position}`)
  await insertBlocks(db, blocks)
  await insertEvents(db, rows)
  await finishLedger(work, first.ledger, unproven)
  const grown = new Map<string, number>()
  for (const [account, state] of work.accounts) {
    if (!state || !rows.some((one) => one.account === account)) continue
    await putJournalHead(db, account, state.head)
    grown.set(account, state.head)
  }
  return grown
}

async function begin(context: ApplyContext, ledger: string, fresh: readonly Arrived[]): Promise<Work> {
  const { row, workstation, db } = context
  const before = (await findLedgerState(db, ledger))?.closed_seq ?? 0
  const closings = fresh.filter((one) => one.decoded?.kind === 'ledger.closed/1').map((one) => one.header.seq)
  return {
    ...context,
    accounts: new Map(),
    blocks: new Map(),
    provenUpTo: Math.max(before, ...closings),
    isRevoked:
      row.marks.afterRevocation || (workstation.revoked_at !== null && row.receivedAt >= workstation.revoked_at),
    raised: new Set(),
  }
}

async function accountOf(work: Work, id: string | null): Promise<Account | null> {
  if (id === null) return null
  let account = work.accounts.get(id)
  if (account === undefined) {
    account = (await findWritableAccount(work.db, id, work.workstation.employee)) ?? null
    work.accounts.set(id, account)
    if (!account) await work.raise('account_refused', work.workstation.id)
  }
  return account
}

function marksOf(work: Work, header: EventHeader, account: Account): number {
  const held = account.epoch === header.epoch && (account.holder === null || account.holder === work.workstation.id)
  const isLate = work.row.marks.staleEpoch && header.epoch !== '0.0' && !held
  const isUnproven = work.isRevoked && header.seq > work.provenUpTo
  return (isLate ? marks.late : 0) | (isUnproven ? marks.unproven : 0)
}

/** Gives the event its journal position, finds whose content it is, and lets it have its effect. */
async function placeEvent(work: Work, one: Arrived): Promise<EventRow> {
  const { header } = one
  const account = await accountOf(work, header.account)
  if (!one.decoded && !work.raised.has('payload_malformed')) {
    work.raised.add('payload_malformed')
    await work.raise('payload_malformed', work.workstation.id)
  }
  const row: EventRow = {
    ledger: header.ledger,
    seq: header.seq,
    kind: header.kind,
    account: account ? header.account : null,
    position: account ? ++account.head : null,
    identity: null,
    peer: null,
    block: null,
    slot: null,
    header: one.headerBytes,
  }
  if (account && header.account !== null) {
    const place: EventPlace = {
      db: work.db,
      refs: messageRefs(work.keyring, header.account),
      header,
      account: header.account,
      channel: account.channel,
      position: account.head,
      marks: marksOf(work, header, account),
    }
    const whose = await whoseIs(work, place, one.decoded)
    row.identity = whose?.owner ?? null
    row.peer = whose && whose.identity !== whose.owner ? whose.identity : null
    await applyEffect(work, place, whose, one.decoded)
  }
  const owner = row.identity ?? ''
  const block = work.blocks.get(owner) ?? { payloads: [], rows: [] }
  work.blocks.set(owner, block)
  block.payloads.push(one.payload)
  block.rows.push(row)
  return row
}

async function whoseIs(work: Work, place: EventPlace, decoded: DecodedPayload | null): Promise<Whose | null> {
  const { db, header } = place
  const parties = decoded && partiesOf(decoded)
  if (parties) return nameParties(work, place, parties)
  const [byConversation, byIdentity] = await Promise.all(
    [header.conversation, header.identity].map(async (id) =>
      id ? await findWriterId(db, header.ledger, id) : undefined,
    ),
  )
  let identity = byConversation ?? byIdentity
  if (!identity && decoded?.kind === 'message.state/1') {
    const reported = await findReported(place, decoded.payload)
    identity = reported && (await findConversation(db, reported.conversation))?.identity
  }
  if (!identity) return null
  // Reports are about what the account did; what is not understood may be another one's content.
  const isKnown = decoded !== null && decoded.kind !== null && decoded.kind !== 'raw.kept/1'
  return { identity, owner: (isKnown ? undefined : byIdentity) ?? identity, isGroup: false }
}

/** The identities of those whom a payload names, and what this ledger calls them. */
async function nameParties(work: Work, place: EventPlace, parties: Parties): Promise<Whose> {
  const { db, header, account } = place
  const { peer, author, owner, speaks } = parties
  const isGroup = isGroupAddress(peer.address)
  const identity = await work.identities.resolve(db, account, peer, work.clock.now())
  const writer = author && (await work.identities.resolve(db, account, author, work.clock.now()))
  if (speaks && header.conversation) await putWriterId(db, header.ledger, header.conversation, identity)
  if (header.identity) {
    // In a group the header's identity may be anybody's where no author is told: it is believed only where nothing is known.
    const isCertain = writer !== null || !isGroup || !(await findWriterId(db, header.ledger, header.identity))
    if (isCertain) await putWriterId(db, header.ledger, header.identity, writer ?? identity)
  }
  return { identity, owner: (owner === 'author' ? writer : null) ?? identity, isGroup }
}

async function applyEffect(
  work: Work,
  place: EventPlace,
  whose: Whose | null,
  decoded: DecodedPayload | null,
): Promise<void> {
  switch (decoded?.kind) {
    case 'message.recorded/1':
      await learnAuthor(work, place, decoded.payload)
      return applyRecorded(place, whose!, decoded.payload)
    case 'message.intended/1':
      return applyIntended(place, whose!, decoded.payload)
    case 'message.state/1':
      return applyState(place, decoded.payload)
    case 'conversation.claimed/1':
      return applyClaimed(place, whose!, decoded.payload)
    case 'conversation.read/1':
      return applyRead(place, decoded.payload)
    case 'account.seen/1':
      return learnOwnAddress(work, place, decoded.payload.address)
    case 'account.devices/1':
      return learnDevices(work, place, decoded.payload)
    case 'group.seen/1':
      return applyGroupSeen(place, whose!)
    case 'media.stored/1':
      return work.media.stored(place, whose!, decoded.payload)
    case 'media.missing/1':
      return work.media.missing(place, whose!, decoded.payload)
    case 'raw.kept/1':
      return whose ? applyRaw(place, whose, decoded.payload.place) : undefined
    case undefined:
      return whose ? applyRaw(place, whose) : undefined
    // Kinds of a later version, and those that stand in the journal and the ledger only.
    case null:
    case 'identity.seen/1':
    case 'conversation.opened/1':
    case 'ledger.opened/1':
    case 'ledger.closed/1':
      return
  }
}

async function learnAuthor(work: Work, place: EventPlace, payload: Payload<'message.recorded/1'>): Promise<void> {
  const { author, chat } = payload.message
  // Where a provider does not tell who it was, the conversation stands in the author's place.
  const isTold = author !== payload.peer.address && author !== chat
  if (payload.direction === 'out' && isTold) await learnOwnAddress(work, place, author)
}

/** The account's own address is the company's: kept so that an export can name the author of what a workstation sent. */
async function learnOwnAddress(work: Work, place: EventPlace, address: string): Promise<void> {
  if (work.raised.has(`own ${place.account}`)) return
  work.raised.add(`own ${place.account}`)
  const bound = `own-address/${place.account}`
  await putOwnAddress(work.db, place.account, encrypt(work.keyring.derived('company'), Buffer.from(address), bound))
}

/** What a runner of the past tells late says nothing about now. */
async function learnDevices(work: Work, place: EventPlace, told: Payload<'account.devices/1'>): Promise<void> {
  if (place.marks !== 0) return
  const known: KnownDevices = { ...told, at: place.header.at }
  const sealed = encrypt(
    work.keyring.derived('company'),
    Buffer.from(JSON.stringify(known), 'utf8'),
    devicesBound(place.account),
  )
  await putDevices(work.db, place.account, sealed)
}

async function closeBlocks(work: Work, batch: string): Promise<NonNullable<Awaited<ReturnType<typeof closeBlock>>>[]> {
  let id = await nextBlockId(work.db)
  const closed = []
  for (const [owner, block] of work.blocks) {
    const identity = owner === '' ? null : owner
    const row = await closeBlock(work.keyring, { id, identity, batch, payloads: block.payloads })
    // Erased: the header stays, the content is not kept again.
    if (!row) continue
    closed.push(row)
    for (const [slot, event] of block.rows.entries()) {
      event.block = id
      event.slot = slot
    }
    id++
  }
  return closed
}

async function finishLedger(work: Work, ledger: string, unproven: boolean): Promise<void> {
  const before = (await findLedgerState(work.db, ledger)) ?? { closed_seq: null, has_unproven: 0 }
  const closed = work.provenUpTo > 0 ? work.provenUpTo : null
  if (closed !== null && closed !== before.closed_seq && before.has_unproven)
    await clearMark(work.db, ledger, closed, marks.unproven)
  const next = { closed_seq: closed, has_unproven: unproven || before.has_unproven ? 1 : 0 }
  if (next.closed_seq !== before.closed_seq || next.has_unproven !== before.has_unproven)
    await putLedgerState(work.db, ledger, next)
}
