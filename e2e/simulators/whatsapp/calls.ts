/** A customer rings an account and hangs up: linked devices are told of both. */
import type { SayRequest } from '../provider.ts'
import { element } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import { LID_SERVER, PN_SERVER } from './jid.ts'
import type { World } from './world.ts'

const CALL_ID_BYTES = 16

/** Resolves with the call's id. A call that nobody took is what the customer has done. */
export function ring(world: World, request: SayRequest): Promise<string> {
  const customer = world.customer(request.customer)
  const account = world.account(request.account ?? '')
  const video = request.details?.call?.video ?? false
  return world.inOrder(async () => {
    const callId = world.source.next('call', CALL_ID_BYTES).toString('hex').toUpperCase()
    const time = world.seconds()
    const creator = { 'call-id': callId, 'call-creator': customer.jid(LID_SERVER) }
    const offer = element('offer', { ...creator, caller_pn: customer.jid(PN_SERVER) }, [
      element('audio', { enc: 'opus', rate: '16000' }),
      ...(video ? [element('video', { enc: 'vp8' })] : []),
    ])
    const steps: BinaryNode[] = [offer, element('terminate', { ...creator, reason: 'timeout' })]
    for (const step of steps) {
      const attrs = {
        from: customer.jid(LID_SERVER),
        id: world.messageId('other'),
        t: String(time),
        notify: customer.name,
        platform: 'android',
        version: '2.24.1',
      }
      for (const companion of account.companions.values()) companion.queue.add('call', element('call', attrs, [step]))
    }
    world.sent.push({
      customer: customer.id,
      account: account.id,
      providerId: callId,
      group: null,
      raw: '',
      message: {
        channel: 'whatsapp',
        kind: 'call',
        chat: customer.address,
        author: customer.address,
        providerId: callId,
        time: time * 1000,
        text: '',
        entities: [],
        reply: null,
        target: null,
        media: null,
        details: { call: { video, outcome: 'missed', durationS: null } },
      },
    })
    return Promise.resolve(callId)
  })
}
