/** From a provider's addresses to one identity: found by keyed hashes, made with a key of its own when it is new. */
import type { Payload } from '../../../../shared/contracts/events.ts'
import { randomId } from '../../../../shared/formats/bytes.ts'
import type { DecodedPayload } from '../../../../shared/formats/event.ts'
import type { Reader, Writer } from '../../../database/open.ts'
import { closeLabel, createContent, type Label } from '../../content/content.ts'
import type { Keyring } from '../../keyring/keyring.ts'
import { findAlias, insertAlias, insertIdentity, updateLabel } from './queries.ts'

export type SeenIdentity = Payload<'identity.seen/1'>['identity']

/** The identity was erased between planning and writing: plan again. */
export class PlanOutdated extends Error {}

export function peerOf(decoded: DecodedPayload): SeenIdentity | null {
  switch (decoded.kind) {
    case 'message.recorded/1':
    case 'message.intended/1':
      return decoded.payload.peer
    case 'identity.seen/1':
      return decoded.payload.identity
    default:
      return null
  }
}

const addressesOf = (seen: SeenIdentity): string[] => [...new Set([seen.address, ...seen.aliases])]

export interface Identities {
  /** Makes keys (durable) for every address of these that nobody is known under yet. Must come before the transaction. */
  prepare(db: Reader, seen: readonly { account: string; peer: SeenIdentity }[]): Promise<void>
  /** The identity, made where it is new, its name and aliases brought up to date. Throws PlanOutdated. */
  resolve(db: Writer, account: string, seen: SeenIdentity, at: number): Promise<string>
}

/** For one batch. Existing identities are never merged: an alias that belongs to another one stays there. */
export function createIdentities(keyring: Keyring): Identities {
  const prepared = new Map<string, string>()
  const labels = new Map<string, Label | null>()
  const slot = (account: string, address: string): string => `${account} ${address}`
  const lookup = (account: string, address: string): Buffer => keyring.lookup('address', account, address)

  const find = async (db: Reader, account: string, seen: SeenIdentity): Promise<string | undefined> => {
    for (const address of addressesOf(seen)) {
      const identity = await findAlias(db, account, lookup(account, address))
      if (identity) return identity
    }
    return undefined
  }
  const refresh = async (db: Writer, identity: string, account: string, seen: SeenIdentity): Promise<void> => {
    let label = labels.get(identity)
    if (label === undefined) label = await createContent(db, keyring).label(identity)
    labels.set(identity, label)
    if (!label) return
    const known = new Set([label.address, ...label.aliases])
    const added: string[] = []
    for (const address of addressesOf(seen)) {
      if (known.has(address)) continue
      if (await insertAlias(db, account, lookup(account, address), identity)) added.push(address)
    }
    const name = seen.name ?? label.name
    // Only an address of its own may become the one that it is called by.
    const mine = new Set([...known, ...added])
    const address = mine.has(seen.address) ? seen.address : label.address
    if (added.length === 0 && name === label.name && address === label.address) return
    const aliases = [...mine].filter((one) => one !== address)
    const next = { address, aliases, name }
    const sealed = await closeLabel(keyring, identity, next)
    if (!sealed) return
    labels.set(identity, next)
    await updateLabel(db, identity, sealed)
  }

  return {
    async prepare(db, seen) {
      const fresh: string[] = []
      for (const { account, peer } of seen) {
        const slots = addressesOf(peer).map((address) => slot(account, address))
        if (slots.some((one) => prepared.has(one)) || (await find(db, account, peer))) continue
        const id = randomId()
        fresh.push(id)
        for (const one of slots) prepared.set(one, id)
      }
      await keyring.makeIdentityKeys(fresh)
    },
    async resolve(db, account, seen, at) {
      const existing = await find(db, account, seen)
      if (existing) {
        await refresh(db, existing, account, seen)
        return existing
      }
      const id = addressesOf(seen)
        .map((address) => prepared.get(slot(account, address)))
        .find((one) => one !== undefined)
      const label = { address: seen.address, aliases: addressesOf(seen).slice(1), name: seen.name }
      const sealed = id && (await closeLabel(keyring, id, label))
      if (!id || !sealed) throw new PlanOutdated('an identity has gone in the meantime')
      await insertIdentity(db, { id, account, label: sealed, at })
      labels.set(id, label)
      for (const address of addressesOf(seen)) await insertAlias(db, account, lookup(account, address), id)
      return id
    },
  }
}
