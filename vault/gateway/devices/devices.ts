/** The enrolled devices as the keeper signed them: who they are, which ledgers they write, and whether they are revoked. */
import { timingSafeEqual, type KeyObject } from 'node:crypto'
import { CodedError } from '../../../shared/contracts/contract.ts'
import {
  enrolmentLabel,
  enrolmentSchema,
  revocationLabel,
  revocationSchema,
  type Enrolment,
} from '../../../shared/contracts/device.ts'
import type { CaptureStatus } from '../../../shared/contracts/host.ts'
import type { GatewayAlert } from '../../../shared/contracts/keeper-link.ts'
import type { OutboxReport, Waiting } from '../../../shared/contracts/outbox-report.ts'
import { signedDocumentSchema, type SignedDocument } from '../../../shared/contracts/signed-document.ts'
import { publicKeyObject } from '../../../shared/formats/keys.ts'
import type { Alerts } from '../alerts/alerts.ts'
import type { Copies } from '../copies/copies.ts'
import type { Clock } from '../../../shared/clock/clock.ts'
import type { Store } from '../../database/open.ts'
import {
  findWorkstation,
  insertEnrolment,
  insertRevocation,
  listEnrolments,
  listRevocations,
  listWorkstations,
  markSeen,
  putTold,
  rotateSecret,
  wasIssued,
  type ToldRow,
} from './queries.ts'

export interface Device {
  workstation: string
  ledger: string
  signingKey: KeyObject
}
export interface Sighting {
  seenAt: number | null
  address: string | null
  software: string | null
  capture: CaptureStatus | null
  waiting: Waiting | null
}
export type SecretVerdict = 'fresh' | 'secret_refused' | 'copied_profile' | 'gone'

export interface Devices {
  /** Any enrolment ever put: the spool route takes what its ledger signed, whenever that was. */
  findByLedger(ledger: string): Device | null
  /** The workstation's newest enrolment. */
  findByWorkstation(workstation: string): Device | null
  findRevocation(workstation: string): SignedDocument | null
  /** Repeating a document changes nothing. Throws CodedError('enrolment_exists') for another one of the same ledger, or as Copies.open. */
  put(document: SignedDocument, secretHash: Buffer): Promise<void>
  /** Returns the workstation. Repeating changes nothing. Throws as Copies.open. */
  revoke(document: SignedDocument): Promise<string>
  /**
   * Checks the presented secret and stores the next one in the same transaction. The newest secret and the one before it are taken; the
   * one before it only until the newest has been used. An older one is a copy of the profile: alerted. `alive` is asked at the
   * end of the queue: a caller that has gone rotates nothing ('gone').
   */
  useSecret(
    workstation: string,
    secrets: { presented: Buffer; next: Buffer },
    from: { address: string; software: string; capture: CaptureStatus | null },
    alive: () => boolean,
  ): Promise<SecretVerdict>
  seen(workstation: string): Promise<void>
  /** What it says that the vault lacks of it. */
  told(workstation: string, report: OutboxReport): Promise<void>
  sightings(): Promise<Map<string, Sighting>>
}

export async function createDevices(needs: {
  store: Store
  copies: Pick<Copies, 'open'>
  alerts: Alerts
  clock: Clock
  log: (code: string, ids?: Record<string, string | number>) => void
}): Promise<Devices> {
  const { store, copies, alerts, clock, log } = needs
  const byLedger = new Map<string, Device>()
  const byWorkstation = new Map<string, Device>()
  const documents = new Map<string, string>()
  const revocations = new Map<string, SignedDocument>()
  const open = (document: SignedDocument): Enrolment => copies.open(enrolmentLabel, document, enrolmentSchema)
  const keep = (enrolment: Enrolment, document: SignedDocument): void => {
    const { workstation, ledger } = enrolment
    const device = { workstation, ledger, signingKey: publicKeyObject('ed25519', fromBase64(enrolment.signingKey)) }
    byLedger.set(ledger, device)
    byWorkstation.set(workstation, device)
    documents.set(ledger, document.body)
  }

  for (const row of await listEnrolments(store)) {
    try {
      const document = signedDocumentSchema.parse(JSON.parse(row.document))
      keep(open(document), document)
    } catch {
      log('enrolment_unreadable', { workstation: row.workstation })
    }
  }
  for (const row of await listRevocations(store)) {
    revocations.set(row.workstation, signedDocumentSchema.parse(JSON.parse(row.document)))
  }

  return {
    findByLedger: (ledger) => byLedger.get(ledger) ?? null,
    findByWorkstation: (workstation) => byWorkstation.get(workstation) ?? null,
    findRevocation: (workstation) => revocations.get(workstation) ?? null,
    async put(document, secretHash) {
      const enrolment = open(document)
      const known = documents.get(enrolment.ledger)
      if (known === document.body) return
      if (known !== undefined) throw new CodedError('enrolment_exists', 'this ledger has another enrolment')
      const { ledger, workstation } = enrolment
      await store.transaction((writer) => insertEnrolment(writer, ledger, workstation, document, secretHash))
      keep(enrolment, document)
    },
    async revoke(document) {
      const { workstation } = copies.open(revocationLabel, document, revocationSchema)
      if (!revocations.has(workstation)) {
        await store.transaction((writer) => insertRevocation(writer, workstation, document))
        // Two revocations at once: the one that was stored counts.
        if (!revocations.has(workstation)) revocations.set(workstation, document)
      }
      return workstation
    },
    useSecret: (workstation, secrets, from, alive) =>
      store.transaction(async (writer) => {
        if (!alive()) return 'gone'
        const row = await findWorkstation(writer, workstation)
        if (!row) return 'secret_refused'
        const isPrevious = row.previous_secret !== null && equal(row.previous_secret, secrets.presented)
        if (equal(row.secret, secrets.presented) || isPrevious) {
          const pair = { previous: secrets.presented, next: secrets.next }
          await rotateSecret(writer, workstation, pair, { at: clock.now(), ...from })
          return 'fresh'
        }
        if (!(await wasIssued(writer, workstation, secrets.presented))) return 'secret_refused'
        const copied: GatewayAlert['code'] = 'copied_profile'
        await alerts.raise(writer, copied, workstation)
        return copied
      }),
    seen: (workstation) => store.transaction((writer) => markSeen(writer, workstation, clock.now())),
    told: (workstation, report) => store.transaction((writer) => putTold(writer, workstation, clock.now(), report)),
    async sightings() {
      const rows = await listWorkstations(store)
      return new Map(
        rows.map((row) => [
          row.workstation,
          {
            seenAt: row.seen_at,
            address: row.address,
            software: row.software,
            capture: row.capture,
            waiting: waitingOf(row),
          } satisfies Sighting,
        ]),
      )
    },
  }
}

/** What has come since it told waits no longer, by whichever way it came. */
function waitingOf(row: ToldRow): Waiting | null {
  if (row.told_at === null) return null
  const events = Math.max(0, row.told_head - row.held)
  const some = events > 0
  return {
    events,
    bytes: some ? row.told_bytes : 0,
    files: row.told_files,
    since: some ? row.told_since : null,
    toldAt: row.told_at,
  }
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
