/** Files on their way up and down, as the unmodified `telegram` package and bare requests move them. */
import { createHash, randomBytes } from 'node:crypto'
import { Api, type TelegramClient } from 'telegram'
import { CustomFile } from 'telegram/client/uploads.js'
import { strippedPhotoToJpg } from 'telegram/Utils.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { errorOf, id, LibraryDesk, updatesOf } from './library-desk.ts'
import { pictureSize } from './picture-size.ts'
import { drawJpeg } from './tiny-jpeg.ts'

let desk: LibraryDesk

beforeEach(async () => {
  desk = await LibraryDesk.open()
})
afterEach(() => desk.close())

const picture = drawJpeg(1280, 960, 3)

async function received(client: TelegramClient, bytes: Uint8Array, kind: 'image' | 'document' = 'document') {
  const providerId = await desk.say('ana', { kind, bytes })
  const [message] = await client.getMessages(await desk.peer(client, 'ana'), { ids: [Number(providerId)] })
  if (!message) return expect.unreachable('the message is missing')
  return message
}

function documentOf(message: Api.Message): Api.Document {
  return (message.media as Api.MessageMediaDocument).document as Api.Document
}

function locationOf({ id: documentId, accessHash, fileReference }: Api.Document, thumbSize = '') {
  return new Api.InputDocumentFileLocation({ id: documentId, accessHash, fileReference, thumbSize })
}

describe('downloads', () => {
  it('give the whole file and its thumbnails', async () => {
    const client = await desk.loggedIn()
    const message = await received(client, picture, 'image')
    expect(await client.downloadMedia(message, {})).toEqual(picture)
    const { sizes } = (message.media as Api.MessageMediaPhoto).photo as Api.Photo
    expect(sizes.map((size) => size.className)).toEqual(['PhotoStrippedSize', 'PhotoSize', 'PhotoSizeProgressive'])
    const small = (await client.downloadMedia(message, { thumb: 1 })) as Buffer
    expect(pictureSize(small)).toEqual({ width: 320, height: 240 })
    const tiny = strippedPhotoToJpg((sizes[0] as Api.PhotoStrippedSize).bytes)
    expect(pictureSize(tiny)).toEqual({ width: 40, height: 30 })
  })

  it('keep to aligned ranges within a mebibyte', async () => {
    const client = await desk.loggedIn()
    const location = locationOf(documentOf(await received(client, randomBytes(3000))))
    const get = (offset: number, limit: number, precise?: boolean) =>
      client.invoke(new Api.upload.GetFile({ location, offset: id(offset), limit, precise }))
    expect((await errorOf(get(100, 4096))).errorMessage).toBe('OFFSET_INVALID')
    expect((await errorOf(get(0, 5000))).errorMessage).toBe('LIMIT_INVALID')
    expect((await errorOf(get(4096, 1048576))).errorMessage).toBe('LIMIT_INVALID')
    expect(((await get(2048, 1024, true)) as Api.upload.File).bytes).toHaveLength(952)
    expect(((await get(4096, 4096)) as Api.upload.File).bytes).toHaveLength(0)
  })

  it('need a reference that is young; it comes anew with the message, unless the file is gone for good', async () => {
    const client = await desk.loggedIn()
    const bytes = randomBytes(5000)
    const message = await received(client, bytes)
    const get = async (from: Api.Message): Promise<Buffer> => {
      const location = locationOf(documentOf(from))
      return (
        (await client.invoke(new Api.upload.GetFile({ location, offset: id(0), limit: 8192 }))) as Api.upload.File
      ).bytes
    }
    const anew = async (): Promise<Api.Message> => {
      const { messages } = (await client.invoke(
        new Api.messages.GetMessages({ id: [new Api.InputMessageID({ id: message.id })] }),
      )) as Api.messages.Messages
      return messages[0] as Api.Message
    }
    await desk.fault('expire-media')
    expect((await errorOf(get(message))).errorMessage).toBe('FILE_REFERENCE_EXPIRED')
    expect(await get(await anew())).toEqual(bytes)
    const young = await anew()
    desk.offsetMs = 25 * 3_600_000
    expect((await errorOf(get(young))).errorMessage).toBe('FILE_REFERENCE_EXPIRED')
    await desk.fault('expire-media', 1)
    const last = await anew()
    expect((await errorOf(get(last))).errorMessage).toBe('LOCATION_INVALID')
    expect((await errorOf(get(await anew()))).errorMessage).toBe('LOCATION_INVALID')
  })

  it('keep their reference for half its life: the record, the push and a later look are the same bytes', async () => {
    const client = await desk.loggedIn()
    const message = await received(client, randomBytes(100))
    const recorded = () => desk.simulator.sent().at(-1)?.raw
    const first = recorded()
    const look = async (seconds: number): Promise<string> => {
      desk.offsetMs = seconds * 1000
      const { messages } = (await client.invoke(
        new Api.messages.GetMessages({ id: [new Api.InputMessageID({ id: message.id })] }),
      )) as Api.messages.Messages
      return (messages[0] as Api.Message).getBytes().toString('base64')
    }
    expect(await look(0)).toBe(first)
    expect(await look(12 * 3600 - 60)).toBe(first)
    expect(await look(12 * 3600 + 60)).not.toBe(first)
  })

  it('come also when the key exchange of their line was refused twice', async () => {
    const client = await desk.loggedIn()
    const bytes = randomBytes(5000)
    const message = await received(client, bytes)
    desk.simulator.refuseHandshakes(2)
    expect(await client.downloadMedia(message, {})).toEqual(bytes)
    const refused = desk.simulator.wire(null).filter(({ detail }) => detail?.startsWith('key exchange refused'))
    expect(refused).toHaveLength(2)
  })

  it('go on after the line was cut in the middle', async () => {
    const client = await desk.loggedIn()
    const bytes = randomBytes(700_000)
    const message = await received(client, bytes)
    await desk.fault('cut-media')
    expect(await client.downloadMedia(message, {})).toEqual(bytes)
    expect(desk.simulator.wire('tg-1').filter((entry) => entry.event === 'close')).not.toHaveLength(0)
  })
})

describe('uploads', () => {
  it('small and big, as picture and as document, reach the customer whole', async () => {
    const client = await desk.loggedIn()
    const peer = await desk.peer(client, 'ana')
    await client.sendFile(peer, { file: new CustomFile('a.jpg', picture.length, '', picture), caption: 'look' })
    const big = randomBytes(100_000)
    for (const filePart of [0, 1])
      await client.invoke(
        new Api.upload.SaveBigFilePart({
          fileId: id(8),
          filePart,
          fileTotalParts: 2,
          bytes: big.subarray(filePart * 65_536, (filePart + 1) * 65_536),
        }),
      )
    const media = new Api.InputMediaUploadedDocument({
      file: new Api.InputFileBig({ id: id(8), parts: 2, name: 'b.bin' }),
      mimeType: 'a/b',
      attributes: [new Api.DocumentAttributeFilename({ fileName: 'b.bin' })],
    })
    await client.invoke(new Api.messages.SendMedia({ peer, media, message: '', randomId: id(3) }))
    const [first, second] = desk.simulator.received('ana').map((row) => row.message)
    expect(first).toMatchObject({ kind: 'image', text: 'look', details: { file: { width: 1280, height: 960 } } })
    expect(second).toMatchObject({ kind: 'document', details: { file: { name: 'b.bin', bytes: big.length } } })
    expect(second?.media).toBe(createHash('sha256').update(big).digest('hex'))
  })

  it('go on after a cut: parts stay until they are used, and a repeated send uses nothing', async () => {
    const client = await desk.loggedIn()
    const peer = await desk.peer(client, 'ana')
    const bytes = randomBytes(5000)
    const part = (filePart: number) =>
      client.invoke(
        new Api.upload.SaveFilePart({
          fileId: id(9),
          filePart,
          bytes: bytes.subarray(filePart * 2048, filePart * 2048 + 2048),
        }),
      )
    await part(0)
    await part(2)
    const file = new Api.InputFile({ id: id(9), parts: 3, name: 'x', md5Checksum: '' })
    const media = new Api.InputMediaUploadedDocument({ file, mimeType: 'a/b', attributes: [] })
    const send = () => client.invoke(new Api.messages.SendMedia({ peer, media, message: '', randomId: id(4) }))
    expect((await errorOf(send())).errorMessage).toBe('FILE_PART_1_MISSING')
    await desk.fault('cut-media')
    await part(1)
    await send()
    await send()
    expect(desk.simulator.received('ana').map((row) => row.message.details?.file?.bytes)).toEqual([5000])
    expect((await errorOf(part(4000))).errorMessage).toBe('FILE_PART_INVALID')
  })

  it('come as albums, their pictures uploaded one by one', async () => {
    const client = await desk.loggedIn()
    const seen = updatesOf(client)
    const peer = await desk.peer(client, 'ana')
    const files = [picture, drawJpeg(300, 200, 9)].map(
      (bytes, n) => new CustomFile(`${n}.jpg`, bytes.length, '', bytes),
    )
    await client.sendFile(peer, { file: files, caption: ['one', 'two'] })
    const rows = desk.simulator.received('ana').map((row) => row.message)
    expect(rows.map((row) => [row.kind, row.text])).toEqual([
      ['image', 'one'],
      ['image', 'two'],
    ])
    expect(new Set(rows.map((row) => row.details?.album))).toHaveProperty('size', 1)
    expect(rows[0]?.details?.album).toMatch(/^\d+$/)
    expect(seen.all.filter((update) => update.className === 'UpdateNewMessage')).toHaveLength(0)
  })
})
