/** How a refusal looks on HTTP: a status and {error: {code, message}}; what is a bug says nothing. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { CodedError } from '../../../shared/contracts/contract.ts'
import { FormatError } from '../../../shared/formats/bytes.ts'
import { BlobOffset } from '../blobs/blobs.ts'
import { LedgerGap } from '../intake/intake.ts'

const statusOf: Record<string, number> = {
  bad_input: 400,
  token_refused: 401,
  ledger_unknown: 403,
  signature_refused: 403,
  enrolment_unknown: 403,
  enrolment_used: 403,
  enrolment_expired: 403,
  details_refused: 403,
  not_found: 404,
  ticket_refused: 403,
  ledger_gap: 409,
  blob_offset: 409,
  blob_damaged: 422,
  blob_too_large: 413,
  batch_too_large: 413,
  too_large: 413,
  rate_limited: 429,
  internal: 500,
  keeper_away: 503,
  busy: 503,
  storage_closed: 503,
  storage_failed: 503,
  storage_full: 507,
}
/** Codes after which the same request may succeed by waiting. */
const retryAfterSeconds: Record<string, number> = { rate_limited: 5, busy: 1, keeper_away: 2, storage_full: 30 }

/** Fastify's own refusals of a request (body too large, wrong media type, malformed JSON) by their status. */
function fromFramework(error: unknown): CodedError | null {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return null
  if (error.statusCode === 413) return new CodedError('too_large', 'the body is too large')
  if (error.statusCode === 404) return new CodedError('not_found', 'there is nothing here')
  if (error.statusCode >= 400 && error.statusCode < 500) return new CodedError('bad_input', 'the request is malformed')
  return null
}

/** Answers with the error's code; `report` gets what is a bug. */
export function sendRefusal(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  report: (error: unknown) => void,
): void {
  const known = error instanceof CodedError || error instanceof FormatError ? error : fromFramework(error)
  if (!known) report(error)
  const code = known?.code ?? 'internal'
  const retryAfter = retryAfterSeconds[code]
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  // An upload that is refused half-way is not read to its end.
  if (request.raw.complete === false) reply.header('connection', 'close')
  void reply.status(statusOf[code] ?? 400).send({
    error: { code, message: known?.message ?? 'something went wrong' },
    ...(known instanceof LedgerGap ? { upTo: known.upTo } : {}),
    ...(known instanceof BlobOffset ? { bytes: known.bytes } : {}),
  })
}
