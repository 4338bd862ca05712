/** Files of messages: told of by events, fetched from the gateway, checked, kept under wrapped keys, and read by those who may. */
import { createHmac } from 'node:crypto'
import { CodedError, type Client } from '../../../../shared/contracts/contract.ts'
import type { Payload } from '../../../../shared/contracts/events.ts'
import type { gatewayContract } from '../../../../shared/contracts/keeper-link.ts'
import { sealedSize } from '../../../../shared/formats/blob.ts'
import { randomId } from '../../../../shared/formats/bytes.ts'
import { seal } from '../../../../shared/formats/seal.ts'
import type { Writer } from '../../../database/open.ts'
import { createContent, type Content } from '../../content/content.ts'
import { fileRefs, type MessageRefs, type Whose } from '../../content/refs.ts'
import type { Ground } from '../../ground.ts'
import { decrypt, encrypt } from '../../keyring/cipher.ts'
import type { Alerts } from '../alerts/service.ts'
import type { WorkstationRow } from '../workstations/queries.ts'
import { openFiles } from './files.ts'
import {
  deleteFile,
  deleteKeys,
  findAttachment,
  findKey,
  findKeyOf,
  findWorkstationOf,
  forgetBlob,
  hasFile,
  insertAttachment,
  insertFile,
  insertKey,
  isAwaited,
  listKeyless,
  listKeys,
  listOpen,
  updateAttachment,
  type AttachmentRow,
} from './queries.ts'

type Stored = Payload<'media.stored/1'>
type Missing = Payload<'media.missing/1'>
interface Told {
  db: Writer
  refs: MessageRefs
  account: string
  header: { ledger: string; seq: number; at: number }
}
type OpenAttachment = AttachmentRow & { blob: string }

export interface FileState {
  state: 'held' | 'waiting' | 'missing'
  /** Of the plain content; only of what is held. */
  sha256: string | null
}

export interface Media {
  /** For the intake's transaction. */
  stored(told: Told, whose: Whose, payload: Stored): Promise<void>
  missing(told: Told, whose: Whose, payload: Missing): Promise<void>
  /** After their commit: these blobs have been told of. */
  told(blobs: readonly string[]): void
  /** Calls `listener` for each blob that is told of from now on. */
  watch(listener: (blob: string) => void): void
  /** null: no event has told of a file yet. */
  stateOf(content: Content, account: string, refs: readonly Uint8Array[]): Promise<FileState | null>
  /** A piece of a message's held file. Throws CodedError('media_missing', 'blob_damaged'). */
  read(
    account: string,
    refs: readonly Uint8Array[],
    offset: number,
    length: number,
  ): Promise<{ data: Buffer; bytes: number; mime: string }>
  /** For a workstation, sealed to its opening key. Throws CodedError('not_assigned', 'media_unknown'). The caller has checked the PIN proof. */
  pull(
    workstation: WorkstationRow,
    input: { account: string; sha256: string; offset: number; length: number },
  ): Promise<{ sealed: string; bytes: number }>
  /**
   * Fetches what is complete at the gateway and lets its copies go; `blob` null: everything. One that fails holds back no other; rejects
   * with the last failure: as `ask` does, 'storage_full' or 'storage_failed'.
   */
  fetch(ask: Client<typeof gatewayContract>, blob: string | null): Promise<void>
  /** Destroys the identity's wraps, and the files that nobody else has a wrap of. Safe to repeat. */
  forget(identity: string): Promise<void>
}

export interface MediaNeeds {
  folder: string
  raise: Alerts['raise']
  /** Whether the workstation's employee may read this account's conversations. */
  mayRead(workstation: WorkstationRow, account: string): Promise<boolean>
}

const openPage = 200
/** Whole chunks of the sealed form, below the link's 1 MiB. */
const pieceBytes = 15 * (65_536 + 16)

export function createMedia(ground: Ground, needs: MediaNeeds): Media {
  const { store, keyring, clock } = ground
  const files = openFiles(needs.folder)
  const nameOf = (sha256: string): string =>
    createHmac('sha256', keyring.derived('blob-name')).update(Buffer.from(sha256, 'hex')).digest('hex')
  const boundTo = (name: string, identity: string): string => `blob/${name}/${identity}`
  /** One after the other: a file must not get its second wrap while its last one goes. */
  let running: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const mine = running.then(run)
    running = mine.catch(() => undefined)
    return mine
  }

  const tell = async (told: Told, whose: Whose, payload: Stored | Missing, blob: string | null): Promise<void> => {
    const { db, refs, account, header } = told
    const row: AttachmentRow = {
      id: randomId(),
      account,
      identity: whose.owner,
      ledger: header.ledger,
      seq: header.seq,
      at: clock.now(),
      state: blob === null ? 'missing' : 'waiting',
      blob,
      name: null,
    }
    await insertAttachment(db, row, fileRefs(refs, whose, payload))
  }
  const unwrap = async (name: string, key: { identity: string; wrapped: Buffer }): Promise<Buffer | null> => {
    const identityKey = await keyring.identityKey(key.identity)
    return identityKey && decrypt(identityKey, key.wrapped, boundTo(name, key.identity))
  }
  const storedKey = async (name: string): Promise<Buffer | null> => {
    for (const one of await listKeys(store, name)) {
      const key = await unwrap(name, one)
      if (key) return key
    }
    return null
  }
  const toldOf = async (row: AttachmentRow, content = createContent(store, keyring)): Promise<Stored | null> => {
    const decoded = await content.decoded(row.ledger, row.seq)
    return decoded?.kind === 'media.stored/1' ? decoded.payload : null
  }

  /** Wraps the file's key for the attachment's identity. False: the identity has no key any more. */
  const grant = async (row: AttachmentRow, name: string, key: Buffer, bytes: number): Promise<boolean> => {
    const identityKey = await keyring.identityKey(row.identity)
    if (!identityKey) return false
    const wrapped = encrypt(identityKey, key, boundTo(name, row.identity))
    await store.transaction(async (db) => {
      await insertFile(db, name, bytes)
      await insertKey(db, name, row.identity, wrapped)
      await updateAttachment(db, row.id, 'held', name)
    })
    return true
  }
  const end = (row: AttachmentRow, state: 'damaged' | 'erased'): Promise<void> =>
    store.transaction(async (db) => {
      await updateAttachment(db, row.id, state, null)
      if (state === 'damaged') await needs.raise(db, 'media_damaged', await findWorkstationOf(db, row.ledger))
    })

  /**
   * A file that the vault holds needs no second fetch where the same identity has it, or where the event names the very key of the
   * stored one. A known hash alone is no proof that somebody has the file.
   */
  const isHeld = async (row: AttachmentRow, payload: Stored, name: string): Promise<boolean> => {
    if (!(await hasFile(store, name))) return false
    const key = await storedKey(name)
    if (!key) return false
    const isProven = key.equals(Buffer.from(payload.key, 'base64url')) || (await findKey(store, name, row.identity))
    return isProven ? grant(row, name, key, payload.bytes) : false
  }
  const keep = async (row: AttachmentRow, payload: Stored, name: string): Promise<void> => {
    const before = (await hasFile(store, name)) ? await storedKey(name) : null
    const key = before ?? Buffer.from(payload.key, 'base64url')
    if (before) await files.discard(row.id)
    else await files.keep(row.id, name)
    if (await grant(row, name, key, payload.bytes)) return
    await end(row, 'erased')
    await removeKeyless()
    // Named, but never written down: nobody has a wrap of it.
    if (!(await hasFile(store, name))) await files.remove(name)
  }
  const removeKeyless = async (): Promise<void> => {
    for (const { name } of await listKeyless(store)) {
      await files.remove(name)
      await store.transaction((db) => deleteFile(db, name))
    }
  }

  const fetchOne = async (ask: Client<typeof gatewayContract>, row: OpenAttachment): Promise<void> => {
    const payload = await toldOf(row)
    if (!payload) return end(row, 'erased')
    const name = nameOf(payload.sha256)
    if (await inTurn(() => isHeld(row, payload, name))) return
    const { bytes } = await ask('blob.pull', { blob: row.blob, offset: 0, length: 1 })
    if (bytes === null) return
    const expected = { ...payload, key: Buffer.from(payload.key, 'base64url') }
    try {
      if (bytes !== sealedSize(payload.bytes)) throw new CodedError('blob_damaged', 'another size than was told')
      await files.write(row.id, expected, piecesOf(ask, row.blob, bytes))
    } catch (error) {
      if (error instanceof CodedError && error.code === 'blob_damaged') return end(row, 'damaged')
      throw error
    }
    await inTurn(() => keep(row, payload, name))
  }

  const settle = async (ask: Client<typeof gatewayContract>, row: OpenAttachment): Promise<void> => {
    if (row.state === 'waiting') await fetchOne(ask, row)
    if (await isAwaited(store, row.blob)) return
    await ask('blob.drop', { blob: row.blob })
    await store.transaction((db) => forgetBlob(db, row.blob))
  }

  let listener: (blob: string) => void = () => undefined
  return {
    told: (blobs) => blobs.forEach((blob) => listener(blob)),
    watch: (added) => (listener = added),
    stored: (told, whose, payload) => tell(told, whose, payload, payload.blob),
    missing: (told, whose, payload) => tell(told, whose, payload, null),
    async stateOf(content, account, refs) {
      const row = await findAttachment(store, account, refs)
      if (!row) return null
      if (row.state !== 'held') return { state: row.state === 'waiting' ? 'waiting' : 'missing', sha256: null }
      return { state: 'held', sha256: (await toldOf(row, content))?.sha256 ?? null }
    },
    async read(account, refs, offset, length) {
      const row = await findAttachment(store, account, refs)
      const wrapped = row?.name && (await findKey(store, row.name, row.identity))
      const key = wrapped && (await unwrap(row.name!, wrapped))
      const payload = row && (await toldOf(row))
      if (!row || !key || !payload) throw new CodedError('media_missing', 'the vault holds no file of this message')
      return { ...(await files.read(row.name!, key, offset, length)), mime: payload.mime }
    },
    async pull(workstation, { account, sha256, offset, length }) {
      if (!(await needs.mayRead(workstation, account)))
        throw new CodedError('not_assigned', 'this account is not assigned to this workstation')
      const unknown = new CodedError('media_unknown', 'the vault holds no such file')
      if (!/^[0-9a-f]{64}$/.test(sha256)) throw unknown
      const name = nameOf(sha256)
      const wrapped = await findKeyOf(store, name, account)
      const key = wrapped && (await unwrap(name, wrapped))
      if (!key) throw unknown
      const { data, bytes } = await files.read(name, key, offset, length)
      return { sealed: seal(data, workstation.opening_key, 'media').toString('base64url'), bytes }
    },
    async fetch(ask, blob) {
      let failure = null as { error: unknown } | null
      for (let after = ''; ;) {
        const page = await listOpen(store, blob, after, openPage)
        for (const row of page) await settle(ask, row).catch((error: unknown) => (failure = { error }))
        const last = page.at(-1)
        if (!last || page.length < openPage) break
        after = last.id
      }
      if (failure) throw failure.error
    },
    forget: (identity) =>
      inTurn(async () => {
        await store.transaction((db) => deleteKeys(db, identity))
        await removeKeyless()
      }),
  }
}

async function* piecesOf(ask: Client<typeof gatewayContract>, blob: string, bytes: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes;) {
    const { piece } = await ask('blob.pull', { blob, offset, length: Math.min(pieceBytes, bytes - offset) })
    const part = Buffer.from(piece, 'base64url')
    if (part.length === 0) throw new CodedError('gateway_away', 'the gateway does not have this file any more')
    yield part
    offset += part.length
  }
}
