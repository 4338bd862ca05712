/** Contracts over a local (unix) socket: frames of u32 length and UTF-8 JSON, and both sides may ask. */
import { chmodSync, unlinkSync } from 'node:fs'
import { createServer, connect as connectSocket, type Server, type Socket } from 'node:net'
import { relative } from 'node:path'
import {
  answer,
  CodedError,
  createCaller,
  requestSchema,
  type Client,
  type Contract,
  type Handlers,
} from '../shared/contracts/contract.ts'

/** A page of the intake is the largest thing that travels here. */
export const maxFrameBytes = 96 * 1024 * 1024
/** Requests of one side that the other has not answered yet. */
const maxOpenRequests = 512
const busy = { code: 'busy', message: 'too many requests are open; try again' }
const maxQueuedBytes = 2 * maxFrameBytes

export interface Peer<Theirs extends Contract> {
  call: Client<Theirs>
  /** Resolves when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>
  close(): void
}

export interface PeerOptions<Mine extends Contract, Theirs extends Contract, Context> {
  /** What this side answers. */
  contract: Mine
  handlers: Handlers<Mine, Context>
  /** Made once per connection. */
  context: Context
  /** What this side may ask. */
  asks: Theirs
  /** Gets what is a bug, never what is a coded refusal. */
  report(error: unknown): void
  deadlineMs?: number
}

const timers = {
  set: (run: () => void, ms: number) => setTimeout(run, ms),
  clear: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
}

/** Speaks over an open socket. A malformed or oversized frame ends the connection; calls then reject with 'peer_gone'. */
export function attachPeer<Mine extends Contract, Theirs extends Contract, Context>(
  socket: Socket,
  options: PeerOptions<Mine, Theirs, Context>,
): Peer<Theirs> {
  let open = 0
  const send = (message: unknown): void => {
    if (socket.destroyed) return
    const body = Buffer.from(JSON.stringify(message), 'utf8')
    if (body.length > maxFrameBytes || socket.writableLength > maxQueuedBytes) {
      socket.destroy()
      return
    }
    const head = Buffer.alloc(4)
    head.writeUInt32BE(body.length)
    socket.cork()
    socket.write(head)
    socket.write(body)
    socket.uncork()
  }
  const caller = createCaller(options.asks, send, timers, options.deadlineMs)
  const receive = async (message: unknown): Promise<void> => {
    if (caller.receive(message)) return
    if (open >= maxOpenRequests) {
      // A whole company that comes back at once must not lose the connection, only its turn.
      const request = requestSchema.safeParse(message)
      if (request.success) send({ re: request.data.id, ok: false, error: busy })
      else socket.destroy()
      return
    }
    open++
    const reply = await answer(options.contract, options.handlers, options.context, message, options.report)
    open--
    if (reply) send(reply)
    else socket.destroy()
  }
  readFrames(socket, (message) => void receive(message).catch(options.report))
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      caller.close({ code: 'peer_gone', message: 'the other process is not connected' })
      resolve()
    })
  })
  socket.on('error', () => socket.destroy())
  return { call: caller.call, closed, close: () => socket.destroy() }
}

function readFrames(socket: Socket, receive: (message: unknown) => void): void {
  let chunks: Buffer[] = []
  let held = 0
  let wanted = 4
  let inBody = false
  const take = (): Buffer => {
    const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    const part = all.subarray(0, wanted)
    held -= wanted
    chunks = held > 0 ? [all.subarray(wanted)] : []
    return part
  }
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    held += chunk.length
    while (held >= wanted && !socket.destroyed) {
      const part = take()
      if (!inBody) {
        wanted = part.readUInt32BE(0)
        inBody = true
        if (wanted === 0 || wanted > maxFrameBytes) socket.destroy()
        continue
      }
      inBody = false
      wanted = 4
      try {
        receive(JSON.parse(part.toString('utf8')))
      } catch {
        socket.destroy()
      }
    }
  })
}

export interface LocalServer {
  /** Ends every connection and removes the socket file. */
  close(): Promise<void>
}

/**
 * Listens on a socket file, mode 0660 unless told otherwise. A file left by a dead process is replaced; throws
 * CodedError('already_running') when somebody answers on it, 'socket_path_too_long' where the system cannot hold the path.
 */
export async function listenLocal(
  path: string,
  onConnection: (socket: Socket) => void,
  mode = 0o660,
): Promise<LocalServer> {
  const address = socketAddress(path)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    onConnection(socket)
  })
  if (!(await tryListen(server, address))) {
    if (await answers(address)) throw new CodedError('already_running', 'another process serves this data folder')
    unlinkSync(path)
    if (!(await tryListen(server, address)))
      throw new CodedError('already_running', 'another process serves this data folder')
  }
  chmodSync(path, mode)
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** Connects once. Throws CodedError('peer_away') when nobody serves the socket file. */
export async function connectLocal<Mine extends Contract, Theirs extends Contract, Context>(
  path: string,
  options: PeerOptions<Mine, Theirs, Context>,
): Promise<Peer<Theirs>> {
  const address = socketAddress(path)
  return new Promise((resolve, reject) => {
    const socket = connectSocket(address)
    const refuse = (): void => reject(new CodedError('peer_away', 'nobody serves this socket'))
    socket.once('error', refuse)
    socket.once('connect', () => {
      socket.off('error', refuse)
      resolve(attachPeer(socket, options))
    })
  })
}

// sun_path holds 108 bytes on Linux and 104 on macOS, with the closing zero.
const maxAddressBytes = 103

function socketAddress(path: string): string {
  const address = [path, relative(process.cwd(), path)].find((one) => Buffer.byteLength(one) <= maxAddressBytes)
  if (!address) throw new CodedError('socket_path_too_long', 'the data folder has too long a path for a local socket')
  return address
}

function tryListen(server: Server, address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      server.off('listening', listening)
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    }
    const listening = (): void => {
      server.off('error', failed)
      resolve(true)
    }
    server.once('error', failed)
    server.once('listening', listening)
    server.listen(address)
  })
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(address)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
