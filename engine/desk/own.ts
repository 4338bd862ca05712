/** What a salesperson arranges for the own work. No events of the ledger: in which order somebody looks at conversations is nobody else's. */
import { CodedError, type Handlers, type Input } from '../../shared/contracts/contract.ts'
import type { ownDeskContract } from '../../shared/contracts/own-desk.ts'
import { markConversation } from '../cache/people.ts'
import { dropQuickReply, keepQuickReply, listQuickReplies } from '../cache/quick-replies.ts'
import { newTouched } from '../recorder/context.ts'
import { getCustomer } from './customer.ts'
import { getConversation, type DeskHost } from './desk-host.ts'

const mostReplies = 200

export function createOwnDesk(host: DeskHost): Handlers<typeof ownDeskContract> {
  return {
    'conversation.mark': (input) => mark(host, input),
    'customer.get': ({ conversation }) => getCustomer(host, conversation),
    'quickReplies.list': () => ({ replies: listQuickReplies(host.session().cache) }),
    'quickReply.keep': (reply) => {
      const { cache } = host.session()
      const kept = listQuickReplies(cache)
      if (kept.length >= mostReplies && !kept.some(({ name }) => name === reply.name))
        throw new CodedError('too_many', 'there are too many quick replies')
      cache.transaction((writer) => keepQuickReply(writer, reply))
      return {}
    },
    'quickReply.drop': ({ name }) => {
      host.session().cache.transaction((writer) => dropQuickReply(writer, name))
      return {}
    },
  }
}

function mark(
  host: DeskHost,
  { conversation, ...marks }: Input<typeof ownDeskContract, 'conversation.mark'>,
): Record<string, never> {
  const session = host.session()
  const row = getConversation(host, conversation)
  const touched = newTouched()
  touched.conversations.add(row.id)
  session.cache.transaction((writer) => markConversation(writer, row.id, marks, host.now()))
  host.touched(touched)
  return {}
}
