import { expect, test } from 'vitest'
import { batchSignatureHolds, decodeBatch } from '../../../shared/formats/batch.ts'
import { sha256 } from '../../../shared/formats/bytes.ts'
import { publicKeyObject } from '../../../shared/formats/keys.ts'
import { createTestCompany } from '../test-company.ts'
import type { Device } from '../devices/devices.ts'
import { readBatch } from './received-batch.ts'

const company = createTestCompany()
const writer = company.device()
const device: Device = {
  workstation: writer.workstation,
  ledger: writer.ledger,
  signingKey: publicKeyObject('ed25519', writer.signing.publicKey),
}
const read = (bytes: Uint8Array) =>
  readBatch(
    bytes,
    (ledger) => (ledger === device.ledger ? device : null),
    () => undefined,
  )

test('it reads of a batch what the shared format reads of it', async () => {
  writer.write(3, { account: 'a', epoch: '1.2' }).write(2).write(1, { account: 'a', epoch: '1.3' })
  const bytes = writer.batch(2, 6)
  const batch = decodeBatch(bytes)
  const { received, authentic } = await read(bytes)
  expect(authentic).toBe(true)
  expect(received).toMatchObject({ ledger: batch.ledger, from: batch.from, count: batch.headers.length })
  expect(received.prev).toBe(batch.headers[0]!.prev)
  expect(received.links).toEqual(Buffer.concat(batch.headerBytes.map((header) => sha256(header))))
  expect(received.signature).toEqual(batch.signature)
  expect(received.claims).toEqual([
    { account: 'a', epoch: '1.2' },
    { account: 'a', epoch: '1.3' },
  ])
})

test('whatever byte is changed, it takes for authentic only what the shared format takes for authentic', async () => {
  const bytes = writer.batch(1, 2)
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1 << (at % 8)
    const shared = (): boolean => batchSignatureHolds(decodeBatch(changed), device.signingKey)
    const ours = await read(changed).then(
      ({ authentic }) => authentic,
      () => false,
    )
    let theirs = false
    try {
      theirs = shared()
    } catch {
      // Refused by its shape.
    }
    expect([at, ours]).toEqual([at, theirs])
  }
})

test('a header of a later version that the device has signed is taken: the keeper judges it', async () => {
  const later = company.device().write(1)
  const header = { ...later.events[0]!.header, v: 2, kind: 'message.recorded/9', more: true }
  later.events[0] = { ...later.events[0]!, headerBytes: Buffer.from(JSON.stringify(header)) }
  const signingKey = publicKeyObject('ed25519', later.signing.publicKey)
  const found = { workstation: later.workstation, ledger: later.ledger, signingKey }
  const { authentic, received } = await readBatch(
    later.batch(1),
    () => found,
    () => undefined,
  )
  expect([authentic, received.from, received.count]).toEqual([true, 1, 1])
})

test.each([
  ['sequence', { seq: 0 }],
  ['sequence as text', { seq: '1' }],
  ['ledger', { ledger: 5 }],
  ['account', { account: '' }],
  ['epoch', { epoch: '1' }],
  ['link', { prev: 'short' }],
])('a header without a usable %s is refused', async (_name, wrong) => {
  const broken = company.device().write(1)
  const header = { ...broken.events[0]!.header, ...wrong }
  broken.events[0] = { ...broken.events[0]!, headerBytes: Buffer.from(JSON.stringify(header)) }
  await expect(
    readBatch(
      broken.batch(1),
      () => device,
      () => undefined,
    ),
  ).rejects.toMatchObject({ code: 'header_malformed' })
})
