/** The admin socket: vault:admin on the same machine, framed like the keeper link. */
import { adminContract } from '../../../shared/contracts/console.ts'
import type { Handlers } from '../../../shared/contracts/contract.ts'
import { attachPeer, listenLocal, type LocalServer } from '../../local-socket.ts'

/** Throws as listenLocal. */
export function serveAdmin(
  path: string,
  handlers: Handlers<typeof adminContract>,
  report: (error: unknown) => void,
): Promise<LocalServer> {
  const options = { contract: adminContract, handlers, context: undefined, asks: {}, report }
  return listenLocal(path, (socket) => void attachPeer(socket, options), 0o600)
}
