/** Files that are going to be sent: encrypted piece by piece as the window brings them; a draft that is not sent is swept away. */
import { randomBytes } from 'node:crypto'
import { CodedError } from '../../shared/contracts/contract.ts'
import type { FileDetails, MediaKind } from '../../shared/contracts/neutral-message.ts'
import { randomId } from '../../shared/formats/bytes.ts'
import { onDemandBytes, thumbnailBytes } from '../media/limits.ts'
import type { MediaStore, PartFile, SealedFile } from '../media/store.ts'
import type { Session } from '../session.ts'
import { showFileName } from './file-name.ts'

export interface Draft {
  kind: MediaKind
  file: FileDetails
  thumbnail: Uint8Array | null
}
interface OpenDraft extends Draft {
  part: PartFile
  /** One piece after the other, also where the window does not wait. */
  queue: Promise<void>
}

/** So many at a time; the oldest gives way. */
const mostDrafts = 32
const pieceBytes = 1_048_576
const typeOf: Partial<Record<MediaKind, RegExp>> = {
  image: /^image\//,
  sticker: /^(image\/|video\/webm|application\/x-tgsticker)/,
  video: /^video\//,
  voice: /^audio\//,
  audio: /^audio\//,
}

const bySession = new WeakMap<Session, Drafts>()

export function draftsOf(session: Session): Drafts {
  const drafts = bySession.get(session) ?? new Drafts(session.media)
  bySession.set(session, drafts)
  return drafts
}

export class Drafts {
  readonly #store: MediaStore
  readonly #open = new Map<string, OpenDraft>()

  constructor(store: MediaStore) {
    this.#store = store
  }

  /** Throws CodedError: attachment_too_large, kind_refused, disk_full. */
  async begin(draft: Draft): Promise<string> {
    const { kind, file, thumbnail } = draft
    if (file.bytes > onDemandBytes) throw new CodedError('attachment_too_large', 'the file is too large')
    if (file.bytes === 0 || typeOf[kind]?.test(file.mime.toLowerCase()) === false)
      throw new CodedError('kind_refused', 'this file cannot be sent as that')
    if (thumbnail && thumbnail.length > thumbnailBytes)
      throw new CodedError('attachment_too_large', 'the thumbnail is too large')
    const [oldest] = this.#open.keys()
    if (this.#open.size >= mostDrafts && oldest !== undefined) await this.drop(oldest)
    const part = await this.#store.begin(randomId(), randomBytes(32))
    const safe = { ...file, name: showFileName(file.name) }
    this.#open.set(part.blob, { kind, file: safe, thumbnail, part, queue: Promise.resolve() })
    return part.blob
  }

  #get(id: string): OpenDraft {
    const draft = this.#open.get(id)
    if (!draft) throw new CodedError('attachment_unknown', 'there is no such file')
    return draft
  }

  /** Throws CodedError: attachment_unknown, attachment_offset, attachment_too_large, disk_full (then the draft is gone). */
  async put(id: string, offset: number, data: Uint8Array): Promise<void> {
    const draft = this.#get(id)
    const done = draft.queue.then(async () => {
      if (offset !== draft.part.received) throw new CodedError('attachment_offset', 'the pieces come in order')
      if (data.length > pieceBytes || offset + data.length > draft.file.bytes)
        throw new CodedError('attachment_too_large', 'more than was announced')
      try {
        await draft.part.write(data)
      } catch (error) {
        await this.drop(id)
        throw error
      }
    })
    draft.queue = done.catch(() => {})
    return done
  }

  async drop(id: string): Promise<void> {
    const draft = this.#open.get(id)
    this.#open.delete(id)
    if (!draft) return
    await draft.part.close()
    await this.#store.discard(id)
  }

  /** What is known of a draft, without taking it. Throws CodedError: attachment_unknown, attachment_incomplete. */
  check(id: string): Draft {
    const draft = this.#get(id)
    if (draft.part.received !== draft.file.bytes)
      throw new CodedError('attachment_incomplete', 'the file has not come whole')
    return draft
  }

  /** The draft is to be sent: sealed to its end. It is a draft no more. Throws as check, disk_full. */
  async take(id: string): Promise<Draft & { sealed: SealedFile }> {
    const draft = this.#get(id)
    await draft.queue
    this.check(id)
    this.#open.delete(id)
    try {
      return { ...draft, sealed: await draft.part.finish() }
    } catch (error) {
      await draft.part.close()
      await this.#store.discard(id)
      throw error
    }
  }
}
