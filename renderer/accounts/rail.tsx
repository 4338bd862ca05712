/** The rail: chooses which accounts the list shows, and tells at a glance which of them live. */
import { useTranslation } from 'react-i18next'
import type { AccountView } from '../../shared/contracts/window.ts'
import { Icon } from '../design/icons.tsx'
import { safeLine } from '../text/safe-text.ts'
import { Line } from '../text/text-views.tsx'
import { lifeOf, stateWords } from '../strings/account-words.ts'
import './rail.css'

const mostShown = 99

export interface RailProps {
  accounts: readonly AccountView[]
  selected: string | null
  onSelect(account: string | null): void
  menuOpen: boolean
  onMenu(): void
}

export function Rail({ accounts, selected, onSelect, menuOpen, onMenu }: RailProps) {
  const { t } = useTranslation()
  const unread = accounts.reduce((sum, account) => sum + account.unread, 0)
  return (
    <nav className="rail" aria-label={t('rail.label')}>
      <button
        type="button"
        className="rail-item"
        aria-pressed={selected === null}
        title={t('rail.all')}
        onClick={() => onSelect(null)}
        data-testid="rail-all"
      >
        <Icon name="all" size={26} />
        <span className="rail-name">{t('inbox.all')}</span>
        <Unread count={unread} />
      </button>
      {accounts.map((account) => (
        <RailAccount
          key={account.id}
          account={account}
          pressed={selected === account.id}
          onSelect={() => onSelect(account.id)}
        />
      ))}
      <button
        type="button"
        className="rail-item rail-foot"
        aria-expanded={menuOpen}
        title={t('rail.menu')}
        aria-label={t('rail.menu')}
        onClick={onMenu}
        data-testid="rail-menu"
      >
        <Icon name="settings" size={24} />
      </button>
    </nav>
  )
}

function RailAccount(props: { account: AccountView; pressed: boolean; onSelect(): void }) {
  const { account } = props
  const { t, i18n } = useTranslation()
  const words = stateWords(t, i18n.language, account)
  return (
    <button
      type="button"
      className="rail-item"
      aria-pressed={props.pressed}
      title={`${safeLine(account.name)} · ${words}`}
      onClick={props.onSelect}
      data-testid={`rail-account-${account.id}`}
      data-state={account.state}
    >
      <span className={`rail-badge channel-${account.channel}`} aria-hidden="true">
        {account.channel === 'whatsapp' ? 'WA' : 'TG'}
        <span className="rail-life" data-life={lifeOf(account)} />
      </span>
      <span className="rail-name">
        <Line text={account.name} />
      </span>
      <span className="unseen">
        {`, ${t(`channel.${account.channel}`)}, ${words}, ${t('rail.unread', { count: account.unread })}`}
      </span>
      <Unread count={account.unread} />
    </button>
  )
}

function Unread({ count }: { count: number }) {
  if (count === 0) return null
  return (
    <span className="rail-unread" aria-hidden="true">
      {count > mostShown ? `${mostShown}+` : count}
    </span>
  )
}
