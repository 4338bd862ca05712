/** The hint that the intake has grown: never more than a hint, whatever happens to it. */
import { createServer, connect } from 'node:net'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Handlers } from '../../../shared/contracts/contract.ts'
import { gatewayContract, keeperContract } from '../../../shared/contracts/keeper-link.ts'
import { attachPeer } from '../../local-socket.ts'
import { createKeeperLink } from './keeper-link.ts'

test('a head that cannot be read costs this hint and no later one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sealdesk-link-'))
  const path = join(folder, 'one.sock')
  const bugs: unknown[] = []
  const link = createKeeperLink(
    () => ({}) as Handlers<typeof gatewayContract>,
    (error) => bugs.push(error),
  )
  const server = createServer((socket) => link.attach(socket))
  server.listen(path)
  await once(server, 'listening')
  const socket = connect(path)
  const heard = new Promise<number>((resolve) => {
    const handlers = {
      'intake.grown': ({ head }: { head: number }) => {
        resolve(head)
        return {}
      },
    } as unknown as Handlers<typeof keeperContract>
    attachPeer(socket, { contract: keeperContract, handlers, context: undefined, asks: {}, report: () => undefined })
  })
  await once(server, 'connection')
  // An unhandled rejection here would end the process.
  link.hintGrown(() => Promise.reject(new Error('the disk has gone')))
  await new Promise((resolve) => setImmediate(resolve))
  link.hintGrown(() => Promise.resolve(7))
  expect(await heard).toBe(7)
  expect(bugs).toEqual([])
  socket.destroy()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})
