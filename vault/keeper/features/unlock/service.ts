/** Unlocking: a PIN proof against two verifiers, counted for ever, answered with the slot's vault share. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { CodedError } from '../../../../shared/contracts/contract.ts'
import { unlockProofSchema } from '../../../../shared/contracts/device.ts'
import { frame } from '../../../../shared/formats/bytes.ts'
import { publicKeyObject, verifyFor } from '../../../../shared/formats/keys.ts'
import { openSealed, seal, sealedTo } from '../../../../shared/formats/seal.ts'
import type { Writer } from '../../../database/open.ts'
import { decrypt, encrypt } from '../../keyring/cipher.ts'
import type { Ground } from '../../ground.ts'
import type { Alerts } from '../alerts/service.ts'
import type { WorkstationRow } from '../workstations/queries.ts'
import {
  deleteProven,
  deleteProvenBefore,
  deleteSlots,
  findUnlockAttempt,
  insertProven,
  insertSlot,
  isProven,
  listSlots,
  putUnlockAttempt,
  type SlotRow,
} from './queries.ts'

const nonceMs = 60_000
const noncesPerConnection = 8
const openNonces = 10_000
const wrongBeforeBlock = 5
const blockMs = 15 * 60_000
const longestBlockMs = 24 * 3_600_000
const forgetProvenMs = 30 * 24 * 3_600_000

export interface ProveInput {
  sealed: string
  nonce: string
  shareKey: string
  signature: string
}

export interface Unlock {
  makeSlots(db: Writer, workstation: string, proofs: [Buffer, Buffer] | null): Promise<[Buffer, Buffer]>
  nonce(workstation: string, connection: string): string
  /** Throws CodedError: pin_wrong (message: attempts left), pin_blocked, nonce_refused, signature_refused. */
  prove(workstation: WorkstationRow, connection: string, input: ProveInput): Promise<{ slot: 1 | 2; share: string }>
  /** Throws CodedError('proof_needed') unless the PIN was proven on this connection. */
  requireProof(workstation: string, connection: string): Promise<void>
  /** Destroys shares and verifiers: what they protected is never opened again. */
  end(db: Writer, workstation: string): Promise<void>
}

export function createUnlock(ground: Ground, raise: Alerts['raise']): Unlock {
  const { store, keyring, clock, audit } = ground
  const nonces = new Map<string, { owner: string; expiresAt: number }>()
  const ownerOf = (workstation: string, connection: string): string => `${workstation} ${connection}`
  const verifierOf = (workstation: string, slot: number, proof: Uint8Array): Buffer =>
    createHmac('sha256', keyring.derived('pin-verifier')).update(`${workstation} ${slot} `).update(proof).digest()

  const takeNonce = (owner: string, nonce: string): void => {
    const known = nonces.get(nonce)
    nonces.delete(nonce)
    if (!known || known.owner !== owner || known.expiresAt <= clock.now())
      throw new CodedError('nonce_refused', 'the nonce is unknown, used or too old')
  }
  const openProof = (input: ProveInput): Buffer | null => {
    try {
      const blob = Buffer.from(input.sealed, 'base64url')
      const key = keyring.openingKey(sealedTo(blob))
      if (!key) throw new CodedError('nonce_refused', 'sealed to another key')
      const bytes = openSealed(blob, key, 'unlock', Buffer.from(input.nonce, 'ascii'))
      const body = unlockProofSchema.parse(JSON.parse(bytes.toString('utf8')))
      if (body.nonce !== input.nonce) throw new CodedError('nonce_refused', 'made for another nonce')
      return body.proof === null ? null : Buffer.from(body.proof, 'base64url')
    } catch {
      throw new CodedError('nonce_refused', 'the proof does not open')
    }
  }
  const findSlot = (workstation: WorkstationRow, slots: SlotRow[], proof: Buffer | null): SlotRow | null => {
    if (proof === null) return workstation.service === 1 ? (slots.find((one) => one.slot === 1) ?? null) : null
    let found: SlotRow | null = null
    // Both are always compared: the time tells nothing about which one matched.
    for (const slot of slots) {
      const holds = slot.verifier && timingSafeEqual(slot.verifier, verifierOf(workstation.id, slot.slot, proof))
      if (holds) found = slot
    }
    return found
  }
  const countWrong = (workstation: string): Promise<number> =>
    store.transaction(async (db) => {
      const before = (await findUnlockAttempt(db, workstation)) ?? { failed: 0, blocks: 0, blocked_until: 0 }
      const failed = before.failed + 1
      await audit.append(db, { actor: workstation, action: 'unlock.wrong', subject: workstation })
      if (failed < wrongBeforeBlock) {
        await putUnlockAttempt(db, workstation, { ...before, failed })
        return wrongBeforeBlock - failed
      }
      const until = clock.now() + Math.min(blockMs * 2 ** before.blocks, longestBlockMs)
      await putUnlockAttempt(db, workstation, { failed: 0, blocks: before.blocks + 1, blocked_until: until })
      await raise(db, 'pin_blocked', workstation)
      return 0
    })
  /** One proof of a workstation after the other: parallel guesses count like guesses in a row. */
  const queues = new Map<string, Promise<unknown>>()
  const inTurn = <T>(workstation: string, run: () => Promise<T>): Promise<T> => {
    const mine = (queues.get(workstation) ?? Promise.resolve()).then(run)
    const settled = mine
      .catch(() => undefined)
      .then(() => {
        if (queues.get(workstation) === settled) queues.delete(workstation)
      })
    queues.set(workstation, settled)
    return mine
  }

  const decide = async (
    workstation: WorkstationRow,
    connection: string,
    input: ProveInput,
  ): Promise<{ slot: 1 | 2; share: string }> => {
    takeNonce(ownerOf(workstation.id, connection), input.nonce)
    const signed = frame([Buffer.from(input.nonce, 'ascii'), Buffer.from(input.shareKey, 'ascii')])
    const signingKey = publicKeyObject('ed25519', workstation.signing_key)
    if (!verifyFor('sealdesk/unlock/1', signed, Buffer.from(input.signature, 'base64url'), signingKey))
      throw new CodedError('signature_refused', 'the signature of the proof does not hold')
    const attempt = await findUnlockAttempt(store, workstation.id)
    if (attempt && attempt.blocked_until > clock.now())
      throw new CodedError('pin_blocked', 'too many wrong attempts; try again later')
    const proof = openProof(input)
    const slot = findSlot(workstation, await listSlots(store, workstation.id), proof)
    if (!slot) {
      const left = await countWrong(workstation.id)
      if (left === 0) throw new CodedError('pin_blocked', 'too many wrong attempts; try again later')
      throw new CodedError('pin_wrong', String(left))
    }
    await store.transaction(async (db) => {
      // A revocation in the meantime has destroyed the slots: what was read before counts no more.
      if ((await listSlots(db, workstation.id)).length === 0)
        throw new CodedError('revoked', 'this workstation has been revoked')
      await putUnlockAttempt(db, workstation.id, { failed: 0, blocks: 0, blocked_until: 0 })
      await insertProven(db, connection, workstation.id, clock.now())
      await deleteProvenBefore(db, clock.now() - forgetProvenMs)
      await audit.append(db, { actor: workstation.employee, action: 'unlock.proven', subject: workstation.id })
    })
    const share = decrypt(keyring.derived('vault-share'), slot.share, `share/${workstation.id}/${slot.slot}`)
    const sealed = seal(share, Buffer.from(input.shareKey, 'base64url'), 'share')
    return { slot: slot.slot, share: sealed.toString('base64url') }
  }

  return {
    async makeSlots(db, workstation, proofs) {
      const shares: [Buffer, Buffer] = [randomBytes(32), randomBytes(32)]
      for (const slot of [1, 2] as const) {
        const verifier = proofs ? verifierOf(workstation, slot, proofs[slot - 1]!) : null
        const share = encrypt(keyring.derived('vault-share'), shares[slot - 1]!, `share/${workstation}/${slot}`)
        await insertSlot(db, workstation, { slot, verifier, share })
      }
      return shares
    },
    nonce(workstation, connection) {
      const now = clock.now()
      const owner = ownerOf(workstation, connection)
      for (const [old, { expiresAt }] of nonces) if (expiresAt <= now) nonces.delete(old)
      const mine = [...nonces].filter(([, one]) => one.owner === owner)
      if (mine.length >= noncesPerConnection) nonces.delete(mine[0]![0])
      if (nonces.size >= openNonces) nonces.delete(nonces.keys().next().value ?? '')
      const nonce = randomBytes(32).toString('base64url')
      nonces.set(nonce, { owner, expiresAt: now + nonceMs })
      return nonce
    },
    prove: (workstation, connection, input) => inTurn(workstation.id, () => decide(workstation, connection, input)),
    async requireProof(workstation, connection) {
      if (!(await isProven(store, connection, workstation)))
        throw new CodedError('proof_needed', 'the PIN has not been proven on this connection')
    },
    async end(db, workstation) {
      await deleteSlots(db, workstation)
      await deleteProven(db, workstation)
    },
  }
}
