/** Who is behind a provider's address, as far as the vault has seen them: for the people whom a message names. */
import { createContent, type Content } from '../../content/content.ts'
import type { Ground } from '../../ground.ts'
import { findGroupSeen, findIdentityBehind } from './queries.ts'

export interface Names {
  /** null: never seen with a name, or erased. */
  find(address: string): Promise<string | null>
}

/** Looks each address up once. `group`: identity of the group whose newest snapshot knows the members who have not written yet. */
export function createNames(
  { store, keyring }: Pick<Ground, 'store' | 'keyring'>,
  account: string,
  group: string | null,
  content: Content = createContent(store, keyring),
): Names {
  const known = new Map<string, Promise<string | null>>()
  let members: Promise<Map<string, string>> | null = null
  const readMembers = async (): Promise<Map<string, string>> => {
    const seen = group === null ? undefined : await findGroupSeen(store, group)
    const decoded = seen && (await content.decoded(seen.ledger, seen.seq))
    if (decoded?.kind !== 'group.seen/1') return new Map()
    const pairs = decoded.payload.group.members.flatMap(({ address, aliases, name }) =>
      name === null ? [] : [address, ...aliases].map((one): [string, string] => [one, name]),
    )
    return new Map(pairs)
  }
  const look = async (address: string): Promise<string | null> => {
    const identity = await findIdentityBehind(store, account, keyring.lookup('address', account, address))
    const label = identity === undefined ? null : await content.label(identity)
    return label?.name ?? (await (members ??= readMembers())).get(address) ?? null
  }
  return {
    find(address) {
      let name = known.get(address)
      if (!name) known.set(address, (name = look(address)))
      return name
    },
  }
}
