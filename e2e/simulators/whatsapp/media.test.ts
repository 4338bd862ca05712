import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { downloadContentFromMessage } from '@whiskeysockets/baileys'
import { Agent } from 'undici'
import { describe, expect, test, vi } from 'vitest'
import type { Details, MediaKind } from '../../../shared/contracts/neutral-message.ts'
import { decryptMedia, sha256 } from './media-crypto.ts'
import { NOW, useScene } from './test-scene.ts'

vi.setConfig({ testTimeout: 30_000 })
const scene = useScene()

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/** One exchange with the media servers; rejects when the connection is cut. */
function exchange(method: string, path: string, body?: Uint8Array, headers: Record<string, string> = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const [host, port] = (scene.simulator.endpoints().media ?? '').split(':')
    const length = body ? { 'content-length': String(body.length) } : {}
    const options = { host, port, method, path, agent: scene.agent(), headers: { ...headers, ...length } }
    const call = request(options, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('aborted', () => reject(new Error('cut')))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      )
    })
    call.on('error', reject)
    call.end(body)
  })
}

const file = { name: null, mime: 'image/jpeg', bytes: 0, width: null, height: null, durationS: null, waveform: null }
const picture = Buffer.concat([Buffer.from([0xff, 0xd8]), randomBytes(5000)])

function sayFile(kind: MediaKind, bytes: Uint8Array, more: Partial<NonNullable<Details['file']>> = {}, text = '') {
  const details = { file: { ...file, ...more, bytes: bytes.length } }
  return scene.say({ kind, text, media: { kind, bytes }, details })
}

describe('files of customers', () => {
  test('come as each kind, with hashes, and are there to be fetched', async () => {
    const client = await scene.linked()
    const image = await sayFile('image', picture, { width: 10, height: 20 }, 'look')
    const waveform = Buffer.from([0, 50, 100]).toString('base64')
    const voice = await sayFile('voice', picture, { mime: 'audio/ogg; codecs=opus', durationS: 3, waveform })
    const audio = await sayFile('audio', picture, { mime: 'audio/mp4', durationS: 9 })
    const video = await sayFile('video', picture, { mime: 'video/mp4', durationS: 4 })
    const bare = await sayFile('document', picture, { mime: 'application/pdf', name: 'offer.pdf' })
    const captioned = await sayFile('document', picture, { mime: 'application/pdf', name: 'offer.pdf' }, 'please')
    const sticker = await sayFile('sticker', picture, { mime: 'image/webp', width: 512, height: 512 })
    const { message } = await client.message(image)
    expect(message?.imageMessage).toMatchObject({ caption: 'look', width: 10, mimetype: 'image/jpeg' })
    expect(message?.imageMessage?.jpegThumbnail).toHaveLength(picture.length)
    expect((await client.message(voice)).message?.audioMessage).toMatchObject({ ptt: true, seconds: 3 })
    expect((await client.message(audio)).message?.audioMessage).toMatchObject({ ptt: false, seconds: 9 })
    expect((await client.message(video)).message?.videoMessage).toMatchObject({ seconds: 4 })
    expect((await client.message(bare)).message?.documentMessage).toMatchObject({ fileName: 'offer.pdf' })
    const wrapped = (await client.message(captioned)).message?.documentWithCaptionMessage?.message
    expect(wrapped?.documentMessage).toMatchObject({ caption: 'please' })
    expect((await client.message(sticker)).message?.stickerMessage).toMatchObject({ width: 512 })
    const fields = message?.imageMessage
    const blob = await exchange('GET', fields?.directPath ?? '')
    expect(sha256(blob.body)).toEqual(Buffer.from(fields?.fileEncSha256 ?? []))
    expect(decryptMedia(blob.body, fields?.mediaKey ?? Buffer.alloc(0), 'image')).toEqual(picture)
    const part = await exchange('GET', fields?.directPath ?? '', undefined, { range: 'bytes=16-31' })
    expect([part.status, part.headers['content-range']]).toEqual([206, `bytes 16-31/${blob.body.length}`])
    expect(part.body).toEqual(blob.body.subarray(16, 32))
    expect((await exchange('GET', '/v/nothing')).status).toBe(404)
    const [first, second] = scene.simulator.sent().map((entry) => entry.message)
    expect(first).toMatchObject({ kind: 'image', text: 'look', media: sha256(picture).toString('hex'), time: NOW })
    expect(first?.details?.file).toEqual({ ...file, bytes: picture.length, width: 10, height: 20 })
    expect(second?.details?.file).toMatchObject({ waveform, mime: 'audio/ogg; codecs=opus' })
  })

  test('one that is gone comes back under a new path when the phone is asked, or never', async () => {
    const client = await scene.linked()
    const sent = await client.message(await sayFile('image', picture))
    const path = sent.message?.imageMessage?.directPath ?? ''
    await scene.simulator.fault({ kind: 'expire-media', account: 'wa-1' })
    expect((await exchange('GET', path)).status).toBe(410)
    expect((await exchange('GET', path)).status).toBe(410)
    const updated = await client.sock.updateMediaMessage(sent)
    const next = updated.message?.imageMessage?.directPath ?? ''
    expect(next).not.toBe(path)
    expect((await exchange('GET', next)).status).toBe(200)
    const lost = await client.message(await sayFile('image', picture))
    await scene.simulator.fault({ kind: 'expire-media', account: 'wa-1', value: 1 })
    expect((await exchange('GET', lost.message?.imageMessage?.directPath ?? '')).status).toBe(410)
    await expect(client.sock.updateMediaMessage(lost)).rejects.toThrow(/NOT_FOUND/)
  })

  test('a view-once picture comes as a stub', async () => {
    const client = await scene.linked()
    await scene.simulator.fault({ kind: 'view-once', account: 'wa-1' })
    const stub = await client.message(await sayFile('image', picture))
    expect(stub.key).toMatchObject({ isViewOnce: true })
    expect(stub.message).toBeFalsy()
  })
})

describe('files of the account', () => {
  test('are uploaded by the library, checked and read by the customer', async () => {
    const { sock } = await scene.linked()
    const ana = scene.address('ana')
    await sock.sendMessage(ana, { image: picture, caption: 'here', jpegThumbnail: 'AAAA', width: 3, height: 4 })
    await sock.sendMessage(ana, { document: picture, mimetype: 'text/plain', fileName: 'a.txt' })
    await sock.sendMessage(ana, { audio: picture, ptt: true, mimetype: 'audio/ogg', seconds: 2 })
    await vi.waitFor(() => expect(scene.simulator.received('ana')).toHaveLength(3), 5000)
    const got = scene.simulator.received('ana').map(({ message }) => message)
    expect(got.map(({ kind, text, media }) => [kind, text, media])).toEqual([
      ['image', 'here', sha256(picture).toString('hex')],
      ['document', '', sha256(picture).toString('hex')],
      ['voice', '', sha256(picture).toString('hex')],
    ])
    expect(got[1]?.details?.file).toMatchObject({ name: 'a.txt', mime: 'text/plain', bytes: picture.length })
  })

  test('an upload that was cut is resumed where it broke off', async () => {
    const client = await scene.linked()
    const { auth } = await client.sock.refreshMediaConn(true)
    const bytes = randomBytes(200_000)
    const path = `/mms/document/${sha256(bytes).toString('base64url')}?auth=${encodeURIComponent(auth)}`
    expect((await exchange('POST', path.replace(/auth=.*/, 'auth=no'), bytes)).status).toBe(401)
    await scene.simulator.fault({ kind: 'cut-media', account: 'wa-1' })
    await expect(exchange('POST', path, bytes)).rejects.toThrow()
    const asked = JSON.parse((await exchange('POST', `${path}&resume=1`)).body.toString()) as { resume: number }
    expect(asked.resume).toBe(100_000)
    const rest = await exchange('POST', `${path}&file_offset=${asked.resume}`, bytes.subarray(asked.resume))
    const { direct_path: place } = JSON.parse(rest.body.toString()) as { direct_path: string }
    expect((await exchange('GET', place)).body.equals(bytes)).toBe(true)
    const again = JSON.parse((await exchange('POST', `${path}&resume=1`)).body.toString()) as unknown
    expect(again).toMatchObject({ resume: 'complete', direct_path: place })
    expect((await exchange('POST', path, randomBytes(10))).status).toBe(400)
    await scene.simulator.fault({ kind: 'cut-media', account: 'wa-1' })
    await expect(exchange('GET', place)).rejects.toThrow()
  })
})

test('the library’s own download reads what phones put there', async () => {
  const client = await scene.linked()
  const { message } = await client.message(await sayFile('image', picture))
  const fields = message?.imageMessage
  const dispatcher = new Agent({ connect: { ca: readFileSync(scene.simulator.endpoints().mediaCa ?? '') } })
  const stream = await downloadContentFromMessage(fields ?? {}, 'image', { options: { dispatcher } as RequestInit })
  const parts: Buffer[] = []
  for await (const part of stream as AsyncIterable<Buffer>) parts.push(part)
  expect(Buffer.concat(parts)).toEqual(picture)
  await dispatcher.close()
})
