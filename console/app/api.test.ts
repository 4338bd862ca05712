/** The api client against a real server: what it sends, and which error each kind of reply becomes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createApi } from './api.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

interface Seen {
  url: string | undefined
  method: string | undefined
  csrf: string | string[] | undefined
  type: string | undefined
  body: string
}

async function serve(answer: (request: IncomingMessage, reply: ServerResponse) => void) {
  const seen: Seen[] = []
  const server = createServer((request, reply) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { url, method, headers } = request
      const body = Buffer.concat(chunks).toString()
      seen.push({ url, method, csrf: headers['x-sealdesk-csrf'], type: headers['content-type'], body })
      answer(request, reply)
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { seen, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const json = (status: number, value: unknown) => (_request: IncomingMessage, reply: ServerResponse) => {
  reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
const noVersions = { versions: [], before: null }
const signIn = { name: 'Mara', password: 'secret', totp: '123456' }

describe('a call', () => {
  test('posts its input to its own path, with the token once there is one, and gives back the output', async () => {
    const { origin, seen } = await serve(json(200, noVersions))
    const api = createApi({ origin })
    await expect(api.call('policy.list', { before: null })).resolves.toEqual(noVersions)
    api.setCsrf('token')
    await api.call('policy.list', { before: null })
    expect(seen).toEqual([
      { url: '/api/policy.list', method: 'POST', csrf: undefined, type: 'application/json', body: '{"before":null}' },
      { url: '/api/policy.list', method: 'POST', csrf: 'token', type: 'application/json', body: '{"before":null}' },
    ])
  })

  test('fails with the code that the keeper gave, whatever the status', async () => {
    for (const status of [400, 403, 409, 500]) {
      const { origin } = await serve(json(status, { error: { code: 'forbidden', message: 'no' } }))
      await expect(createApi({ origin }).call('policy.list', { before: null })).rejects.toMatchObject({
        code: 'forbidden',
      })
    }
  })

  test.each([
    ['another shape', json(200, { versions: [{ number: 1 }], before: null })],
    ['more than the contract has', json(200, { ...noVersions, extra: true })],
    [
      'no JSON',
      (_: IncomingMessage, reply: ServerResponse) => {
        reply.end('<html>')
      },
    ],
    ['an error page', json(502, 'Bad Gateway')],
    ['an error without a code', json(500, { error: 'boom' })],
  ])('refuses a reply that is %s', async (_name, answer) => {
    const { origin } = await serve(answer)
    await expect(createApi({ origin }).call('policy.list', { before: null })).rejects.toMatchObject({
      code: 'unreadable_reply',
    })
  })

  test('fails as unreachable when nobody listens, when the reply is cut, and on a redirect', async () => {
    const { origin } = await serve(() => undefined)
    const server = servers.pop()!
    await new Promise((resolve) => server.close(resolve))
    await expect(createApi({ origin }).call('session.get', {})).rejects.toMatchObject({ code: 'unreachable' })

    const cut = await serve((_request, reply) => {
      reply.writeHead(200, { 'content-length': '100' }).write('{"sess')
      reply.destroy()
    })
    await expect(createApi({ origin: cut.origin }).call('session.get', {})).rejects.toMatchObject({
      code: 'unreachable',
    })

    const away = await serve((_request, reply) => {
      reply.writeHead(302, { location: '/elsewhere' }).end()
    })
    await expect(createApi({ origin: away.origin }).call('session.get', {})).rejects.toMatchObject({
      code: 'unreachable',
    })
    expect(away.seen).toHaveLength(1)
  })

  test('fails with a deadline when no answer comes', async () => {
    const { origin } = await serve(() => undefined)
    await expect(createApi({ origin, deadlineMs: 40 }).call('session.get', {})).rejects.toMatchObject({
      code: 'deadline',
    })
  })
})

describe('a 401', () => {
  test('ends the session', async () => {
    let ended = 0
    const { origin } = await serve(json(401, { error: { code: 'no_session', message: 'no' } }))
    const api = createApi({ origin, onSignedOut: () => ended++ })
    await expect(api.call('overview.get', {})).rejects.toMatchObject({ code: 'no_session' })
    expect(ended).toBe(1)
  })

  test('without a code is the code signed_out', async () => {
    const { origin } = await serve(json(401, {}))
    await expect(createApi({ origin }).call('overview.get', {})).rejects.toMatchObject({ code: 'signed_out' })
  })

  test('of the sign-in itself ends nothing', async () => {
    let ended = 0
    const { origin } = await serve(json(401, { error: { code: 'sign_in_refused', message: 'no' } }))
    const api = createApi({ origin, onSignedOut: () => ended++ })
    await expect(api.call('session.signIn', signIn)).rejects.toMatchObject({ code: 'sign_in_refused' })
    expect(ended).toBe(0)
  })
})
