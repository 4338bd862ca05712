/** The routes for files on their way: how much of one is durable, and the next piece of it. */
import type { Server as TlsServer } from 'node:https'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CodedError } from '../../../shared/contracts/contract.ts'
import { blobPieceBytes, routes } from '../../../shared/contracts/device.ts'
import type { Admitted, Blobs } from '../blobs/blobs.ts'
import { addressKey, Buckets, type HttpLimits } from './limits.ts'
import { announcedLength, limitReached, requireHolder, tokenHolder, type MemoryGate } from './upload-gate.ts'

export type BlobRoutes = Pick<Blobs, 'admit' | 'state' | 'append'>
interface BlobNeeds {
  limits: HttpLimits
  blobs: BlobRoutes
  findTokenHolder(token: string): string | null
  limited(workstation: string | null): void
}
type Route = { Params: { blob: string }; Querystring: Record<string, unknown> }

/**
 * As for batches: with a token at full rate; without one the address pays by the announced length, and the ledger once the ticket's signature
 * has held. The shares are their own: a large file must not keep messages waiting.
 */
export function addBlobs(app: FastifyInstance<TlsServer>, needs: BlobNeeds, holdMemory: MemoryGate): void {
  const { limits, blobs } = needs
  const now = (): number => performance.now()
  const perAddress = new Buckets(limits.spoolPerAddress, now)
  const bytesPerAddress = new Buckets(limits.spoolBytesPerAddress, now)
  const perLedger = new Buckets(limits.spoolPerLedger, now)
  const bytesPerLedger = new Buckets(limits.spoolBytesPerLedger, now)
  const admitted = new WeakMap<FastifyRequest, Admitted>()

  const admit = async (request: FastifyRequest<Route>, length: number): Promise<string | null> => {
    const holder = tokenHolder(request, needs.findTokenHolder)
    const key = addressKey(request.ip)
    if (!holder && (!perAddress.take(key) || !bytesPerAddress.take(key, length)))
      throw limitReached(needs.limited, null)
    const header = request.headers['x-sealdesk-blob']
    const one = await blobs.admit(typeof header === 'string' ? header : undefined, request.params.blob)
    const { ledger, workstation } = one.device
    if (holder) requireHolder(one.device, holder)
    else if (!perLedger.take(ledger) || !bytesPerLedger.take(ledger, length))
      throw limitReached(needs.limited, workstation)
    admitted.set(request, one)
    return holder
  }
  const onRequest = async (request: FastifyRequest<Route>, reply: FastifyReply): Promise<void> => {
    const length = announcedLength(request, blobPieceBytes, 'blob_too_large')
    const holder = await admit(request, length)
    holdMemory(holder ? null : addressKey(request.ip), length, reply)
  }
  void app.register(async (scope) => {
    scope.addContentTypeParser(
      'application/octet-stream',
      { parseAs: 'buffer', bodyLimit: blobPieceBytes },
      async (_: unknown, body: Buffer) => body,
    )
    const path = `${routes.blobs}/:blob`
    const asked = async (request: FastifyRequest<Route>): Promise<void> => void (await admit(request, 0))
    scope.get<Route>(path, { onRequest: asked }, (request) => blobs.state(admitted.get(request)!))
    scope.post<Route>(path, { onRequest, bodyLimit: blobPieceBytes }, (request) => {
      if (!(request.body instanceof Buffer)) throw new CodedError('bad_input', 'a piece is application/octet-stream')
      return blobs.append(admitted.get(request)!, offsetOf(request.query), request.body)
    })
  })
}

function offsetOf(query: Record<string, unknown>): number {
  const { offset } = query
  if (typeof offset !== 'string' || !/^\d{1,15}$/.test(offset))
    throw new CodedError('bad_input', 'offset is the number of bytes that are durable already')
  return Number(offset)
}
