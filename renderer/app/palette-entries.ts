/** What the palette leads to from here: the open conversation's neighbours first, then accounts, then actions. */
import type { TFunction } from 'i18next'
import type { AccountView, ConversationView } from '../../shared/contracts/window.ts'
import { commandKey } from '../design/key-names.ts'
import { inboxShows } from '../inbox/inbox-store.ts'
import type { PaletteEntry } from '../palette/commands.ts'
import { safeLine } from '../text/safe-text.ts'
import type { Session } from './session.ts'
import type { Shortcuts } from './shortcuts.ts'

export function paletteEntries(
  t: TFunction,
  session: Session,
  accounts: readonly AccountView[],
  actions: Shortcuts,
): PaletteEntry[] {
  const { conversations, setFilter } = session.inbox.getState()
  const names = new Map(accounts.map((account) => [account.id, account.name]))
  const conversation = (one: ConversationView): PaletteEntry => ({
    id: one.id,
    label: one.title,
    detail: names.get(one.account) ?? '',
    kind: 'conversation',
    run: () => session.openConversation(one.id),
  })
  const account = (one: AccountView): PaletteEntry => ({
    id: `account-${one.id}`,
    label: one.name,
    detail: t(`account.${one.state}`),
    kind: 'account',
    run: () => setFilter({ account: one.id }),
  })
  const action = (id: string, label: string, detail: string, run: () => void): PaletteEntry => ({
    id: `action-${id}`,
    label,
    detail,
    kind: 'action',
    run,
  })
  const open = session.conversation.getState().view
  const ofOpen = ({ claim }: ConversationView): PaletteEntry[] => [
    action('date', t('date.open'), commandKey(t, 'G'), () => void session.conversation.getState().startDating()),
    action('claim', t(claim?.self ? 'colleague.giveBack' : 'colleague.claim'), safeLine(claim?.name ?? '', 40), () =>
      session.colleagues.getState().changeClaim(),
    ),
  ]
  return [
    ...[...conversations.values()].sort((a, b) => b.lastAt - a.lastAt).map(conversation),
    ...accounts.map(account),
    ...inboxShows.map((show) =>
      action(`show-${show}`, `${t('inbox.filter')}: ${t(`inbox.${show}`)}`, '', () => setFilter({ show })),
    ),
    action('search', t('keys.search'), commandKey(t, `${t('key.shift')}+F`), actions.focusSearch),
    action('find', t('keys.find'), commandKey(t, 'F'), () => session.conversation.getState().setFinding(true)),
    ...(open === null ? [] : ofOpen(open)),
    action('side', t('keys.file'), commandKey(t, 'I'), actions.side),
    action('sheet', t('keys.title'), commandKey(t, '/'), actions.sheet),
    action('tour', t('menu.tour'), '', actions.tour),
    action('lock', t('menu.lockNow'), commandKey(t, 'L'), actions.lock),
  ]
}
