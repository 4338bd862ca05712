/** The workstation's line to the providers, which can be taken away: sockets in between that end, and take no new ones, while it is down. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export class Link {
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  #isDown = false

  /** A port that leads to this one on loopback. */
  async lead(port: number): Promise<number> {
    const server = createServer((near) => this.#join(near, port))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.#servers.push(server)
    return (server.address() as AddressInfo).port
  }

  #join(near: Socket, port: number): void {
    if (this.#isDown) return void near.destroy()
    const far = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one)
      one.on('error', () => undefined)
      one.once('close', () => {
        this.#sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  }

  down(): void {
    this.#isDown = true
    for (const socket of this.#sockets) socket.destroy()
  }

  up(): void {
    this.#isDown = false
  }

  async close(): Promise<void> {
    this.down()
    await Promise.all(this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))))
  }
}
