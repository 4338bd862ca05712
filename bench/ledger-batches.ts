/** Sealed batches of a workstation's ledger, as its outbox makes them. */
import { randomId } from '../shared/formats/bytes.ts'
import { encodeEvent, genesisLink, type EncodedEvent } from '../shared/formats/event.ts'
import type { TestDevice } from '../vault/gateway/test-company.ts'
import { createMessageEvents } from './corpus.ts'

/** Appends recorded messages to the device's ledger. */
export function writeMessages(device: TestDevice, count: number, account: string, epoch: string): void {
  const conversations = Array.from({ length: 60 }, () => ({ conversation: randomId(), identity: randomId() }))
  for (const [i, event] of createMessageEvents(count, 5).entries()) {
    const { peer, author, direction, path, message, clientId, raw } = event
    const previous: EncodedEvent | undefined = device.events.at(-1)
    const encoded = encodeEvent(
      {
        kind: 'message.recorded/1',
        account,
        epoch,
        ...conversations[i % conversations.length]!,
        message: randomId(),
        at: message.time,
        payload: { peer, author, direction, path, message, clientId, raw: Buffer.from(raw).toString('base64') },
      },
      device.ledger,
      device.events.length + 1,
      previous?.link ?? genesisLink(device.ledger),
    )
    device.events.push(encoded)
  }
}
