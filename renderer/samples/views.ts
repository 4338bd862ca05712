/** Complete views for tests: each test changes only what it is about. */
import type { CustomerActivityView } from '../../shared/contracts/customer-activity.ts'
import type { AccountView, ConversationView, MessageView } from '../../shared/contracts/window.ts'

export function sampleAccount(id: string, change: Partial<AccountView> = {}): AccountView {
  return {
    id,
    channel: 'telegram',
    name: id,
    state: 'live',
    fault: null,
    aliveAt: null,
    holder: null,
    unread: 0,
    history: null,
    ...change,
  }
}

export function sampleConversation(id: string, change: Partial<ConversationView> = {}): ConversationView {
  return {
    id,
    account: 'a',
    channel: 'telegram',
    title: id,
    subtitle: null,
    group: false,
    lastText: '',
    lastKind: 'text',
    lastDirection: 'in',
    lastAuthor: null,
    lastAt: 0,
    unread: 0,
    pinnedAt: null,
    archived: false,
    muted: false,
    markedUnread: false,
    claim: null,
    ...change,
  }
}

export function sampleMessage(id: string, change: Partial<MessageView> = {}): MessageView {
  return {
    id,
    conversation: 'c1',
    direction: 'in',
    path: 'live',
    text: `text of ${id}`,
    clipped: false,
    kind: 'text',
    author: null,
    entities: [],
    details: null,
    media: null,
    reply: null,
    versions: [],
    deleted: null,
    reactions: [],
    votes: [],
    at: 1000,
    order: id,
    state: 'received',
    fault: null,
    writer: null,
    waits: false,
    ...change,
  }
}

export function sampleActivity(conversation: string, change: Partial<CustomerActivityView> = {}): CustomerActivityView {
  return { conversation, people: [{ name: null, doing: 'typing' }], more: 0, availability: null, ...change }
}
