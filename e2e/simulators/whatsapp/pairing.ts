/** The cryptography of linking a device: what the phone does after it scanned the QR, and the proof that it asks back. */
import { createHmac } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import { sign, signalPublicKey, verify } from './curve.ts'
import type { KeyPair } from './curve.ts'
import type { SignedPreKey } from './signal-device.ts'

const ACCOUNT_PREFIX = Buffer.from([6, 0])
const DEVICE_PREFIX = Buffer.from([6, 1])

interface ScannedQr {
  ref: string
  noiseKey: Buffer
  identity: Buffer
  /** The secret that the companion shows only in its QR. */
  advSecret: Buffer
}

/** Null when the text is not a linking QR. */
export function readQr(text: string): ScannedQr | null {
  const parts = text.slice(text.indexOf('#') + 1).split(',')
  const [ref, noise, identity, secret] = parts
  if (!ref || !noise || !identity || !secret || text.length > 4096) return null
  const scanned = {
    ref,
    noiseKey: Buffer.from(noise, 'base64'),
    identity: Buffer.from(identity, 'base64'),
    advSecret: Buffer.from(secret, 'base64'),
  }
  const whole = [scanned.noiseKey, scanned.identity, scanned.advSecret].every((key) => key.length === 32)
  return whole ? scanned : null
}

/** What a new companion says about itself in its client payload. */
export interface Registration {
  /** How it calls itself in the phone's list of devices. */
  name: string
  registrationId: number
  identity: Buffer
  signedPreKey: SignedPreKey
}

/** Null when a part is missing, has a wrong length or the signed pre-key is not signed by the identity. */
export function readRegistration(data: proto.ClientPayload.IDevicePairingRegistrationData): Registration | null {
  const { eRegid, eIdent, eSkeyId, eSkeyVal, eSkeySig } = data
  if (eRegid?.length !== 4 || eIdent?.length !== 32 || eSkeyId?.length !== 3) return null
  if (eSkeyVal?.length !== 32 || eSkeySig?.length !== 64) return null
  if (!verify(eIdent, signalPublicKey(eSkeyVal), eSkeySig)) return null
  return {
    name: deviceName(data.deviceProps),
    registrationId: Buffer.from(eRegid).readUInt32BE(0),
    identity: Buffer.from(eIdent),
    signedPreKey: {
      id: Buffer.from(eSkeyId).readUIntBE(0, 3),
      key: Buffer.from(eSkeyVal),
      signature: Buffer.from(eSkeySig),
    },
  }
}

function deviceName(encoded: Uint8Array | null | undefined): string {
  try {
    return proto.DeviceProps.decode(encoded ?? new Uint8Array()).os?.slice(0, 64) || 'unnamed'
  } catch {
    return 'unnamed'
  }
}

interface LinkOffer {
  details: Buffer
  /** Content of the `device-identity` in `pair-success`. */
  sealed: Buffer
}

/** The phone's statement that this companion belongs to the account, bound to the QR by its secret. */
export function offerLink(options: {
  phone: KeyPair
  companionIdentity: Buffer
  advSecret: Buffer
  rawId: number
  keyIndex: number
  /** Seconds. */
  timestamp: number
}): LinkOffer {
  const { rawId, keyIndex, timestamp } = options
  const encryption = proto.ADVEncryptionType.E2EE
  const details = Buffer.from(
    proto.ADVDeviceIdentity.encode({
      rawId,
      keyIndex,
      timestamp,
      accountType: encryption,
      deviceType: encryption,
    }).finish(),
  )
  const signed = proto.ADVSignedDeviceIdentity.encode({
    details,
    accountSignatureKey: options.phone.publicKey,
    accountSignature: sign(
      options.phone.privateKey,
      Buffer.concat([ACCOUNT_PREFIX, details, options.companionIdentity]),
    ),
  }).finish()
  const hmac = createHmac('sha256', options.advSecret).update(signed).digest()
  const sealed = Buffer.from(proto.ADVSignedDeviceIdentityHMAC.encode({ details: signed, hmac }).finish())
  return { details, sealed }
}

/** Checks a companion's full device identity; the account key may be left out of it, as in the answer to the offer. */
export function proveDevice(encoded: Uint8Array, accountKey: Buffer, companionIdentity: Buffer): Buffer | null {
  let identity: proto.ADVSignedDeviceIdentity
  try {
    identity = proto.ADVSignedDeviceIdentity.decode(encoded)
  } catch {
    return null
  }
  const { details, accountSignature, deviceSignature, accountSignatureKey } = identity
  if (!details || !accountSignature || !deviceSignature) return null
  if (accountSignatureKey?.length && !accountKey.equals(accountSignatureKey)) return null
  const byAccount = Buffer.concat([ACCOUNT_PREFIX, details, companionIdentity])
  const byDevice = Buffer.concat([DEVICE_PREFIX, details, companionIdentity, accountKey])
  if (!verify(accountKey, byAccount, accountSignature)) return null
  if (!verify(companionIdentity, byDevice, deviceSignature)) return null
  return Buffer.from(details)
}

/** The device identity in the form that travels beside pre-key messages. */
export function withAccountKey(encoded: Uint8Array, accountKey: Buffer): Buffer {
  const identity = proto.ADVSignedDeviceIdentity.decode(encoded)
  return Buffer.from(proto.ADVSignedDeviceIdentity.encode({ ...identity, accountSignatureKey: accountKey }).finish())
}
