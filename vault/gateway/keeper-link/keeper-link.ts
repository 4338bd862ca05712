/** The keeper's connection to the gateway: what it may ask, and the one live connection through which it is asked. */
import type { Socket } from 'node:net'
import { CodedError, type Client, type Handlers } from '../../../shared/contracts/contract.ts'
import { gatewayContract, keeperContract, type GatewayAlert } from '../../../shared/contracts/keeper-link.ts'
import type { Clock } from '../../../shared/clock/clock.ts'
import type { Blobs } from '../blobs/blobs.ts'
import type { Copies } from '../copies/copies.ts'
import type { Devices } from '../devices/devices.ts'
import type { Intake } from '../intake/intake.ts'
import type { Links } from '../links/links.ts'
import { attachPeer, type Peer } from '../../local-socket.ts'

export interface KeeperLink {
  /** For each connection on the local socket; the newest one is the keeper. */
  attach(socket: Socket): void
  /** Asks the keeper. Throws CodedError('keeper_away') when there is none or it does not answer, and the keeper's own codes. */
  call: Client<typeof keeperContract>
  /** A hint to the keeper that the intake has grown; several at once become one. */
  hintGrown(head: () => Promise<number>): void
}

export function createKeeperLink(
  handlers: () => Handlers<typeof gatewayContract>,
  report: (error: unknown) => void,
  deadlineMs = 15_000,
): KeeperLink {
  let current: Peer<typeof keeperContract> | null = null
  let hinting = false
  let hintAgain = false

  const call: KeeperLink['call'] = async (method, input) => {
    if (!current) throw keeperAway()
    try {
      return await current.call(method, input)
    } catch (error) {
      if (error instanceof CodedError && ['peer_gone', 'deadline', 'unreadable_reply'].includes(error.code))
        throw keeperAway()
      throw error
    }
  }
  const hint = async (head: () => Promise<number>): Promise<void> => {
    hinting = true
    do {
      hintAgain = false
      // Only a hint: the keeper polls as well. Also the head may not be readable (a disk that fails, a store that closes).
      await head()
        .then((position) => call('intake.grown', { head: position }))
        .catch(() => undefined)
    } while (hintAgain)
    hinting = false
  }
  return {
    call,
    attach(socket) {
      current?.close()
      const peer = attachPeer(socket, {
        contract: gatewayContract,
        handlers: handlers(),
        context: undefined,
        asks: keeperContract,
        report,
        deadlineMs,
      })
      current = peer
      void peer.closed.then(() => {
        if (current === peer) current = null
      })
    },
    hintGrown(head) {
      hintAgain = true
      if (!hinting && current) void hint(head)
    },
  }
}

function keeperAway(): CodedError {
  return new CodedError('keeper_away', 'the vault cannot decide this at the moment')
}

export interface KeeperHandlerNeeds {
  copies: Copies
  devices: Devices
  intake: Intake
  blobs: Pick<Blobs, 'pull' | 'drop'>
  links: Links
  clock: Clock
  alerts: { pull(after: number): Promise<GatewayAlert[]> }
}

/** Answers to the keeper. Every document is believed only for its signature. */
export function createKeeperHandlers(needs: KeeperHandlerNeeds): Handlers<typeof gatewayContract> {
  const { copies, devices, intake, blobs, links, alerts, clock } = needs
  return {
    'trust.put': async ({ trust }) => {
      await copies.putTrust(trust)
      return {}
    },
    'policy.put': async ({ document }) => {
      if (await copies.putPolicy(document)) links.pushAll({ push: 'policy', document })
      return {}
    },
    'device.put': async ({ document, deviceSecretHash }) => {
      await devices.put(document, Buffer.from(deviceSecretHash, 'hex'))
      return {}
    },
    'device.revoke': async ({ document }) => {
      const workstation = await devices.revoke(document)
      const connected = await links.revoke(workstation, { push: 'revoked', document })
      if (connected) await devices.seen(workstation)
      return { connected }
    },
    'lease.put': async ({ document }) => {
      await copies.putLease(document)
      return {}
    },
    push: async ({ workstation, push }) => ({ delivered: await links.push(workstation, push) }),
    presence: async () => {
      const sightings = await devices.sightings()
      return {
        workstations: [...sightings].map(([workstation, sighting]) => {
          const connected = links.find(workstation) !== null
          return { workstation, ...sighting, connected, seenAt: connected ? clock.now() : sighting.seenAt }
        }),
      }
    },
    'intake.pull': ({ after, limit }) => intake.pull(after, limit),
    'intake.drop': async ({ upTo }) => {
      await intake.drop(upTo)
      return {}
    },
    'blob.pull': async ({ blob, offset, length }) => {
      const found = await blobs.pull(blob, offset, length)
      return found ? { bytes: found.bytes, piece: found.piece.toString('base64url') } : { bytes: null, piece: '' }
    },
    'blob.drop': async ({ blob }) => {
      await blobs.drop(blob)
      return {}
    },
    'alerts.pull': async ({ after }) => ({ alerts: await alerts.pull(after) }),
  }
}
