import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { openClock as openClosed } from './test-mode.closed.ts'
import { openClock, readReading } from './test-mode.ts'

test('the clock follows what is pushed', async () => {
  let push: ServerResponse | null = null
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: {"now":1000000}\n\n')
    push = response
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const clock = openClock({ SEALDESK_CLOCK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/clock` })
  const reads = (from: number) => (): void => {
    expect(clock.now()).toBeGreaterThanOrEqual(from)
    expect(clock.now()).toBeLessThan(from + 60_000)
  }
  await vi.waitFor(reads(1_000_000), { timeout: 5_000 })
  push!.write('data: broken\n\ndata: {"now":9000000}\n\n')
  await vi.waitFor(reads(9_000_000), { timeout: 5_000 })
  clock.close()
  server.closeAllConnections()
  server.close()
})

test('only loopback is a test endpoint', () => {
  expect(() => openClock({ SEALDESK_CLOCK_URL: 'http://example.com/clock' })).toThrow(/not loopback/)
  expect(() => openClock({ SEALDESK_CLOCK_URL: 'https://127.0.0.1/clock' })).toThrow(/not loopback/)
})

test.each(['SEALDESK_CLOCK_URL', 'SEALDESK_WHATSAPP_URL', 'SEALDESK_TELEGRAM_RSA'])(
  'a packaged build refuses %s even when it is empty',
  (name) => {
    expect(() => openClosed({ [name]: '' })).toThrow(expect.objectContaining({ code: 'endpoint_refused' }))
    expect(openClosed({ PATH: '/bin' }).now()).toBeCloseTo(Date.now(), -3)
  },
)

test('what is no reading is passed over', () => {
  for (const line of ['', ': comment', 'data: {}', 'data: {"now":"1"}', 'data: {"now":1.5}', 'data: [']) {
    expect(readReading(line)).toBeNull()
  }
})
