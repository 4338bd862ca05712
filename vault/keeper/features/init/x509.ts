/** Issues the vault's own TLS certificates (X.509 v3, ECDSA P-256 with SHA-256): one authority and the servers below it. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto'
import { isIP } from 'node:net'
import { bitString, boolean, integer, octetString, oid, sequence, set, time, tlv, utf8String } from './der.ts'

const dayMs = 86_400_000
const authorityName = 'Sealdesk vault TLS CA'
const caDays = 3650
/** Apple's limit for certificates of private authorities. */
const serverDays = 820

export interface IssuedCertificate {
  certificatePem: string
  /** PKCS#8. */
  privateKeyPem: string
}

interface Subject {
  commonName: string
  publicKey: KeyObject
  days: number
  extensions: Buffer[]
}

/** A new authority. `now` in epoch ms of the machine's own clock: TLS libraries know no other. */
export function issueAuthority(now: number): IssuedCertificate {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const keyIdentifier = subjectKeyIdentifier(pair.publicKey)
  const extensions = [
    extension('2.5.29.19', true, sequence(boolean(true), integer(Buffer.from([0])))),
    // keyCertSign and cRLSign.
    extension('2.5.29.15', true, bitString(Buffer.from([0x06]), 1)),
    extension('2.5.29.14', false, octetString(keyIdentifier)),
  ]
  const subject = { commonName: authorityName, publicKey: pair.publicKey, days: caDays, extensions }
  return { certificatePem: issue(subject, pair.privateKey, now), privateKeyPem: pkcs8(pair.privateKey) }
}

/** A server certificate for the given host names and IP addresses. */
export function issueServer(authority: IssuedCertificate, hosts: readonly string[], now: number): IssuedCertificate {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const caKey = createPrivateKey(authority.privateKeyPem)
  const names = [...new Set(hosts)].map((host) =>
    isIP(host) ? tlv(0x87, addressBytes(host)) : tlv(0x82, Buffer.from(host, 'ascii')),
  )
  const extensions = [
    extension('2.5.29.19', true, sequence()),
    // digitalSignature.
    extension('2.5.29.15', true, bitString(Buffer.from([0x80]), 7)),
    extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.14', false, octetString(subjectKeyIdentifier(pair.publicKey))),
    extension('2.5.29.35', false, sequence(tlv(0x80, subjectKeyIdentifier(createPublicKey(caKey))))),
    extension('2.5.29.17', false, sequence(...names)),
  ]
  const subject = { commonName: 'sealdesk vault', publicKey: pair.publicKey, days: serverDays, extensions }
  return { certificatePem: issue(subject, caKey, now), privateKeyPem: pkcs8(pair.privateKey) }
}

/** SHA-256 of the certificate's DER, hex: what an enrolment code pins. */
export function certificateFingerprint(pem: string): string {
  return createHash('sha256').update(new X509Certificate(pem).raw).digest('hex')
}

function issue(subject: Subject, key: KeyObject, now: number): string {
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'))
  const serial = Buffer.concat([Buffer.from([0x01]), randomBytes(15)])
  const body = sequence(
    tlv(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    distinguishedName(authorityName),
    // A day back: the other machine's clock may be late.
    sequence(time(now - dayMs), time(now + subject.days * dayMs)),
    distinguishedName(subject.commonName),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...subject.extensions)),
  )
  const der = sequence(body, algorithm, bitString(sign('sha256', body, key)))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), utf8String(commonName))))
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value))
}

/** RFC 7093, method 1: the first 160 bits of SHA-256 of the public key. */
function subjectKeyIdentifier(key: KeyObject): Buffer {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20)
}

function pkcs8(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const words = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const left = words(head)
  const right = tail === undefined ? [] : words(tail)
  const all = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
  return Buffer.concat(all.map((word) => Buffer.from(word.padStart(4, '0'), 'hex')))
}
