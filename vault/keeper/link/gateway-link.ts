/** The keeper's connection to the gateway's local socket: made, kept and made again. */
import { setTimeout as pause } from 'node:timers/promises'
import { CodedError, type Client, type Handlers } from '../../../shared/contracts/contract.ts'
import { gatewayContract, keeperContract } from '../../../shared/contracts/keeper-link.ts'
import { connectLocal, type Peer } from '../../local-socket.ts'
import type { Log } from '../report.ts'

export interface GatewayLink {
  /** Throws CodedError('gateway_away') while there is no connection, and the gateway's own codes. */
  call: Client<typeof gatewayContract>
  connected(): boolean
  /** Begins to connect; returns at once. */
  start(needs: {
    handlers: Handlers<typeof keeperContract>
    /** On every new connection, before anything else is asked; a failure ends the connection. */
    greet(): Promise<void>
  }): void
  stop(): Promise<void>
}

const firstPauseMs = 50
const longestPauseMs = 2_000

export function createGatewayLink(path: string, log: Log): GatewayLink {
  let peer: Peer<typeof gatewayContract> | null = null
  const stopping = new AbortController()
  let loop: Promise<void> = Promise.resolve()

  const serve = async (needs: Parameters<GatewayLink['start']>[0]): Promise<void> => {
    const opened = await connectLocal(path, {
      contract: keeperContract,
      handlers: needs.handlers,
      context: undefined,
      asks: gatewayContract,
      report: log.bug,
    })
    peer = opened
    if (stopping.signal.aborted) opened.close()
    try {
      await needs.greet()
      log.event('gateway_connected')
    } catch (error) {
      opened.close()
      throw error
    } finally {
      await opened.closed.finally(() => undefined).catch(() => undefined)
      peer = null
    }
  }
  const run = async (needs: Parameters<GatewayLink['start']>[0]): Promise<void> => {
    let pauseMs = firstPauseMs
    while (!stopping.signal.aborted) {
      try {
        await serve(needs)
        pauseMs = firstPauseMs
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'internal'
        if (code !== 'peer_away') log.event('gateway_refused', { refusal: code })
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      }
      await pause(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined)
    }
  }
  return {
    call: (method, input) =>
      peer
        ? peer.call(method, input)
        : Promise.reject(new CodedError('gateway_away', 'the gateway is not connected at the moment')),
    connected: () => peer !== null,
    start(needs) {
      loop = run(needs)
    },
    async stop() {
      stopping.abort()
      peer?.close()
      await loop
    },
  }
}
