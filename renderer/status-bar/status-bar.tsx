/** The status bar: proof of life per account with its age, what the vault does not have yet, what capture protection does here. */
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { AccountView, StatusView } from '../../shared/contracts/window.ts'
import { ageWords, historyWords, lifeOf, lifeSigns, stateWords } from '../strings/account-words.ts'
import { errorText } from '../strings/errors.ts'
import { safeLine } from '../text/safe-text.ts'
import { Line } from '../text/text-views.tsx'
import './status-bar.css'

/** The accounts prove their life about twice a minute: a younger proof is not worth a number that comes, grows and goes. */
const freshMs = 60_000
/** With more accounts those that live are counted, so that there is room for the names of those that do not. */
const mostNamed = 3

export interface StatusBarProps {
  status: StatusView
  /** The engine's present time, epoch ms. */
  now: number
}

export function StatusBar({ status, now }: StatusBarProps) {
  const { t } = useTranslation()
  const capture = {
    enforced: 'status.captureEnforced',
    partial: 'status.capturePartial',
    'marked-only': 'status.captureMarkedOnly',
  } as const
  const live = status.accounts.filter((account) => lifeOf(account) === 'live')
  const named =
    status.accounts.length <= mostNamed
      ? status.accounts
      : status.accounts.filter((account) => lifeOf(account) !== 'live' || account.history !== null)
  return (
    <footer className="status-bar" aria-label={t('status.label')} data-testid="status-bar">
      {status.accounts.length === 0 ? (
        <span className="status-accounts">{t('status.noAccounts')}</span>
      ) : (
        <div className="status-accounts" role="list" aria-label={t('status.accounts')}>
          {live.length > 0 && named.length < status.accounts.length && <LiveTogether accounts={live} now={now} />}
          {named.map((account) => (
            <AccountLife key={account.id} account={account} now={now} />
          ))}
        </div>
      )}
      <VaultWords vault={status.vault} />
      <span data-testid="status-capture" data-status={status.capture.status}>
        {t(capture[status.capture.status], { platform: platformName(status.capture.platform) })}
      </span>
    </footer>
  )
}

/** The engine reports `linux 6.1.0` or `linux`; people know the system by its name. */
function platformName(platform: string): string {
  const names: Record<string, string> = { linux: 'Linux', win32: 'Windows', darwin: 'macOS' }
  const [system = ''] = platform.split(' ')
  return (Object.hasOwn(names, system) ? names[system] : undefined) ?? safeLine(platform, 32)
}

function LiveTogether({ accounts, now }: { accounts: readonly AccountView[]; now: number }) {
  const { t, i18n } = useTranslation()
  const lines = accounts.map((account) => `${safeLine(account.name)} · ${aliveWords(t, i18n.language, account, now)}`)
  return (
    <span className="status-live" role="listitem" title={lines.join('\n')} data-testid="status-live">
      <span className="status-sign" data-life="live" aria-hidden="true">
        {lifeSigns.live}
      </span>{' '}
      {t('status.live', { count: accounts.length })}
    </span>
  )
}

/** The state in words with the age of the last proof of life, for the tooltip. */
function aliveWords(t: TFunction, language: string, account: AccountView, now: number): string {
  const state = stateWords(t, language, account)
  if (account.aliveAt === null) return state
  return `${state}, ${ageWords(t, language, 'account.alive', now - account.aliveAt)}`
}

function AccountLife({ account, now }: { account: AccountView; now: number }) {
  const { t, i18n } = useTranslation()
  const life = lifeOf(account)
  const age = account.aliveAt === null ? null : Math.max(0, now - account.aliveAt)
  const words = [
    account.state === 'live' ? null : t(`account.${account.state}`),
    historyWords(t, i18n.language, account),
    age !== null && age >= freshMs ? ageWords(t, i18n.language, 'account.age', age) : null,
  ].filter((word) => word !== null)
  return (
    <span
      className="one-line status-account"
      role="listitem"
      title={`${safeLine(account.name)} · ${aliveWords(t, i18n.language, account, now)}`}
      data-testid={`status-account-${account.id}`}
      data-state={account.state}
      data-history={account.history?.done}
    >
      <span className="status-sign" data-life={life} aria-hidden="true">
        {lifeSigns[life]}
      </span>{' '}
      <Line text={account.name} />
      <span className="unseen">{t(`account.${account.state}`)}</span>
      {words.length > 0 && <> · {words.join(' · ')}</>}
    </span>
  )
}

function VaultWords({ vault }: { vault: StatusView['vault'] }) {
  const { t } = useTranslation()
  const words = vault.trouble
    ? t('status.trouble', { reason: errorText(t, vault.trouble) })
    : vault.connected
      ? vault.waiting === 0
        ? t('status.vaultIn')
        : t('status.vaultWaiting', { count: vault.waiting })
      : vault.waiting === 0
        ? t('status.vaultDown')
        : t('status.vaultDownWaiting', { count: vault.waiting })
  // What waits for a moment while the vault answers is no trouble: it must not catch the eye with every message.
  const tone = vault.trouble || !vault.connected ? 'status-trouble' : undefined
  return (
    <span
      className={tone}
      role="status"
      data-testid="status-vault"
      data-waiting={vault.waiting}
      data-connected={vault.connected}
      data-trouble={vault.trouble ?? ''}
    >
      {words}
    </span>
  )
}
