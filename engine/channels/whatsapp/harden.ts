/**
 * Repairs the library's signature checks: in 7.0.0-rc14 `Curve.verify` ignores libsignal's boolean answer and accepts
 * every signature, and libsignal skips the check of a signed pre-key in a new outgoing session.
 */
// Whoever imports this file from another room needs the declaration too, and an ambient one cannot be imported.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="./libsignal-curve.d.ts" />
import type { SignalRepositoryWithLIDStore } from '@whiskeysockets/baileys'
import type { Baileys } from './library.ts'

type InjectSession = SignalRepositoryWithLIDStore['injectE2ESession']
type SignedBundle = Pick<Parameters<InjectSession>[0]['session'], 'identityKey' | 'signedPreKey'>

/** Replaces `Curve.verify` on the library's exported object, which it uses by reference everywhere. Idempotent. */
export async function hardenCurve(baileys: Pick<Baileys, 'Curve' | 'generateSignalPubKey'>): Promise<void> {
  const { verifySignature } = await import('libsignal/src/curve.js')
  baileys.Curve.verify = (publicKey, message, signature) => {
    try {
      const key = Buffer.from(baileys.generateSignalPubKey(Buffer.from(publicKey)))
      return verifySignature(key, Buffer.from(message), Buffer.from(signature)) === true
    } catch {
      return false
    }
  }
}

export class ForgedPreKey extends Error {
  readonly code = 'whatsapp_forged_pre_key'
}

/** Throws ForgedPreKey unless the bundle's signed pre-key is signed by its identity key. Needs a hardened curve. */
export function requireSignedPreKey(curve: Baileys['Curve'], bundle: SignedBundle): void {
  const { identityKey, signedPreKey } = bundle
  if (!curve.verify(identityKey, signedPreKey.publicKey, signedPreKey.signature))
    throw new ForgedPreKey('the signed pre-key of a key bundle does not verify')
}
