/** A bare HTTPS server in a thread of its own: reads what is posted and answers with a short line. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'

const { tls } = workerData as { tls: string }
const [key, cert] = ['server.key', 'server.crt'].map((name) => readFileSync(join(tls, name)))
const server = createServer({ key, cert }, (request, reply) => {
  request.resume()
  request.on('end', () => reply.end('{"received":true}'))
})
server.listen(0, '127.0.0.1', () => parentPort!.postMessage((server.address() as AddressInfo).port))
