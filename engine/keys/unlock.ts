/** Unlocking: the PIN is proven to the vault, its share comes back sealed, and the three shares open the cache key. */
import { timingSafeEqual, type KeyObject } from 'node:crypto'
import { CodedError, type Client } from '../../shared/contracts/contract.ts'
import type { deviceContract } from '../../shared/contracts/device.ts'
import { frame } from '../../shared/formats/bytes.ts'
import { generateRawKeyPair, privateKeyObject, signFor } from '../../shared/formats/keys.ts'
import { stretchPin } from '../../shared/formats/pin.ts'
import { openSealed, seal } from '../../shared/formats/seal.ts'
import type { Profile } from '../profile.ts'
import type { HeldKeys } from './held-keys.ts'
import { unwrapCacheKey } from './key-file.ts'

export interface UnlockOptions {
  profile: Profile
  call: Client<typeof deviceContract>
  sealKey: Uint8Array
  signingKey: KeyObject
  deviceShare: Uint8Array
}

/** Throws CodedError: pin_malformed, pin_wrong, pin_blocked, vault_away, key_refused, keeper_away. */
export async function unlockWithVault(options: UnlockOptions, pin: string | null): Promise<HeldKeys> {
  const salt = Buffer.from(required(options.profile).salt, 'base64url')
  const stretched = pin === null ? null : await stretchPin(pin, salt)
  const vault = await proveToVault(options, stretched?.proof ?? null)
  return {
    ...vault,
    cacheKey: unwrap(options, vault.slot, vault.vaultShare, stretched?.wrap ?? Buffer.alloc(0)),
    proof: stretched?.proof ?? null,
  }
}

/** Proves the PIN on this connection once more (journal and directory are served only after it). */
export async function proveToVault(
  options: UnlockOptions,
  proof: Uint8Array | null,
): Promise<{ slot: 1 | 2; vaultShare: Buffer }> {
  const { nonce } = await options.call('unlock.nonce', {})
  const share = generateRawKeyPair('x25519')
  const shareKey = share.publicKey.toString('base64url')
  const body = Buffer.from(
    JSON.stringify({ nonce, proof: proof === null ? null : Buffer.from(proof).toString('base64url') }),
  )
  const sealed = seal(body, options.sealKey, 'unlock', Buffer.from(nonce)).toString('base64url')
  const signature = signFor(
    'sealdesk/unlock/1',
    frame([Buffer.from(nonce), Buffer.from(shareKey)]),
    options.signingKey,
  ).toString('base64url')
  const answer = await options.call('unlock.prove', { sealed, nonce, shareKey, signature })
  const key = { publicKey: share.publicKey, privateKey: privateKeyObject('x25519', share.privateKey) }
  return { slot: answer.slot, vaultShare: openSealed(Buffer.from(answer.share, 'base64url'), key, 'share') }
}

/** Screen lock: opens with the share that is still in memory, without the vault. Throws CodedError('key_refused'). */
export async function unlockInMemory(options: UnlockOptions, pin: string, held: HeldKeys): Promise<void> {
  const salt = Buffer.from(required(options.profile).salt, 'base64url')
  const { wrap } = await stretchPin(pin, salt)
  const key = unwrap(options, held.slot, held.vaultShare, wrap)
  if (!timingSafeEqual(key, held.cacheKey)) throw new CodedError('key_refused', 'the PIN opens another key')
}

function unwrap(options: UnlockOptions, slot: 1 | 2, vaultShare: Uint8Array, wrap: Uint8Array): Buffer {
  const file = options.profile.find(`keys-${slot}.json`)
  if (!file) throw new CodedError('profile_damaged', 'the key file is missing')
  return unwrapCacheKey(file, { device: options.deviceShare, vault: vaultShare, wrap })
}

function required(profile: Profile): { salt: string } {
  const salt = profile.find('salt.json')
  if (!salt) throw new CodedError('profile_damaged', 'salt.json of this profile is missing')
  return salt
}
