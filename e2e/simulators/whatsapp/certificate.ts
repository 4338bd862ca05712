/** The certificate chain that proves the server's Noise key: root → intermediate → leaf. */
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import { sign } from './curve.ts'
import type { KeyPair } from './curve.ts'

const { Details } = proto.CertChain.NoiseCertificate

/** Clients demand that the intermediate was issued by the certificate with this number. */
const ROOT_SERIAL = 0
const INTERMEDIATE_SERIAL = 1
const LEAF_SERIAL = 2
const NOT_BEFORE = Date.UTC(2020, 0, 1) / 1000
const NOT_AFTER = Date.UTC(2060, 0, 1) / 1000

function certificate(serial: number, issuerSerial: number, key: Uint8Array, issuer: KeyPair) {
  const details = Details.encode({ serial, issuerSerial, key, notBefore: NOT_BEFORE, notAfter: NOT_AFTER }).finish()
  return { details, signature: sign(issuer.privateKey, details) }
}

/** The encoded chain; the leaf carries the Noise static key, so a client may compare the two. */
export function certificateChain(root: KeyPair, intermediate: KeyPair, noiseStatic: Uint8Array): Uint8Array {
  return proto.CertChain.encode({
    intermediate: certificate(INTERMEDIATE_SERIAL, ROOT_SERIAL, intermediate.publicKey, root),
    leaf: certificate(LEAF_SERIAL, INTERMEDIATE_SERIAL, noiseStatic, intermediate),
  }).finish()
}
