/** What becomes of a send: one hand-over, one outcome, whatever the server and the line do. */
import { expect, test } from 'vitest'
import { plainText } from '../../../shared/contracts/neutral-message.ts'
import { ChannelError } from '../channel.ts'
import type { SendOutcome, SendRequest } from '../channel.ts'
import { Sends } from './sends.ts'
import type { Relay } from './sends.ts'
import { DEFAULT_TUNING } from './tuning.ts'

/** A line that hands over and tells how often. */
class Line implements Relay {
  handedOver = 0
  readonly #prepare: () => Promise<void>
  constructor(prepare: () => Promise<void> = () => Promise.resolve()) {
    this.#prepare = prepare
  }
  resolve(address: string): Promise<string | null> {
    return Promise.resolve(address)
  }
  async prepare() {
    await this.#prepare()
    return { message: {}, attrs: {}, nodes: [], state: [] }
  }
  relay({ scope }: Parameters<Relay['relay']>[0]): Promise<void> {
    scope.encrypting = true
    this.handedOver += 1
    return Promise.resolve()
  }
  restrictedUntil(): Promise<number | null> {
    return Promise.resolve(1_800_000_000_000)
  }
}

const request: SendRequest = { clientId: '3EB0AAAAAAAA', address: '777@lid', content: plainText('x'), file: null }

async function started(
  line: Line,
  sends = new Sends(DEFAULT_TUNING),
): Promise<{ sends: Sends; result: Promise<SendOutcome> }> {
  const result = sends.send(line, request)
  await expect.poll(() => line.handedOver).toBe(1)
  return { sends, result }
}

test.each([
  ['463', { code: 'whatsapp_nack_463', until: 1_800_000_000_000 }],
  ['479', { code: 'whatsapp_nack_479', until: null }],
  ['429', { code: 'whatsapp_nack_429', until: null }],
] as const)('a refusal by %s is final, with its end where one is told, and never repeated', async (error, fault) => {
  const line = new Line()
  const { sends, result } = await started(line)
  sends.acknowledged(line, { id: request.clientId, error })
  sends.connectionClosed()
  expect(await result).toMatchObject({ outcome: 'refused', fault })
  expect(line.handedOver).toBe(1)
})

test('two calls with one id at the same time are one hand-over', async () => {
  const line = new Line()
  const { sends, result } = await started(line)
  const again = sends.send(line, request)
  sends.acknowledged(line, { id: request.clientId, t: '1700000000' })
  expect(await Promise.all([result, again])).toEqual(
    Array(2).fill({ outcome: 'accepted', providerId: request.clientId, time: 1_700_000_000_000 }),
  )
  expect(line.handedOver).toBe(1)
})

test('a line that ends during the preparation means not sent, and nothing is handed over afterwards', async () => {
  let go: () => void = () => undefined
  const line = new Line(() => new Promise((resolve) => (go = resolve)))
  const sends = new Sends(DEFAULT_TUNING)
  const result = sends.send(line, request)
  await Promise.resolve()
  sends.connectionClosed()
  expect(await result).toMatchObject({ outcome: 'not-sent', fault: { code: 'whatsapp_cut' } })
  go()
  await new Promise((resolve) => setImmediate(resolve))
  expect(line.handedOver).toBe(0)
})

test('a line that ends after the hand-over means unknown', async () => {
  const { sends, result } = await started(new Line())
  sends.connectionClosed()
  expect(await result).toMatchObject({ outcome: 'unknown', fault: { code: 'whatsapp_cut' } })
})

test.each([
  ['whatsapp_upload_failed', 'not-sent'],
  ['whatsapp_group_announce', 'refused'],
])('%s means %s', async (code, outcome) => {
  const line = new Line(() => Promise.reject(new ChannelError(code, 'x')))
  expect(await new Sends(DEFAULT_TUNING).send(line, request)).toMatchObject({ outcome, fault: { code } })
  expect(line.handedOver).toBe(0)
})
