/** Linking a new device: the QR references, the phone's scan, the device's proof, and the restart that follows. */
import { SimulatorError } from '../provider.ts'
import { bytesOf, child, element, SERVER } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Connection } from './connection.ts'
import { LID_SERVER, PN_SERVER } from './jid.ts'
import { offerLink, proveDevice, readQr, readRegistration, withAccountKey } from './pairing.ts'
import type { Registration } from './pairing.ts'
import type { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import { Companion, MAX_COMPANIONS } from './world.ts'
import type { Account, World } from './world.ts'

const REFERENCES = 6
const REFERENCE_BYTES = 24

/** The client is told to come back as the device that it now is. */
const RESTART_REQUIRED = 515

interface Candidate {
  connection: Connection
  noiseKey: Buffer
  registration: Registration
}

export class Linking {
  readonly #world: World
  readonly #candidates = new Map<string, Candidate>()

  constructor(world: World) {
    this.#world = world
  }

  /** A client without a device asks to be linked: it gets references for its QR. */
  async offer(
    connection: Connection,
    noiseKey: Buffer,
    data: proto.ClientPayload.IDevicePairingRegistrationData,
  ): Promise<void> {
    const registration = readRegistration(data)
    if (!registration) {
      connection.end(element('failure', { reason: '400', location: 'sim' }), 'bad registration')
      return
    }
    const references = Array.from({ length: REFERENCES }, () => {
      return `2@${this.#world.source.next('reference', REFERENCE_BYTES).toString('base64url')}`
    })
    for (const ref of references) this.#candidates.set(ref, { connection, noiseKey, registration })
    connection.record('rpc', { detail: 'pair-device' })
    void connection.ask((id) =>
      element('iq', { from: SERVER, type: 'set', id, xmlns: 'md' }, [
        element(
          'pair-device',
          {},
          references.map((ref) => element('ref', {}, Buffer.from(ref))),
        ),
      ]),
    )
    await Promise.resolve()
  }

  /** References die with their connection. */
  forget(connection: Connection): void {
    for (const [ref, candidate] of this.#candidates) {
      if (candidate.connection === connection) this.#candidates.delete(ref)
    }
  }

  /** The account's phone scans a QR. Throws SimulatorError when the QR is not valid or the device cannot prove itself. */
  async scan(account: Account, qrText: string): Promise<void> {
    const qr = readQr(qrText)
    const candidate = qr && this.#candidates.get(qr.ref)
    if (!qr || !candidate) throw new SimulatorError('bad_request', 'this QR is not known or has expired')
    const { noiseKey, registration } = candidate
    if (!qr.noiseKey.equals(noiseKey) || !qr.identity.equals(registration.identity)) {
      throw new SimulatorError('bad_request', 'the QR names other keys than its client')
    }
    await this.#complete(account, candidate, qr.advSecret)
  }

  /** The phone has taken the code of this device. Throws SimulatorError as `scan`. */
  async link(account: Account, connection: Connection, advSecret: Buffer): Promise<void> {
    const candidate = [...this.#candidates.values()].find((one) => one.connection === connection)
    if (!candidate) throw new SimulatorError('bad_request', 'the device has gone')
    await this.#complete(account, candidate, advSecret)
  }

  async #complete(account: Account, candidate: Candidate, advSecret: Buffer): Promise<void> {
    const { connection, noiseKey, registration } = candidate
    if (account.companions.size >= MAX_COMPANIONS) {
      throw new SimulatorError('bad_request', 'no more devices can be linked to this number')
    }
    this.forget(connection)
    account.lastDevice += 1
    const device = account.lastDevice
    const link = offerLink({
      phone: account.signal.identity,
      companionIdentity: registration.identity,
      advSecret,
      rawId: this.#world.source.bytes(`raw-id/${account.phone}`, 4).readUInt32BE(0),
      keyIndex: device,
      timestamp: this.#world.seconds(),
    })
    const answer = await connection.ask((id) => pairSuccess(account, device, link.sealed, id, this.#world.seconds()))
    const proof = bytesOf(child(child(answer ?? undefined, 'pair-device-sign'), 'device-identity'))
    const proven = proof && proveDevice(proof, account.signal.identity.publicKey, registration.identity)
    if (!proof || !proven?.equals(link.details)) {
      connection.endWithCode(401)
      throw new SimulatorError('bad_request', 'the device did not prove its identity')
    }
    const fullProof = withAccountKey(proof, account.signal.identity.publicKey)
    account.companions.set(device, new Companion(device, noiseKey, registration, fullProof, account.faults))
    this.#world.wire.record({
      account: account.id,
      connection: connection.number,
      event: 'rpc',
      detail: `paired device ${device}`,
    })
    connection.endWithCode(RESTART_REQUIRED)
  }
}

function pairSuccess(account: Account, device: number, identity: Buffer, id: string, time: number): BinaryNode {
  return element('iq', { from: SERVER, type: 'set', id, t: String(time), xmlns: 'md' }, [
    element('pair-success', {}, [
      element('device-identity', {}, identity),
      element('platform', { name: 'android' }),
      element('device', { jid: account.jid(PN_SERVER, device), lid: account.jid(LID_SERVER, device) }),
    ]),
  ])
}
