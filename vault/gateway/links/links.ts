/** The live links: one per workstation, its token, and what is pushed down it. */
import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Push } from '../../../shared/contracts/device.ts'
import { randomId, sha256 } from '../../../shared/formats/bytes.ts'

/** What a link needs of its WebSocket. */
export interface LinkSocket {
  /** Calls back when the bytes have been handed to the system. */
  send(data: string, done: (error?: Error) => void): void
  close(code: number, reason: string): void
  terminate(): void
  readonly bufferedAmount: number
}

export interface Link {
  workstation: string
  /** Id of this connection: a PIN proof counts for one connection. */
  connection: string
  address: string
  software: string
  token: string
  socket: LinkSocket
}

/** Some large journal pages; a workstation that reads more slowly than that is cut off and comes back. */
const maxQueuedBytes = 64 * 1024 * 1024

/** A socket that takes nothing must not hold up the one who revokes. */
const revokeMs = 1_000

/** Codes of RFC 6455's private range. */
export const closeCodes = { replaced: 4001, revoked: 4003, copied: 4004 } as const

export class Links {
  readonly #byWorkstation = new Map<string, Link>()
  readonly #byToken = new Map<string, Link>()

  /** The newest link of a workstation is the live one; the one before it is closed and its token dies. */
  open(workstation: string, from: { address: string; software: string }, socket: LinkSocket): Link {
    this.end(workstation, closeCodes.replaced, 'replaced')
    const link: Link = {
      workstation,
      connection: randomId(),
      ...from,
      token: randomBytes(32).toString('base64url'),
      socket,
    }
    this.#byWorkstation.set(workstation, link)
    this.#byToken.set(tokenKey(link.token), link)
    return link
  }

  find(workstation: string): Link | null {
    return this.#byWorkstation.get(workstation) ?? null
  }

  /** null when the token is not the one of a live link. */
  findByToken(token: string): Link | null {
    return this.#byToken.get(tokenKey(token)) ?? null
  }

  /** The socket has closed by itself; a link that was replaced meanwhile is left alone. False when it was not the live one. */
  forget(link: Link): boolean {
    this.#byToken.delete(tokenKey(link.token))
    if (this.#byWorkstation.get(link.workstation) !== link) return false
    return this.#byWorkstation.delete(link.workstation)
  }

  /** Closes the live link, if there is one; its token is dead when this returns. */
  end(workstation: string, code: number, reason: string): void {
    const link = this.#byWorkstation.get(workstation)
    if (!link) return
    this.forget(link)
    link.socket.close(code, reason)
  }

  /** True when the push has left for the workstation. */
  async push(workstation: string, push: Push): Promise<boolean> {
    const link = this.#byWorkstation.get(workstation)
    return link ? send(link.socket, push) : false
  }

  /** To everybody who is here, without waiting. */
  pushAll(push: Push): void {
    for (const link of this.#byWorkstation.values()) void send(link.socket, push)
  }

  /** Tokens are dead at once; resolves when the document has left for the workstation. True when it was connected. */
  async revoke(workstation: string, push: Push & { push: 'revoked' }): Promise<boolean> {
    const link = this.#byWorkstation.get(workstation)
    if (!link) return false
    this.forget(link)
    const sent = await Promise.race([
      send(link.socket, push),
      wait(revokeMs, undefined, { ref: false }).then(() => false),
    ])
    link.socket.close(closeCodes.revoked, 'revoked')
    return sent
  }

  closeAll(): void {
    for (const link of this.#byWorkstation.values()) {
      this.forget(link)
      link.socket.close(1001, 'going away')
    }
  }
}

/** Resolves false where the socket is gone or takes too little. */
export function send(socket: LinkSocket, message: unknown): Promise<boolean> {
  if (socket.bufferedAmount > maxQueuedBytes) {
    socket.terminate()
    return Promise.resolve(false)
  }
  return new Promise((resolve) => socket.send(JSON.stringify(message), (error) => resolve(!error)))
}

/** Looked up by hash: how long a look-up takes says nothing about the tokens that live. */
function tokenKey(token: string): string {
  return sha256(Buffer.from(token, 'utf8')).toString('base64url')
}
