/** The customer file beside a conversation: the name, and how each account knows this person, numbers masked. */
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import type { CustomerView } from '../../shared/contracts/own-desk.ts'
import type { AccountView } from '../../shared/contracts/window.ts'
import { colourOf } from '../design/avatar.tsx'
import { Icon } from '../design/icons.tsx'
import { errorText } from '../strings/errors.ts'
import { initials } from '../text/safe-text.ts'
import { Line } from '../text/text-views.tsx'
import { fullTime } from '../text/times.ts'
import type { Customer } from './customer-store.ts'
import './customer.css'

export interface CustomerPanelProps {
  customer: StoreApi<Customer>
  accounts: readonly AccountView[]
  onOpen(conversation: string): void
}

export function CustomerPanel({ customer, accounts, onOpen }: CustomerPanelProps) {
  const { t } = useTranslation()
  const { conversation, view, failure, setPanel } = useStore(customer)
  return (
    <aside className="customer" aria-label={t('customer.title')} data-testid="customer-panel">
      <header className="customer-head">
        <h2>{t('customer.title')}</h2>
        <button
          type="button"
          className="icon-button"
          autoFocus
          aria-label={t('customer.close')}
          title={t('customer.close')}
          onClick={() => void setPanel(false)}
          data-testid="customer-close"
        >
          <Icon name="close" />
        </button>
      </header>
      {failure && (
        <p className="note note-danger" role="alert">
          {errorText(t, failure)}
        </p>
      )}
      {view && conversation !== null && (
        <File view={view} conversation={conversation} accounts={accounts} onOpen={onOpen} />
      )}
    </aside>
  )
}

function File(props: {
  view: CustomerView
  conversation: string
  accounts: readonly AccountView[]
  onOpen(conversation: string): void
}) {
  const { t, i18n } = useTranslation()
  const { view, conversation, accounts } = props
  const names = new Map(accounts.map((account) => [account.id, account.name]))
  return (
    <>
      <div className="customer-who">
        <span className={`avatar avatar-${colourOf(conversation)}`} aria-hidden="true">
          {initials(view.name)}
        </span>
        <p className="customer-name" data-testid="customer-name">
          <Line text={view.name} fallback={t('inbox.noName')} />
        </p>
        {view.since !== null && (
          <p className="customer-soft">{t('customer.since', { at: fullTime(i18n.language, view.since) })}</p>
        )}
      </div>
      <h3>{t('customer.identities')}</h3>
      <ul className="customer-identities">
        {view.identities.map((one, i) => (
          <li key={i} data-testid="customer-identity" data-channel={one.channel}>
            <span className={`customer-channel channel-${one.channel}`} />
            <span className="customer-words">
              <span className="one-line">
                <Line text={one.name} fallback={t('inbox.noName')} />
              </span>
              <span className="one-line customer-soft">{one.known ?? t('customer.unknown')}</span>
              <span className="one-line customer-soft">
                <Line text={names.get(one.account) ?? t(`channel.${one.channel}`)} />
              </span>
            </span>
            {one.conversation !== null && one.conversation !== conversation && (
              <button type="button" className="customer-go" onClick={() => props.onOpen(one.conversation ?? '')}>
                {t('customer.open')}
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  )
}
