/** The shape of a signed document on any wire; formats/trust makes and opens them. */
import { z } from 'zod'

/** The exact bytes that were signed, the signature and the id of the signing key: base64url, keyId hex. */
export const signedDocumentSchema = z.strictObject({
  body: z.string().max(1024 * 1024),
  signature: z.string().length(86),
  keyId: z.string().regex(/^[0-9a-f]{16}$/),
})
export type SignedDocument = z.infer<typeof signedDocumentSchema>
