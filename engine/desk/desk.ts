/** What the window (and the headless engine) may ask of an open session; each method is one handler of the window contract. */
import { CodedError, type Handlers, type Input } from '../../shared/contracts/contract.ts'
import type { notificationsContract } from '../../shared/contracts/notifications.ts'
import type { MessageView, windowContract } from '../../shared/contracts/window.ts'
import { contentOf, findMessage, listNewestReceived } from '../cache/messages.ts'
import { completeIndex, findText } from '../cache/search.ts'
import { markConversation } from '../cache/people.ts'
import { findSend, repeatRemote } from '../cache/sends.ts'
import { newTouched } from '../recorder/context.ts'
import { applyReopened } from '../recorder/states.ts'
import { edit, forward, newestText, react, remove, vote } from './change.ts'
import { createColleagueDesk } from './colleagues.ts'
import { createActivityDesk } from './customer-activity.ts'
import { getConversation, getPlaced, lookedAtFirst, requireChannel, reachOf, type DeskHost } from './desk-host.ts'
import { createFileDesk } from './files.ts'
import { createGroupDesk } from './groups.ts'
import { messageRef, toMessageViews } from './message-views.ts'
import { createOwnDesk } from './own.ts'
import { createPageDesk } from './pages.ts'
import { appendIntent, say, sayNew } from './say.ts'
import { getConversationView, listConversationViews } from './views.ts'

/** All but what concerns the workstation itself and the desktop around it. */
type Desk = Omit<
  Handlers<typeof windowContract>,
  'status.get' | 'enrol' | 'enrol.read' | 'unlock' | 'lock' | keyof typeof notificationsContract
>

export function createDesk(host: DeskHost): Desk {
  return {
    ...createPageDesk(host),
    ...createFileDesk(host),
    ...createGroupDesk(host),
    ...createOwnDesk(host),
    ...createColleagueDesk(host),
    ...createActivityDesk(host),
    'pairing.start': async (input) => {
      await requireChannel(host, input.account).pair({ method: input.method, phone: input.phone })
      return {}
    },
    'pairing.code': async (input) => {
      await requireChannel(host, input.account).code(input.value)
      return {}
    },
    'pairing.password': async (input) => {
      await requireChannel(host, input.account).password(input.value)
      return {}
    },
    'pairing.cancel': async (input) => {
      await requireChannel(host, input.account).cancelPairing()
      return {}
    },
    'conversations.list': (input) => listConversationViews(host.session().cache, input),
    'conversation.read': (input) => read(host, input.conversation),
    send: (input) => say(host, input),
    'send.new': (input) => sayNew(host, input),
    resend: (input) => resend(host, input.message),
    'message.withdraw': ({ message }) => withdraw(host, message),
    'message.edit': ({ message, text }) => edit(host, message, text),
    'message.delete': ({ message }) => remove(host, message),
    'message.react': ({ message, emoji }) => react(host, message, emoji),
    'message.vote': ({ message, options }) => vote(host, message, options),
    'message.forward': (input) => forward(host, input),
    'message.text': (input) => {
      const { row, at } = getPlaced(host, input.message)
      lookedAtFirst(host.session(), at.conversation)
      return { text: newestText(host.session(), row).text }
    },
    search: (input) => search(host, input),
  }
}

async function read(host: DeskHost, opaque: string): Promise<Record<string, never>> {
  const session = host.session()
  const row = getConversation(host, opaque)
  const marked = getConversationView(session.cache, { id: row.id }).markedUnread
  if (row.unread === 0 && !marked) return {}
  const newest = listNewestReceived(session.cache, row.id, Math.min(row.unread, 200))
  const touched = newTouched()
  touched.conversations.add(row.id)
  session.cache.transaction((writer) => {
    markConversation(writer, row.id, { unread: false }, host.now())
    if (row.unread === 0) return
    writer.run('UPDATE conversations SET unread = 0 WHERE id = ?', [row.id])
    const payload = { direction: 'in' as const, providerId: newest.at(-1)?.providerId ?? '', time: null }
    session.appendIn(writer, { kind: 'conversation.read/1', payload, account: row.account, conversation: row.opaque })
  })
  host.touched(touched)
  const channel = session.accounts.find(row.account)?.runner.channel
  const address = session.cache.get<{ address: string }>('SELECT address FROM identities WHERE id = ?', [
    row.identity,
  ])?.address
  if (channel && address && newest.length > 0) await channel.markRead({ address, messages: newest }).catch(() => {})
  return {}
}

/** A person repeats an unknown or failed message; the provider's id stays, so that it can never arrive as two. */
function resend(host: DeskHost, ref: string): Record<string, never> {
  const session = host.session()
  const { row, at } = getPlaced(host, ref)
  const { account } = at.conversation
  const { sender, remote } = reachOf(host, account)
  const send = row.clientId === null ? undefined : findSend(session.cache, account, row.clientId)
  if (!send || (row.state !== 'unknown' && row.state !== 'failed'))
    throw new CodedError('not_resendable', 'this message is not waiting for anybody')
  const touched = newTouched()
  session.cache.transaction((writer) => {
    // Through the runner it is another intent for the same message: the vault hands that out once again.
    if (remote || send.remote > 0) {
      const intent = { opaque: row.opaque, clientId: send.clientId, content: contentOf(row), remote: true }
      const seq = appendIntent(session, writer, at, intent)
      repeatRemote(writer, send, { ledger: session.ledger.id, remote: seq })
    }
    applyReopened(writer, { ...row, account })
    touched.messages.push(row)
  })
  host.touched(touched)
  sender.changed()
  return {}
}

function withdraw(host: DeskHost, ref: string): Record<string, never> {
  const { row, at } = getPlaced(host, ref)
  const found = host.session().accounts.find(at.conversation.account)
  if (row.mine !== 1 || row.clientId === null || !found?.sender.withdraw(row.clientId))
    throw new CodedError('not_withdrawable', 'this message can no longer be held back')
  return {}
}

function search(host: DeskHost, input: Input<typeof windowContract, 'search'>) {
  const { cache } = host.session()
  const within = input.conversation ? getConversation(host, input.conversation).id : null
  completeIndex(cache)
  const rows = findText(cache, input.text, input.limit, within).flatMap((key) => findMessage(cache, key) ?? [])
  // One conversation's messages are read together, and shown in the order in which they were found.
  const views = new Map<string, MessageView>()
  const conversations = [...new Set(rows.map((row) => row.conversation))]
  for (const id of conversations)
    for (const view of toMessageViews(
      cache,
      id,
      rows.filter((row) => row.conversation === id),
    ))
      views.set(view.id, view)
  const shown = new Map(conversations.map((id) => [id, getConversationView(cache, { id })]))
  return {
    hits: rows.map((row) => ({ conversation: shown.get(row.conversation)!, message: views.get(messageRef(row))! })),
  }
}
