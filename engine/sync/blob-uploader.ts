/** Brings files up: by their signed tickets, piece by piece from where the vault stands; a keyless engine can do it as well. */
import type { Agent } from 'node:https'
import { CodedError } from '../../shared/contracts/contract.ts'
import { blobPieceBytes, blobStateSchema, routes, type BlobTicket } from '../../shared/contracts/device.ts'
import type { MediaStore } from '../media/store.ts'
import { ask, refusal, type HttpReply } from './tls.ts'

export interface BlobUploaderOptions {
  store: MediaStore
  agent: Agent
  gateway: string
  /** As for batches. */
  token(ledger: string): string | null
  acknowledged?(blob: string): void
  trouble(code: string | null): void
}

/** About this file; the others may go on. */
const ofTheFile = new Set(['blob_damaged', 'blob_too_large', 'ticket_refused', 'blob_offset'])
const listed = 64

export class BlobUploader {
  readonly #options: BlobUploaderOptions
  #running = false
  #again = false
  #stopped = false
  #timer: NodeJS.Timeout | null = null
  #backoffMs = 500

  constructor(options: BlobUploaderOptions) {
    this.#options = options
  }

  /** Call when a file is to go up, or the vault is back. */
  changed(): void {
    if (this.#stopped) return
    this.#again = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (!this.#running) void this.#run()
  }

  async #run(): Promise<void> {
    this.#running = true
    const refused = new Map<string, string>()
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false
        for (const ticket of this.#options.store.listOut(listed + refused.size)) {
          if (this.#stopped) return
          if (refused.has(ticket.blob)) continue
          this.#again = true
          await this.#upload(ticket).catch((error: unknown) => {
            if (!(error instanceof CodedError) || !ofTheFile.has(error.code)) throw error
            refused.set(ticket.blob, error.code)
          })
        }
      }
      const [code] = refused.values()
      if (code !== undefined) throw new CodedError(code, 'the vault refuses a file')
      this.#backoffMs = 500
      this.#options.trouble(null)
    } catch (error) {
      if (this.#stopped) return
      this.#options.trouble(error instanceof CodedError ? error.code : 'upload_failed')
      this.#again = false
      this.#later()
    } finally {
      this.#running = false
    }
  }

  #later(): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => this.changed(), this.#backoffMs * (0.75 + Math.random() / 2))
    this.#backoffMs = Math.min(this.#backoffMs * 2, 30_000)
  }

  async #upload(ticket: BlobTicket): Promise<void> {
    const { store } = this.#options
    if (!store.has(ticket.blob)) {
      // Its file was never kept (a crash in between): the fetch begins anew under another name.
      store.acknowledge(ticket.blob)
      return
    }
    let offset = 0
    for (let corrected = 0; ;) {
      if (this.#stopped) return
      const piece = await store.readSealed(ticket.blob, offset, Math.min(blobPieceBytes, ticket.bytes - offset))
      const reply = await this.#post(ticket, offset, piece)
      if (reply.status === 200) {
        const state = blobStateSchema.parse(JSON.parse(reply.body.toString('utf8')))
        if (state.complete) break
        if (state.bytes <= offset) throw new CodedError('vault_refused', 'the vault took nothing')
        offset = state.bytes
        continue
      }
      const error = refusal(reply)
      const durable = error.code === 'blob_offset' ? bytesOf(reply.body) : null
      // It stands elsewhere than we thought: go on from there, but not round and round.
      if (durable === null || durable >= ticket.bytes || ++corrected > 3) throw error
      offset = durable
    }
    store.acknowledge(ticket.blob)
    this.#options.acknowledged?.(ticket.blob)
  }

  #post(ticket: BlobTicket, offset: number, piece: Buffer): Promise<HttpReply> {
    const { agent, gateway } = this.#options
    const token = this.#options.token(ticket.ledger)
    const headers: Record<string, string> = {
      'content-type': 'application/octet-stream',
      'content-length': String(piece.length),
      'x-sealdesk-blob': Buffer.from(JSON.stringify(ticket), 'utf8').toString('base64url'),
    }
    if (token) headers['authorization'] = `Bearer ${token}`
    const url = `${gateway}${routes.blobs}/${ticket.blob}?offset=${offset}`
    return ask(agent, url, { method: 'POST', headers, body: piece, deadlineMs: 60_000 })
  }

  /** The request that is under way ends with the agent; what is durable at the vault by then need not go again. */
  stop(): void {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
  }
}

function bytesOf(body: Buffer): number | null {
  const value = JSON.parse(body.toString('utf8')) as { bytes?: unknown; error?: { bytes?: unknown } }
  const bytes = value.bytes ?? value.error?.bytes
  return typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null
}
