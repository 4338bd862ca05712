/** Keeps the library's credentials and Signal keys in the account's channel store, one transaction per write. */
import type { AuthenticationCreds, SignalDataSet, SignalDataTypeMap, SignalKeyStore } from '@whiskeysockets/baileys'
import type { ChannelStore } from '../channel.ts'
import { keyStateType } from './address.ts'
import type { Baileys } from './library.ts'

const CREDS = 'creds'
const CREDS_ID = 'own'
/** Why a registration ended; its presence means that the credentials beside it are dead. */
const ENDED = 'ended'

/**
 * Not a key: entries of this type carry an inbox row through the library's key transactions, so that the row is
 * written in the same database transaction as the ratchet step that made it readable.
 */
const JOURNAL = 'inbox-journal'

export interface JournalEntry {
  key: string
  kind: string
  raw: Uint8Array
  /** Entries of other state types to write with the row; null deletes. */
  state: { type: string; id: string; value: Uint8Array | null }[]
}

/** What to give to the library's `keys.set` so that the entries commit with the other mutations. */
export function asKeyData(entries: JournalEntry[]): SignalDataSet {
  // The library's type knows only its own key types; its transaction carries any type to the store's set unchanged.
  return { [JOURNAL]: Object.fromEntries(entries.map((entry) => [entry.key, entry])) } as unknown as SignalDataSet
}

export interface KeyStoreGuard {
  keys: SignalKeyStore
  /** After this nothing is read or written any more; pending commits of the library fail and change nothing. */
  close(): void
}

function applyJournal(store: ChannelStore, entries: Record<string, JournalEntry>): void {
  for (const { key, kind, raw, state } of Object.values(entries)) {
    const isNew = store.putInbox({ key, kind, raw })
    // What came again teaches nothing, but settles what was open.
    for (const { type, id, value } of state) if (isNew || value === null) store.putState(type, id, value)
  }
}

/** `onFailure` is told, before the error goes on, that a write failed: nothing may be acknowledged any more. */
export function openKeyStore(
  baileys: Baileys,
  store: ChannelStore,
  onFailure: (error: unknown) => void,
): KeyStoreGuard {
  let open = true
  const { BufferJSON, proto } = baileys

  const read = (type: string, id: string): unknown => {
    const bytes = store.getState(keyStateType(type), id)
    if (!bytes) return null
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'), BufferJSON.reviver)
    if (type === 'app-state-sync-key' && typeof value === 'object' && value !== null)
      return proto.Message.AppStateSyncKeyData.fromObject(value)
    return value
  }

  const write = (data: SignalDataSet) => {
    for (const [type, entries] of Object.entries(data)) {
      if (type === JOURNAL) {
        applyJournal(store, entries as unknown as Record<string, JournalEntry>)
        continue
      }
      for (const [id, value] of Object.entries(entries ?? {})) {
        const bytes =
          value === null || value === undefined ? null : Buffer.from(JSON.stringify(value, BufferJSON.replacer), 'utf8')
        store.putState(keyStateType(type), id, bytes)
      }
    }
  }

  // A read that fails counts like a write: the library would take it for a missing session.
  const watched = <T>(run: () => T): T => {
    if (!open) throw new Error('the key store is closed')
    try {
      return run()
    } catch (error) {
      onFailure(error)
      throw error
    }
  }

  const keys: SignalKeyStore = {
    get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      return watched(() => {
        const found: { [id: string]: SignalDataTypeMap[T] } = {}
        for (const id of ids) {
          const value = read(type, id)
          if (value !== null) found[id] = value as SignalDataTypeMap[T]
        }
        return found
      })
    },
    set(data) {
      watched(() => store.transaction(() => write(data)))
    },
  }
  return { keys, close: () => (open = false) }
}

/** The registered device's credentials, or null when there are none or WhatsApp has ended them. */
export function loadCreds(baileys: Baileys, store: ChannelStore): AuthenticationCreds | null {
  const bytes = store.getState(CREDS, CREDS_ID)
  if (!bytes || store.getState(ENDED, CREDS_ID)) return null
  return JSON.parse(Buffer.from(bytes).toString('utf8'), baileys.BufferJSON.reviver) as AuthenticationCreds
}

export function hasCreds(store: ChannelStore): boolean {
  return store.getState(CREDS, CREDS_ID) !== null && store.getState(ENDED, CREDS_ID) === null
}

export function saveCreds(baileys: Baileys, store: ChannelStore, creds: AuthenticationCreds): void {
  const bytes = Buffer.from(JSON.stringify(creds, baileys.BufferJSON.replacer), 'utf8')
  store.transaction(() => store.putState(CREDS, CREDS_ID, bytes))
}

/** Marks the registration as ended. Nothing is wiped before somebody pairs anew. */
export function endRegistration(store: ChannelStore, reason: string): void {
  store.transaction(() => store.putState(ENDED, CREDS_ID, Buffer.from(reason, 'utf8')))
}

/** Key types that belong to one registration; address pairs and privacy tokens stay. */
const OF_REGISTRATION = [
  'pre-key',
  'session',
  'sender-key',
  'sender-key-memory',
  'app-state-sync-key',
  'app-state-sync-version',
  'device-list',
  'identity-key',
]

/** Forgets an ended or unfinished registration, for a new pairing. */
export function clearRegistration(store: ChannelStore): void {
  store.transaction(() => {
    store.putState(CREDS, CREDS_ID, null)
    store.putState(ENDED, CREDS_ID, null)
    for (const type of OF_REGISTRATION)
      for (const { id } of store.listState(keyStateType(type))) store.putState(keyStateType(type), id, null)
  })
}
