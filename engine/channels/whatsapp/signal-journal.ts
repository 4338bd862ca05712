/**
 * Wraps the library's Signal repository so that a decrypted message and the ratchet step that made it readable are one
 * database transaction, and so that no two steps of one session ever work on the same copy of it.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { BinaryNode, SignalKeyStoreWithTransaction, SignalRepositoryWithLIDStore } from '@whiskeysockets/baileys'
import type { ChannelStore } from '../channel.ts'
import { isLid, personAddress } from './address.ts'
import { asKeyData } from './auth-state.ts'
import { requireSignedPreKey } from './harden.ts'
import type { OwnAddresses } from './kept-event.ts'
import type { Baileys } from './library.ts'
import { messageKey, messageRows } from './stanza-rows.ts'
import type { RowWithState } from './stanza-rows.ts'
import type { Undecrypted } from './undecrypted.ts'

type MakeRepository = Baileys['DEFAULT_CONNECTION_CONFIG']['makeSignalRepository']

/** The stanza in which a ciphertext came. */
export interface Envelope {
  node: BinaryNode
}

/** One send as the encryption sees it: whether it began, and whether it may still go on. */
export interface SendScope {
  encrypting: boolean
  cancelled: boolean
}

export const sendScope = new AsyncLocalStorage<SendScope>()

export interface JournalHost {
  /** By the ciphertext's own buffer, which the library passes on unchanged. */
  envelopes: WeakMap<Uint8Array, Envelope>
  undecrypted: Undecrypted
  store: ChannelStore
  now(): number
  own(): OwnAddresses
  /** False once the connection is over: what fails then says nothing about the message. */
  active(): boolean
  /** The stanza was decrypted and kept, or failed. */
  settled(node: BinaryNode): void
  /** A row was committed. */
  recorded(): void
  writeFailed(error: unknown): void
}

/**
 * A message of no fields and one byte of padding. It stands in for one that was decrypted and kept before and came
 * again because its receipt was lost: the library then confirms it, instead of asking the customer to send it anew.
 */
const EMPTY_MESSAGE: Uint8Array = Buffer.from([1])

/**
 * libsignal queues its work by address for the whole process and runs a queued job in the asynchronous context of
 * whoever filled the queue first, which is another account's or another send's key transaction. One step at a time
 * per address keeps every job in its own.
 */
const tails = new Map<string, Promise<unknown>>()

export function serially<T>(key: string, run: () => Promise<T>): Promise<T> {
  const result = (tails.get(key) ?? Promise.resolve()).then(run, run)
  const tail = result.catch(() => undefined)
  tails.set(key, tail)
  void tail.then(() => {
    if (tails.get(key) === tail) tails.delete(key)
  })
  return result
}

export function journalledRepository(baileys: Baileys, host: JournalHost): MakeRepository {
  return (auth, logger, pnToLid) => {
    const inner = baileys.DEFAULT_CONNECTION_CONFIG.makeSignalRepository(auth, logger, pnToLid)
    // The socket hands over its transaction-capable keys; the declared type is wider.
    const keys = auth.keys as SignalKeyStoreWithTransaction
    // The library relays a message inside one long key transaction with a cached session that goes stale when a
    // message arrives meanwhile, and commits it after the stanza has left. Outside of it every step commits at once.
    const outside = AsyncLocalStorage.snapshot()

    const address = async (jid: string): Promise<string> => {
      // Resolved before any transaction: a pair learned inside one would vanish with its rollback.
      const lid = isLid(personAddress(jid) ?? '@lid') ? null : await inner.lidMapping.getLIDForPN(jid).catch(() => null)
      return inner.jidToSignalProtocolAddress(lid ?? jid)
    }
    const step = async <T>(jid: string, run: () => Promise<T>): Promise<T> => {
      const key = await address(jid)
      return serially(key, () => outside(run))
    }
    const decrypting = (ciphertext: Uint8Array, key: string, decrypt: () => Promise<Uint8Array>) => {
      const envelope = host.envelopes.get(ciphertext)
      return keepingRow(host, envelope, (row) =>
        keys.transaction(async () => {
          const padded = await decrypt()
          const kept = row(padded)
          if (kept.length > 0) await keys.set(asKeyData(kept))
          return padded
        }, key),
      )
    }

    const wrapped: Partial<SignalRepositoryWithLIDStore> = {
      decryptMessage: (request) =>
        step(request.jid, () => decrypting(request.ciphertext, request.jid, () => inner.decryptMessage(request))),
      decryptGroupMessage: (request) =>
        serially(`${request.group} ${request.authorJid}`, () =>
          outside(() => decrypting(request.msg, request.group, () => inner.decryptGroupMessage(request))),
        ),
      encryptMessage: (request) => {
        const scope = sendScope.getStore()
        return step(request.jid, () => {
          if (scope?.cancelled) throw new Error('the send was given up')
          if (scope) scope.encrypting = true
          return inner.encryptMessage(request)
        })
      },
      encryptGroupMessage: (request) => {
        const scope = sendScope.getStore()
        return serially(`${request.group} ${request.meId}`, () =>
          outside(() => {
            if (scope?.cancelled) throw new Error('the send was given up')
            if (scope) scope.encrypting = true
            return inner.encryptGroupMessage(request)
          }),
        )
      },
      injectE2ESession: async (request) => {
        requireSignedPreKey(baileys.Curve, request.session)
        return step(request.jid, () => inner.injectE2ESession(request))
      },
    }
    return { ...inner, ...wrapped }
  }
}

/** Runs a decryption that writes `row(plaintext)` in its own transaction, and deals with one that fails. */
async function keepingRow(
  host: JournalHost,
  envelope: Envelope | undefined,
  decrypt: (row: (padded: Uint8Array) => RowWithState[]) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  let kept: RowWithState[] = []
  let readable = false
  try {
    const plaintext = await decrypt((padded) => {
      readable = true
      const look = { store: host.store, receivedAt: host.now() }
      const made = envelope ? messageRows(envelope.node, padded, host.own(), look) : []
      kept = made.map((row) => ({ ...row, state: [...row.state, ...host.undecrypted.resolution(row.key)] }))
      return kept
    })
    for (const { key } of kept) host.undecrypted.resolved(key, true)
    // Readable and of no account to anybody: keys, or talk between own devices.
    if (envelope && kept.length === 0) host.undecrypted.resolved(messageKey(envelope.node), false)
    if (kept.length > 0) host.recorded()
    return plaintext
  } catch (error) {
    if (envelope && !readable && host.active() && failed(host, envelope, error)) return EMPTY_MESSAGE
    throw error
  } finally {
    if (envelope) host.settled(envelope.node)
  }
}

/** True when the message is in the inbox already. */
function failed(host: JournalHost, { node }: Envelope, error: unknown): boolean {
  if (node.attrs['category'] === 'peer') return false
  try {
    return host.undecrypted.failed(node, error instanceof Error ? error.message : 'unreadable') === 'kept'
  } catch (storeError) {
    host.writeFailed(storeError)
    return false
  }
}
