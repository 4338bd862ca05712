// libsignal's types leave out its curve module; this is the one function that the channel needs of it.
declare module 'libsignal/src/curve.js' {
  /** False for a wrong signature; throws for malformed keys and lengths. Wants Buffers. */
  export function verifySignature(publicKey: Buffer, message: Buffer, signature: Buffer): boolean
}
