/** The first words on a link: challenge, hello, and then welcome or a coded refusal. */
import { randomBytes } from 'node:crypto'
import { challengeSchema, helloSchema, refusedSchema, welcomeSchema } from '../../../shared/contracts/device.ts'
import type { SignedDocument } from '../../../shared/contracts/signed-document.ts'
import type { z } from 'zod'
import { frame, sha256 } from '../../../shared/formats/bytes.ts'
import { verifyFor } from '../../../shared/formats/keys.ts'
import type { Devices } from '../devices/devices.ts'
import type { Clock } from '../../../shared/clock/clock.ts'
import { closeCodes, type Link, type Links, type LinkSocket } from './links.ts'

export interface HandshakeNeeds {
  devices: Pick<Devices, 'findByWorkstation' | 'findRevocation' | 'useSecret'>
  links: Links
  clock: Clock
  upTo(ledger: string): Promise<number>
}

export type Welcome = z.infer<typeof welcomeSchema>
type Refused = z.infer<typeof refusedSchema>
export type Verdict = { link: Link; welcome: Welcome } | Refused | null

export function makeChallenge(): z.infer<typeof challengeSchema> {
  return { challenge: randomBytes(32).toString('base64url') }
}

/**
 * Decides about a hello. The new link is live when this resolves with one; null: the caller had gone meanwhile.
 * Throws CodedError('storage_full', 'storage_failed') when the next secret cannot be stored.
 */
export async function judgeHello(
  needs: HandshakeNeeds,
  challenge: string,
  message: unknown,
  socket: LinkSocket,
  from: { address: string; alive: () => boolean },
): Promise<Verdict> {
  const parsed = helloSchema.safeParse(message)
  if (!parsed.success) return refuse('malformed')
  const { workstation, deviceSecret, software, capture, signature } = parsed.data.hello
  const { devices, links } = needs
  const device = devices.findByWorkstation(workstation)
  if (!device) return refuse('unknown_workstation')
  const signed = frame([challenge, workstation, deviceSecret].map((part) => Buffer.from(part, 'ascii')))
  if (!verifyFor('sealdesk/link/1', signed, Buffer.from(signature, 'base64url'), device.signingKey))
    return refuse('signature_refused')
  const revoked = devices.findRevocation(workstation)
  if (revoked) return refuse('revoked', revoked)

  const upTo = await needs.upTo(device.ledger)
  const next = randomBytes(32)
  const secrets = { presented: sha256(Buffer.from(deviceSecret, 'base64url')), next: sha256(next) }
  const whence = { address: from.address, software, capture: capture ?? null }
  const verdict = await devices.useSecret(workstation, secrets, whence, from.alive)
  if (verdict === 'gone') return null
  if (verdict === 'copied_profile') links.end(workstation, closeCodes.copied, 'copied_profile')
  if (verdict !== 'fresh') return refuse(verdict)
  // From here to the open link nothing waits: a revocation meanwhile is either seen here or sees the link.
  const revokedMeanwhile = devices.findRevocation(workstation)
  if (revokedMeanwhile) return refuse('revoked', revokedMeanwhile)
  if (!from.alive()) return null
  const link = links.open(workstation, whence, socket)
  return {
    link,
    welcome: {
      welcome: { token: link.token, nextDeviceSecret: next.toString('base64url'), now: needs.clock.now(), upTo },
    },
  }
}

function refuse(code: string, document: SignedDocument | null = null): Refused {
  return { refused: { code, document } }
}
