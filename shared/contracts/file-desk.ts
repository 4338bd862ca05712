/** Files over the window's line, piece by piece: drafts that are brought, and files of messages that are shown or asked for. */
import { z } from 'zod'
import type { Contract } from './contract.ts'
import { opaqueIdSchema } from './events.ts'
import { fileSchema, mediaKinds } from './neutral-message.ts'

const none = z.strictObject({})
const message = opaqueIdSchema

export const fileDeskContract = {
  /**
   * A file that will be sent. It is encrypted as it comes; nothing of it lies on disk in plain. `kind` decides how the provider shows it.
   * Errors: attachment_too_large, kind_refused, disk_full.
   */
  'attachment.begin': {
    input: z.strictObject({ kind: z.enum(mediaKinds), file: fileSchema, thumbnail: z.string().max(90_000).nullable() }),
    output: z.strictObject({ attachment: opaqueIdSchema }),
  },
  /** Pieces in order, at most 1 MiB each. Errors: attachment_unknown, attachment_offset, disk_full. */
  'attachment.put': {
    input: z.strictObject({ attachment: opaqueIdSchema, offset: z.int().min(0), data: z.instanceof(Uint8Array) }),
    output: none,
  },
  'attachment.drop': { input: z.strictObject({ attachment: opaqueIdSchema }), output: none },
  /** Plain bytes of a held file, at most 1 MiB. Errors: media_missing, media_damaged, message_unknown. */
  'media.read': {
    input: z.strictObject({ message, offset: z.int().min(0), length: z.int().min(1).max(1_048_576) }),
    output: z.strictObject({ data: z.instanceof(Uint8Array), bytes: z.int(), mime: z.string() }),
  },
  /** Fetches a file that was not fetched by itself, or asks for an expired one again. */
  'media.fetch': { input: z.strictObject({ message }), output: none },
} as const satisfies Contract
