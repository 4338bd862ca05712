/** What an open workstation keeps in memory: for the screen lock, for proving again, and as main's copy after a crash. */

export interface HeldKeys {
  slot: 1 | 2
  cacheKey: Buffer
  vaultShare: Buffer
  /** null: a service workstation. */
  proof: Buffer | null
}

/** Form in which main keeps it: opaque to main, 96 or 64 bytes of base64url. */
export interface PackedKeys {
  slot: 1 | 2
  key: string
}

export function packHeld(held: HeldKeys): PackedKeys {
  return {
    slot: held.slot,
    key: Buffer.concat([held.cacheKey, held.vaultShare, held.proof ?? Buffer.alloc(0)]).toString('base64url'),
  }
}

/** The inverse of packHeld; only ever fed with its result. */
export function unpackHeld(packed: PackedKeys): HeldKeys {
  const bytes = Buffer.from(packed.key, 'base64url')
  return {
    slot: packed.slot,
    cacheKey: bytes.subarray(0, 32),
    vaultShare: bytes.subarray(32, 64),
    proof: bytes.length > 64 ? bytes.subarray(64, 96) : null,
  }
}
