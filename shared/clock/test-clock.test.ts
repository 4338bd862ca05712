import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openClock as openClosedClock } from './test-clock.closed.ts'
import { openClock } from './test-clock.ts'

let server: Server
let url: string
let streams: ServerResponse[]
let streamed: () => void

beforeEach(async () => {
  streams = []
  streamed = () => undefined
  server = createServer((request, response) => {
    if (request.headers.accept !== 'text/event-stream') {
      response.end(JSON.stringify({ now: 5_000_000 }))
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(': here\n\n')
    streams.push(response)
    streamed()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/clock`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

test('a pushed reading moves the clock, and without one it runs on', async () => {
  const connected = new Promise<void>((resolve) => (streamed = resolve))
  const clock = await openClock({ SEALDESK_CLOCK_URL: url })
  expect(clock.now()).toBeGreaterThanOrEqual(5_000_000)
  expect(clock.now()).toBeLessThan(5_060_000)
  await connected
  streams[0]!.write('data: {"now": 90')
  streams[0]!.write('000000}\n\n')
  while (clock.now() < 90_000_000) await new Promise((resolve) => setImmediate(resolve))
  const before = clock.now()
  while (clock.now() === before) await new Promise((resolve) => setImmediate(resolve))
  expect(clock.now()).toBeLessThan(90_060_000)
  clock.close()
})

test('anything but loopback is refused, and a packaged build refuses all of it', async () => {
  for (const bad of ['http://192.0.2.1/', 'https://127.0.0.1/', 'nonsense'])
    await expect(openClock({ SEALDESK_CLOCK_URL: bad })).rejects.toMatchObject({ code: 'endpoint_refused' })
  await expect(openClosedClock({ SEALDESK_CLOCK_URL: url })).rejects.toMatchObject({ code: 'endpoint_refused' })
  await expect(openClosedClock({ SEALDESK_TELEGRAM_RSA: 'x' })).rejects.toMatchObject({ code: 'endpoint_refused' })
  expect(Math.abs((await openClosedClock({})).now() - Date.now())).toBeLessThan(60_000)
})

test('a clock that does not answer is named', async () => {
  await expect(openClock({ SEALDESK_CLOCK_URL: 'http://127.0.0.1:9/' })).rejects.toMatchObject({ code: 'clock_away' })
})
