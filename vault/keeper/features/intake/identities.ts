/** From a provider's addresses to one identity: found by keyed hashes, made with a key of its own when it is new. */
import type { SeenIdentity } from '../../../../shared/contracts/events.ts'
import { isGroupAddress } from '../../../../shared/contracts/neutral-message.ts'
import { randomId } from '../../../../shared/formats/bytes.ts'
import type { DecodedPayload } from '../../../../shared/formats/event.ts'
import type { Reader, Writer } from '../../../database/open.ts'
import { closeLabel, createContent, type Label } from '../../content/content.ts'
import type { Keyring } from '../../keyring/keyring.ts'
import { findAlias, insertAlias, insertIdentity, updateLabel } from './queries.ts'

/** The identity was erased between planning and writing: plan again. */
export class PlanOutdated extends Error {}

/** Who an event is about. */
export interface Parties {
  /** The other side of the conversation: a person, or the group. */
  peer: SeenIdentity
  /** Who wrote it, in groups and where it was not the account; else null. */
  author: SeenIdentity | null
  /** Under whose key the content stands. What the provider tells of a group (who joined, its subject) is the group's. */
  owner: 'peer' | 'author'
  /** False: it says who somebody is, and nothing of a conversation. */
  speaks: boolean
}

function spoken(of: { peer: SeenIdentity; author: SeenIdentity | null; direction: 'in' | 'out' }): Parties {
  // Elsewhere there is no third one, whatever a workstation says.
  const author = of.direction === 'in' && isGroupAddress(of.peer.address) ? of.author : null
  return { peer: of.peer, author, owner: author ? 'author' : 'peer', speaks: true }
}

export function partiesOf(decoded: DecodedPayload): Parties | null {
  const alone = { author: null, owner: 'peer' } as const
  switch (decoded.kind) {
    case 'message.recorded/1': {
      const parties = spoken(decoded.payload)
      return decoded.payload.message.kind === 'service' ? { ...parties, owner: 'peer' } : parties
    }
    case 'media.stored/1':
    case 'media.missing/1':
      return spoken(decoded.payload)
    case 'raw.kept/1':
      return decoded.payload.place && spoken(decoded.payload.place)
    case 'message.intended/1':
    case 'conversation.claimed/1':
      return { ...alone, peer: decoded.payload.peer, speaks: true }
    case 'group.seen/1': {
      const { address, subject } = decoded.payload.group
      return { ...alone, peer: { address, aliases: [], name: subject === '' ? null : subject }, speaks: true }
    }
    case 'identity.seen/1':
      return { ...alone, peer: decoded.payload.identity, speaks: false }
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
