/** A customer rings an account: its linked devices hear that it rings, and how it ended. */
import type { Details } from '../../../shared/contracts/neutral-message.ts'
import type { SayRequest } from '../provider.ts'
import { SimulatorError } from '../provider.ts'
import { element } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import { LID_SERVER, PN_SERVER } from './jid.ts'
import type { World } from './world.ts'

type Call = NonNullable<Details['call']>

const CALL_ID_BYTES = 16
/** What a linked device reads at the end; answered and declined it was on the phone. */
const REASONS: Record<Exclude<Call['outcome'], 'ringing'>, string> = {
  missed: 'timeout',
  answered: 'accepted_elsewhere',
  declined: 'rejected_elsewhere',
}

function offer(creator: Record<string, string>, number: string, video: boolean): BinaryNode {
  return element('offer', { ...creator, caller_pn: number }, [
    element('audio', { enc: 'opus', rate: '16000' }),
    ...(video ? [element('video', { enc: 'vp8', dec: 'vp8' })] : []),
    element('net', { medium: '3' }),
    element('encopt', { keygen: '2' }),
  ])
}

function terminate(creator: Record<string, string>, { outcome, durationS }: Call): BinaryNode | null {
  if (outcome === 'ringing') return null
  const duration: Record<string, string> =
    outcome === 'answered' && durationS !== null ? { duration: String(durationS) } : {}
  return element('terminate', { ...creator, reason: REASONS[outcome], ...duration })
}

/** Resolves with the call's id. Without details nobody took it. */
export function ring(world: World, request: SayRequest): Promise<string> {
  if (request.group !== null) throw new SimulatorError('unsupported', 'calls of groups')
  const customer = world.customer(request.customer)
  const account = world.account(request.account ?? '')
  const asked = request.details?.call ?? { video: false, outcome: 'missed' as const, durationS: null }
  const call = { ...asked, durationS: asked.outcome === 'answered' ? asked.durationS : null }
  return world.inOrder(async () => {
    const id = world.source.next('call', CALL_ID_BYTES).toString('hex').toUpperCase()
    const creator = { 'call-id': id, 'call-creator': customer.jid(LID_SERVER) }
    const last = terminate(creator, call)
    const time = world.seconds()
    for (const step of [offer(creator, customer.jid(PN_SERVER), call.video), ...(last ? [last] : [])]) {
      const attrs = {
        from: customer.jid(LID_SERVER),
        id: world.messageId('other'),
        t: String(time),
        notify: customer.name,
        platform: 'android',
        version: '2.26.40.1',
      }
      for (const { queue } of account.companions.values()) queue.add('call', element('call', attrs, [step]))
    }
    world.sent.push({
      customer: customer.id,
      account: account.id,
      providerId: id,
      group: null,
      raw: '',
      message: {
        channel: 'whatsapp',
        kind: 'call',
        chat: customer.address,
        author: customer.address,
        providerId: id,
        time: time * 1000,
        text: '',
        entities: [],
        reply: null,
        target: null,
        media: null,
        details: { call },
      },
    })
    await Promise.resolve()
    return id
  })
}
