/** One account: whether it lives and since when, who else is logged in to it, and the ways to link and to leave. */
import { useEffect, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import type { AccountView } from '../../shared/contracts/window.ts'
import { Confirm, Dialog } from '../design/dialog.tsx'
import { Icon } from '../design/icons.tsx'
import { ageWords, canBeLinked, historyWords, lifeOf, lifeSigns, stateWords } from '../strings/account-words.ts'
import { errorText } from '../strings/errors.ts'
import { safeLine } from '../text/safe-text.ts'
import { Line } from '../text/text-views.tsx'
import type { AccountPageState, LinkedDevice } from './account-store.ts'
import './account-page.css'

export interface AccountPageProps {
  account: AccountView
  page: StoreApi<AccountPageState>
  /** The engine's present time, epoch ms. */
  now: number
  onLink(account: string): void
}

type Asked = { what: 'unlink' } | { what: 'remove'; device: LinkedDevice }

/** Only a running account can ask its provider. */
function isRunning(account: AccountView): boolean {
  return account.state === 'live' || account.state === 'silent'
}

export function AccountPage({ account, page, now, onLink }: AccountPageProps) {
  const { t, i18n } = useTranslation()
  const { devices, busy, failure, close, load } = useStore(page)
  const [asked, setAsked] = useState<Asked | null>(null)
  const running = isRunning(account)
  useEffect(() => {
    if (running) void load()
  }, [running, load])
  const paired = !['unpaired', 'pairing', 'elsewhere'].includes(account.state)
  const history = historyWords(t, i18n.language, account)
  return (
    <Dialog title={t('page.title', { name: safeLine(account.name, 60) })} onClose={close} testId="account-page" wide>
      <dl className="account-facts">
        <Fact name={t('page.state')}>
          <span
            className="account-life"
            data-life={lifeOf(account)}
            data-testid="account-state"
            data-state={account.state}
          >
            {lifeSigns[lifeOf(account)]}
          </span>{' '}
          {[t(`channel.${account.channel}`), stateWords(t, i18n.language, account), history].filter(Boolean).join(', ')}
        </Fact>
        <Fact name={t('page.proof')}>
          {account.aliveAt === null
            ? t('page.never')
            : ageWords(t, i18n.language, 'account.age', now - account.aliveAt)}
        </Fact>
      </dl>
      <p className="note account-cold">{t('page.cold')}</p>
      <section className="account-devices">
        <header>
          <h3>{t('page.devices')}</h3>
          {running && (
            <button type="button" className="account-action" disabled={busy} onClick={() => void load()}>
              {t('page.refresh')}
            </button>
          )}
        </header>
        {devices === null || devices.length === 0 ? (
          <p className="account-soft" role="status">
            {t(
              !running
                ? 'page.devicesAway'
                : devices
                  ? 'page.devicesNone'
                  : failure
                    ? 'page.devicesNone'
                    : 'conversation.loading',
            )}
          </p>
        ) : (
          <ul>
            {devices.map((device) => (
              <Device
                key={device.id}
                device={device}
                now={now}
                busy={busy}
                onRemove={() => setAsked({ what: 'remove', device })}
              />
            ))}
          </ul>
        )}
      </section>
      {failure && (
        <p className="note note-danger" role="alert" data-testid="account-error">
          {errorText(t, failure)}
        </p>
      )}
      <div className="dialog-actions">
        {paired && (
          <button
            type="button"
            className="button button-quiet account-unlink"
            disabled={busy}
            onClick={() => setAsked({ what: 'unlink' })}
            data-testid="account-unlink"
          >
            {t('page.unlink')}
          </button>
        )}
        {canBeLinked(account) && (
          <button type="button" className="button" onClick={() => onLink(account.id)} data-testid="account-link">
            {t(account.state === 'unpaired' ? 'page.link' : 'page.relink')}
          </button>
        )}
      </div>
      <Asking asked={asked} page={page} onClose={() => setAsked(null)} />
    </Dialog>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

function Device(props: { device: LinkedDevice; now: number; busy: boolean; onRemove(): void }) {
  const { t, i18n } = useTranslation()
  const { device } = props
  // WhatsApp's list has no names, but the first of it is always the phone, which only its owner takes away.
  const phone = device.name === null && device.platform === 'phone'
  const soft = [
    device.platform && !phone ? safeLine(device.platform, 60) : '',
    device.current ? t('page.current') : '',
    device.activeAt !== null ? ageWords(t, i18n.language, 'page.active', props.now - device.activeAt) : '',
  ].filter(Boolean)
  return (
    <li className="account-device" data-testid="device" data-id={device.id} data-current={device.current}>
      <Icon name="phone" size={22} />
      <span className="account-words">
        <span className="one-line">
          <Line text={device.name ?? ''} fallback={t(phone ? 'page.phone' : 'page.unnamed')} />
        </span>
        <span className="account-soft">{soft.join(' · ')}</span>
      </span>
      {!device.current && !phone && (
        <button
          type="button"
          className="account-action"
          disabled={props.busy}
          onClick={props.onRemove}
          data-testid="device-remove"
        >
          {t('page.remove')}
        </button>
      )}
    </li>
  )
}

function Asking({ asked, page, onClose }: { asked: Asked | null; page: StoreApi<AccountPageState>; onClose(): void }) {
  const { t } = useTranslation()
  if (!asked) return null
  if (asked.what === 'unlink') {
    return (
      <Confirm
        title={t('page.unlinkTitle')}
        text={t('page.unlinkText')}
        action={t('page.unlink')}
        danger
        onConfirm={() => void page.getState().unlink()}
        onClose={onClose}
        testId="unlink-confirm"
      />
    )
  }
  const { device } = asked
  return (
    <Confirm
      title={t('page.removeTitle', { name: safeLine(device.name ?? '', 60) || t('page.unnamed') })}
      text={t('page.removeText')}
      action={t('page.remove')}
      danger
      onConfirm={() => void page.getState().removeDevice(device.id)}
      onClose={onClose}
      testId="device-confirm"
    />
  )
}
