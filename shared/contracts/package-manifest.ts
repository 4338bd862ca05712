/** The list of all files of an installed package, written when it is made and checked when it starts. It is not signed in this version. */
import { z } from 'zod'

/** Beside the program's archive, in the package's `resources` folder; the only file that it does not list. */
export const packageManifestName = 'resources/manifest.json'

const path = z
  .string()
  .regex(/^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9@._+-]+(?:\/[A-Za-z0-9@._+-]+)*$/)
  .max(512)
export const packageManifestSchema = z.strictObject({
  format: z.literal('sealdesk/package/1'),
  /** By path from the package's folder, with `/`. */
  files: z.record(path, z.strictObject({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
})
export type PackageManifest = z.infer<typeof packageManifestSchema>
