/** HTTPS to the media hosts: no redirects, no other host, bounded answers, ended by a signal or by silence. */
import { request } from 'node:https'
import type { IncomingMessage, RequestOptions } from 'node:http'
import type { RequestOptions as HttpsOptions } from 'node:https'
import { Readable } from 'node:stream'
import { ChannelError } from '../../channel.ts'
import type { MediaServer } from './endpoint.ts'

const ORIGIN = 'https://web.whatsapp.com'
const SILENCE_MS = 30_000
const ANSWER_LIMIT_BYTES = 65_536

/** Where a file lies: path at a host. Throws ChannelError `media_refused` for any other place. */
export function placeOfFile(server: MediaServer, host: string, path: string): { host: string; path: string } {
  if (!server.allows(host)) throw new ChannelError('media_refused', 'the file lies at a host that is none of WhatsApp')
  if (!path.startsWith('/') || path.startsWith('//') || /[\s\\#]/.test(path))
    throw new ChannelError('media_refused', 'the path of the file is malformed')
  return { host, path }
}

function options(server: MediaServer, place: { host: string; path: string }, rest: RequestOptions): HttpsOptions {
  const { hostname, port } = new URL(`https://${place.host}`)
  return {
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: port || 443,
    path: place.path,
    agent: false,
    ...(server.ca === null ? {} : { ca: server.ca }),
    ...rest,
    headers: { Origin: ORIGIN, ...rest.headers },
  }
}

function cut(): ChannelError {
  return new ChannelError('not_connected', 'the connection to the media server was lost')
}

/** Resolves with the answer's head; its body ends with an error when the line is silent for half a minute. */
export function get(
  server: MediaServer,
  place: { host: string; path: string },
  from: number,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = from > 0 ? { Range: `bytes=${from}-` } : {}
    const call = request(options(server, place, { method: 'GET', headers, signal }), resolve)
    call.setTimeout(SILENCE_MS, () => call.destroy(cut()))
    call.on('error', () => reject(signal.aborted ? new ChannelError('aborted', 'no longer wanted') : cut()))
    call.end()
  })
}

/** Posts a body of a known size and resolves with the answer's status and text. */
export function post(
  server: MediaServer,
  place: { host: string; path: string },
  body: { bytes: number; pieces: AsyncIterable<Buffer> },
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/octet-stream', 'Content-Length': body.bytes }
    const stream = Readable.from(body.pieces, { objectMode: false })
    const call = request(options(server, place, { method: 'POST', headers, signal }), (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (piece: string) => {
        text += piece
        if (text.length > ANSWER_LIMIT_BYTES) answer.destroy(cut())
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      answer.on('error', () => reject(cut()))
    })
    call.setTimeout(SILENCE_MS, () => call.destroy(cut()))
    call.on('error', () => {
      stream.destroy()
      reject(cut())
    })
    stream.on('error', (error) => call.destroy(error))
    stream.pipe(call)
  })
}
