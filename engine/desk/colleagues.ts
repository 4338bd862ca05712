/** Two people and one customer: who is here, who has taken it, and the warning before a second answer. */
import { CodedError, type Handlers, type Input } from '../../shared/contracts/contract.ts'
import { bubbleKinds } from '../../shared/contracts/neutral-message.ts'
import type { colleagueDeskContract, ColleaguesView, Warning } from '../../shared/contracts/colleague-desk.ts'
import { applyClaim, findClaim, findOwnEmployee, listSentBy } from '../cache/colleagues.ts'
import type { Reader } from '../cache/database.ts'
import { pageMessages } from '../cache/messages.ts'
import { seenIdentity, type ConversationRow } from '../cache/people.ts'
import { newTouched, placeOf } from '../recorder/context.ts'
import type { Session } from '../session.ts'
import { getConversation, lookedAtFirst, type DeskHost } from './desk-host.ts'
import { readAddress } from './new-address.ts'

/** An answer stands near the end, or the customer has written much since. */
const lookedBack = 50

export function createColleagueDesk(host: DeskHost): Handlers<typeof colleagueDeskContract> {
  return {
    'conversation.presence': async (input) => {
      const row = getConversation(host, input.conversation)
      if (input.doing !== 'none') lookedAtFirst(host.session(), row)
      await host.session().presences.tell(row, input.doing)
      return {}
    },
    'conversation.claim': (input) => claim(host, input),
    'colleagues.get': (input) => {
      const row = getConversation(host, input.conversation)
      return { ...colleaguesView(host.session(), row.id), warnings: listWarnings(host.session(), row) }
    },
    'colleagues.warnings': (input) => {
      const session = host.session()
      const { known } = readAddress(session, input)
      return { warnings: known ? listWarnings(session, known) : [] }
    },
    'colleagues.list': () => {
      const session = host.session()
      return { conversations: session.presences.list().map((id) => colleaguesView(session, id)) }
    },
  }
}

export function colleaguesView({ cache, presences }: Session, conversation: number): ColleaguesView {
  const people = presences.of(conversation).map(({ name, doing }) => ({ name, doing }))
  return { conversation: placeOf(cache, conversation).conversation.opaque, people }
}

function claim(
  host: DeskHost,
  { conversation, claimed, takeOver }: Input<typeof colleagueDeskContract, 'conversation.claim'>,
): Record<string, never> {
  const session = host.session()
  const row = getConversation(host, conversation)
  const touched = newTouched()
  session.cache.transaction((writer) => {
    const before = findClaim(writer, row.id)
    const isOther = before !== null && before.employee !== findOwnEmployee(writer)
    if (isOther && claimed && !takeOver)
      throw new CodedError('claimed_by_other', before.name ?? 'a colleague has taken this customer')
    if (!claimed && (before === null || isOther))
      throw new CodedError('not_claimed', 'this customer is not taken by you')
    const at = host.now()
    const { identity } = placeOf(writer, row.id)
    session.appendIn(writer, {
      kind: 'conversation.claimed/1',
      payload: { peer: seenIdentity(writer, identity), claimed },
      account: row.account,
      // It is a word among colleagues, whoever runs the account.
      epoch: '0.0',
      conversation: row.opaque,
      identity: identity.opaque,
      at,
    })
    applyClaim(writer, row.id, { ledger: session.ledger.id, claimed, at })
    touched.conversations.add(row.id)
  })
  host.touched(touched)
  return {}
}

/** Throws CodedError('colleague_active'): nothing is sent. */
export function warnBefore(session: Session, conversation: ConversationRow): void {
  const [first] = listWarnings(session, conversation)
  if (first) throw new CodedError('colleague_active', `${first.kind}: ${first.name}`)
}

function listWarnings({ cache, presences }: Session, conversation: ConversationRow): Warning[] {
  const self = findOwnEmployee(cache)
  const warnings: Warning[] = presences
    .of(conversation.id)
    .filter((one) => one.doing === 'typing')
    .map(({ name }) => ({ kind: 'typing', name, at: null }))
  const claimed = findClaim(cache, conversation.id)
  if (claimed && claimed.employee !== self) warnings.push({ kind: 'claimed', name: claimed.name ?? '', at: claimed.at })
  const answered = findAnswer(cache, conversation, self)
  return answered ? [...warnings, answered] : warnings
}

/** A colleague's message behind the customer's last word and our own. */
function findAnswer(reader: Reader, { id, account }: ConversationRow, self: string | null): Warning | null {
  const rows = pageMessages(reader, id, null, lookedBack).filter(
    (row) => bubbleKinds.some((kind) => kind === row.kind) && row.state !== 'failed',
  )
  const own = rows.flatMap((row) => (row.mine === 1 ? (row.clientId ?? []) : []))
  const sentBy = new Map(listSentBy(reader, account, own).map((one) => [one.clientId, one]))
  for (const row of rows.reverse()) {
    if (row.mine === 0) return null
    const sent = row.clientId === null ? undefined : sentBy.get(row.clientId)
    // What the account's phone sent may have been written by anybody, ourselves as well.
    if (!sent || sent.employee === null) continue
    return sent.employee === self ? null : { kind: 'answered', name: sent.name ?? '', at: row.at }
  }
  return null
}
