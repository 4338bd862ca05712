/** Files that the vault holds, brought down in sealed pieces. */
import type { Client } from '../../shared/contracts/contract.ts'
import type { deviceContract } from '../../shared/contracts/device.ts'
import { openSealed, type OpeningKey } from '../../shared/formats/seal.ts'

const pieceBytes = 1_048_576

/** The plain bytes from `offset` on. Throws CodedError as media.pull, vault_away. */
export async function* pullMedia(
  call: Client<typeof deviceContract>,
  key: OpeningKey,
  file: { account: string; sha256: string },
  offset: number,
): AsyncIterable<Uint8Array> {
  for (let at = offset; ;) {
    const { sealed, bytes } = await call('media.pull', { ...file, offset: at, length: pieceBytes })
    const piece = openSealed(Buffer.from(sealed, 'base64url'), key, 'media')
    if (piece.length > 0) yield piece
    at += piece.length
    if (at >= bytes || piece.length === 0) return
  }
}
