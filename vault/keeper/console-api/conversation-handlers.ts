/** Conversations: the filtered list, reading with a purpose, files, and who has looked. */
import type { Output } from '../../../shared/contracts/contract.ts'
import { CodedError } from '../../../shared/contracts/contract.ts'
import type { consoleConversationsContract } from '../../../shared/contracts/console-conversations.ts'
import type { Actor } from '../../../shared/domain/people.ts'
import type { Titled } from '../features/messages/conversations.ts'
import type { OpenedMessage } from '../features/messages/opened.ts'
import type { ConversationView } from '../features/messages/queries.ts'
import type { Keeper } from '../keeper.ts'
import { type Access, type ConsoleHandlers, refused } from './access.ts'
import { createLooks } from './looks.ts'
import { namesOf } from './names.ts'

type Conversations = typeof consoleConversationsContract
type Methods = keyof Conversations

export function createConversationHandlers(
  keeper: Keeper,
  { inTeam, requireOwnTeam }: Access,
): Pick<ConsoleHandlers, Methods> {
  const { accounts, messages, audit } = keeper
  const looks = createLooks()
  const get = async (actor: Actor, id: string): Promise<ConversationView> => {
    requireOwnTeam(actor, 'conversation.read')
    const conversation = await messages.getConversation(id)
    if (!(await accounts.allowed(actor, 'conversation.read', conversation.account))) throw refused()
    return conversation
  }
  return {
    'conversations.list': async (input, { actor }) => {
      requireOwnTeam(actor, 'conversation.read')
      if (input.account !== null && !(await accounts.allowed(actor, 'conversation.read', input.account)))
        throw refused()
      const visible = (await accounts.listFor(actor, 'conversation.read')).filter(
        (row) =>
          (input.account === null || row.id === input.account) &&
          (input.channel === null || row.channel === input.channel) &&
          (input.employee === null || row.assigned.some((one) => one.id === input.employee)) &&
          (input.team === null || row.assigned.some((one) => one.team === input.team)),
      )
      const { conversations, after } = await messages.pageConversations(actor.employee, {
        ...input,
        accounts: visible.map((one) => one.id),
      })
      return { conversations: conversations.map(toConversation), after }
    },
    'conversations.find': async ({ conversation: id }, { actor }) => {
      const conversation = await get(actor, id)
      const title = await messages.title(actor.employee, conversation)
      return { conversation: toConversation({ ...conversation, title }) }
    },
    'conversations.read': async ({ conversation: id, purpose, before, after, at }, { actor, session }) => {
      const conversation = await get(actor, id)
      const page = await messages.read(actor.employee, conversation, purpose, { before, after, at })
      looks.opened(session, id, purpose)
      return {
        ...page,
        accountName: conversation.account_name,
        channel: conversation.channel,
        claimedBy: conversation.claimed_by,
        messages: page.messages.map(toConsoleMessage),
      }
    },
    'conversations.looks': async ({ conversation: id, after, limit }, { actor }) => {
      const conversation = await get(actor, id)
      await audit.record({ actor: actor.employee, action: 'look.list', subject: id })
      const page = await messages.looks(conversation, after, limit)
      const names = await namesOf(
        keeper,
        page.looks.map((one) => one.who),
      )
      const seesAll = inTeam(actor, 'audit.read', null)
      return {
        after: page.after,
        looks: page.looks.map((one) => {
          const shown = seesAll || one.who === actor.employee
          return {
            id: one.id,
            at: one.at,
            who: names.get(one.who) ?? one.who,
            how: one.how,
            purpose: shown && one.seq !== null ? audit.openReason(one.seq, one.bytes) : null,
            hidden: !shown && one.bytes !== null,
          }
        }),
      }
    },
    'media.read': async ({ conversation: id, message, offset, length }, { actor, session }) => {
      const conversation = await get(actor, id)
      const purpose = looks.purposeOf(session, id)
      if (purpose === null) throw new CodedError('purpose_needed', 'open the conversation with a purpose first')
      const { data, bytes, mime } = await messages.readFile(conversation, message, { offset, length })
      // Whoever begins in the middle has looked as well.
      if (looks.isFirst(session, message) || offset === 0)
        await audit.record({ actor: actor.employee, action: 'media.read', subject: message, reason: purpose })
      return { data: data.toString('base64'), bytes, mime }
    },
  }
}

function toConversation(row: Titled): Output<Conversations, 'conversations.find'>['conversation'] {
  return {
    id: row.id,
    account: row.account,
    accountName: row.account_name,
    channel: row.channel,
    title: row.title,
    group: row.is_group === 1,
    lastAt: row.last_at,
    messages: row.messages,
    waitingSince: row.since,
    claimedBy: row.claimed_by,
  }
}

function toConsoleMessage(one: OpenedMessage): Output<Conversations, 'conversations.read'>['messages'][number] {
  const { id, direction, path, author, person, kind, text, entities, details, target, reply, media, at, state } = one
  const said = { kind, text, entities, details, target, reply, media }
  return { id, direction, path, author, person, ...said, at, state, marks: one.markNames }
}
