/** Enrolment: a one-time code becomes a workstation with its own keys, ledger, verifiers and vault shares. */
import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import { CodedError } from '../../../../shared/contracts/contract.ts'
import {
  enrolDetailsSchema,
  enrolmentLabel,
  type Enrolment,
  type EnrolReply,
  type EnrolRequest,
} from '../../../../shared/contracts/device.ts'
import type { SignedDocument } from '../../../../shared/contracts/signed-document.ts'
import { frame, randomId, sha256 } from '../../../../shared/formats/bytes.ts'
import { encodeEnrolmentCode } from '../../../../shared/formats/enrolment-code.ts'
import { publicKeyObject, verifyFor } from '../../../../shared/formats/keys.ts'
import { openSealed, seal, sealedTo } from '../../../../shared/formats/seal.ts'
import { signDocument } from '../../../../shared/formats/trust.ts'
import type { Writer } from '../../../database/open.ts'
import type { Ground } from '../../ground.ts'
import type { Outbox } from '../../link/outbox.ts'
import type { People } from '../people/service.ts'
import type { Workstations } from '../workstations/service.ts'
import { findCode, insertCode, useCode } from './queries.ts'

const codeMs = 24 * 3_600_000

export interface Enrolments {
  /** A code for one workstation of the employee, valid for 24 hours. Throws CodedError 'employee_unknown' or 'employee_inactive'. */
  makeCode(actor: string, employee: string): Promise<{ code: string; expiresAt: number }>
  /** Throws CodedError: enrolment_unknown, enrolment_used, enrolment_expired, signature_refused, details_refused, gateway_away. */
  enrol(request: EnrolRequest): Promise<EnrolReply>
}

export interface EnrolmentNeeds {
  people: Pick<People, 'get'>
  workstations: Pick<Workstations, 'insert'>
  outbox: Outbox
  policy(): Promise<SignedDocument | null>
  /** What a code says about the way: URL of the gateway, hash of the TLS authority. */
  address(): { gateway: string; ca: string | null }
  generation: number
  /** Stores verifiers and shares of the two key slots; returns the shares. */
  makeSlots(db: Writer, workstation: string, proofs: [Buffer, Buffer] | null): Promise<[Buffer, Buffer]>
}

type Details = z.infer<typeof enrolDetailsSchema>

const hashSecret = (secret: string): Buffer => sha256(Buffer.from(`sealdesk/enrolment-code\0${secret}`, 'utf8'))

export function createEnrolments(ground: Ground, needs: EnrolmentNeeds): Enrolments {
  const { store, keyring, clock, audit } = ground

  const openDetails = (request: EnrolRequest): Details => {
    const blob = Buffer.from(request.details, 'base64url')
    try {
      const key = keyring.openingKey(sealedTo(blob))
      if (!key) throw new CodedError('details_refused', 'sealed to another key')
      const bytes = openSealed(blob, key, 'enrol', sha256(Buffer.from(request.secret, 'utf8')))
      return enrolDetailsSchema.parse(JSON.parse(bytes.toString('utf8')))
    } catch {
      throw new CodedError('details_refused', 'the details of the enrolment do not open')
    }
  }
  const checkCode = async (secret: string): Promise<{ hash: Buffer; employee: string }> => {
    const hash = hashSecret(secret)
    const row = await findCode(store, hash)
    if (!row) throw new CodedError('enrolment_unknown', 'this enrolment code is unknown')
    if (row.used_at !== null) throw new CodedError('enrolment_used', 'this enrolment code has been used')
    if (row.expires_at <= clock.now()) throw new CodedError('enrolment_expired', 'this enrolment code has expired')
    return { hash, employee: row.employee }
  }

  return {
    async makeCode(actor, employee) {
      const { actor: subject } = await needs.people.get(employee)
      if (!subject.active) throw new CodedError('employee_inactive', 'this employee is not active')
      const secret = randomBytes(16).toString('base64url')
      const at = clock.now()
      await store.transaction(async (db) => {
        await insertCode(db, { hash: hashSecret(secret), employee, madeAt: at, expiresAt: at + codeMs })
        await audit.append(db, { actor, action: 'workstation.enrol', subject: employee })
      })
      const code = encodeEnrolmentCode({ ...needs.address(), root: keyring.fingerprint, secret })
      return { code, expiresAt: at + codeMs }
    },
    async enrol(request) {
      const { hash, employee } = await checkCode(request.secret)
      checkSignature(request)
      const details = openDetails(request)
      const { service } = await needs.people.get(employee)
      if ((details.proofs === null) !== (service === 1))
        throw new CodedError('details_refused', 'a service workstation has no PIN, every other one has')
      const policy = await needs.policy()
      if (!policy) throw new CodedError('details_refused', 'there is no policy yet')
      const enrolment: Enrolment = {
        workstation: randomId(),
        employee,
        ledger: randomId(),
        generation: needs.generation,
        service: service === 1,
        signingKey: request.signingKey,
        openingKey: request.openingKey,
        at: clock.now(),
      }
      const document = signDocument(enrolmentLabel, enrolment, keyring.current('policy'))
      const deviceSecret = randomBytes(32)
      const { shares, delivery } = await store.transaction(async (db) => {
        if (!(await useCode(db, hash, enrolment.at)))
          throw new CodedError('enrolment_used', 'this enrolment code has been used')
        await needs.workstations.insert(db, toRow(enrolment, document, details))
        const made = await needs.makeSlots(db, enrolment.workstation, decodeProofs(details))
        await audit.append(db, { actor: employee, action: 'workstation.enrolled', subject: enrolment.workstation })
        const put = { document, deviceSecretHash: sha256(deviceSecret).toString('hex') }
        return { shares: made, delivery: await needs.outbox.put(db, 'device.put', put) }
      })
      if ((await needs.outbox.deliver(delivery)) === null)
        throw new CodedError('gateway_away', 'the gateway has not taken the enrolment')
      return {
        enrolment: document,
        policy,
        deviceSecret: deviceSecret.toString('base64url'),
        shares: seal(frame(shares), Buffer.from(request.shareKey, 'base64url'), 'share').toString('base64url'),
      }
    },
  }
}

function checkSignature(request: EnrolRequest): void {
  const parts = [request.secret, request.signingKey, request.openingKey, request.shareKey, request.details]
  const message = frame(parts.map((part) => Buffer.from(part, 'ascii')))
  let holds = false
  try {
    const key = publicKeyObject('ed25519', Buffer.from(request.signingKey, 'base64url'))
    holds = verifyFor('sealdesk/enrol/1', message, Buffer.from(request.signature, 'base64url'), key)
  } catch {
    holds = false
  }
  if (!holds) throw new CodedError('signature_refused', 'the signature of the enrolment does not hold')
}

function decodeProofs(details: Details): [Buffer, Buffer] | null {
  if (!details.proofs) return null
  return [Buffer.from(details.proofs[0], 'base64url'), Buffer.from(details.proofs[1], 'base64url')]
}

function toRow(
  enrolment: Enrolment,
  document: SignedDocument,
  details: Details,
): Parameters<Workstations['insert']>[1] {
  return {
    id: enrolment.workstation,
    employee: enrolment.employee,
    ledger: enrolment.ledger,
    service: enrolment.service ? 1 : 0,
    signing_key: Buffer.from(enrolment.signingKey, 'base64url'),
    opening_key: Buffer.from(enrolment.openingKey, 'base64url'),
    host: details.host,
    machine: details.machine,
    platform: details.platform,
    enrolment: JSON.stringify(document),
    enrolled_at: enrolment.at,
    revoked_at: null,
  }
}
