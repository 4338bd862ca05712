/** Files in the window: drafts that are brought, files of messages that are shown or asked for. */
import { CodedError, type Handlers } from '../../shared/contracts/contract.ts'
import type { fileDeskContract } from '../../shared/contracts/file-desk.ts'
import { applyAtVault, applyDiscarded, applyWanted, findAttachment } from '../cache/attachments.ts'
import { onDemandBytes } from '../media/limits.ts'
import { newTouched } from '../recorder/context.ts'
import { getPlaced, lookedAtFirst, type DeskHost } from './desk-host.ts'
import { draftsOf } from './drafts.ts'
import { showMime } from './file-name.ts'

export function createFileDesk(host: DeskHost): Handlers<typeof fileDeskContract> {
  return {
    'attachment.begin': async ({ kind, file, thumbnail }) => {
      const bytes = thumbnail === null ? null : Buffer.from(thumbnail, 'base64')
      return { attachment: await draftsOf(host.session()).begin({ kind, file, thumbnail: bytes }) }
    },
    'attachment.put': async ({ attachment, offset, data }) => {
      await draftsOf(host.session()).put(attachment, offset, data)
      return {}
    },
    'attachment.drop': async ({ attachment }) => {
      await draftsOf(host.session()).drop(attachment)
      return {}
    },
    'media.read': async ({ message, offset, length }) => {
      const session = host.session()
      const { row, at } = getPlaced(host, message)
      const held = findAttachment(session.cache, row.n)
      if (held?.state !== 'held' || !held.blob || !held.key)
        throw new CodedError('media_missing', 'the file is not here')
      lookedAtFirst(session, at.conversation)
      const data = await session.media.read({ blob: held.blob, key: held.key }, offset, length)
      return { data: new Uint8Array(data), bytes: held.bytes ?? data.length, mime: showMime(held.mime) }
    },
    'media.fetch': ({ message }) => fetchFile(host, message),
  }
}

function fetchFile(host: DeskHost, ref: string): Record<string, never> {
  const session = host.session()
  const { row } = getPlaced(host, ref)
  const file = findAttachment(session.cache, row.n)
  if (!file) throw new CodedError('media_missing', 'there is no file')
  const here = file.state === 'held' && file.blob !== null && session.media.has(file.blob)
  if (here || file.state === 'fetching') return {}
  // Its file was lost on this machine: the vault has it.
  const lost = file.state === 'held' && file.sha256 !== null
  const tooLarge = !lost && file.source === 'provider' && (file.claimedBytes ?? 0) > onDemandBytes
  if (tooLarge || (!lost && file.source === 'provider' && !file.reference))
    throw new CodedError('media_missing', 'the file cannot be had')
  const touched = newTouched()
  session.cache.transaction((writer) => {
    const { sha256, bytes, mime } = file
    if (lost) {
      applyDiscarded(writer, row.n)
      applyAtVault(writer, row.n, { sha256: sha256!, bytes: bytes ?? 0, mime }, 'waiting')
    }
    applyWanted(writer, row.n)
  })
  const key = { conversation: row.conversation, at: row.at, n: row.n }
  touched.messages.push(key)
  touched.media.push(key)
  host.touched(touched)
  session.fetcher.changed()
  return {}
}
