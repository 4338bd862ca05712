/** The number that an account hangs on, shown whole to who asks for it, and the devices that its provider lists. */
import { App, Button, Modal } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../app/api.ts'
import { useErrorSentence } from '../elements/error-notice.tsx'
import { Icon } from '../elements/icon.tsx'
import { inSentence, Isolated } from '../elements/isolated.tsx'
import { useRelative } from '../elements/time.tsx'
import { codedError } from '../elements/use-load.ts'
import type { Account } from './account.ts'

type Device = NonNullable<Account['linked']>['devices'][number]

export function PhoneCell({ row, open }: { row: Account; open: () => void }) {
  const { t } = useTranslation()
  if (!row.paired) return <span className="quiet">{t('accounts.neverPaired')}</span>
  const linked = row.linked?.devices.filter((one) => one.platform !== thePhone)
  return (
    <div className="cell-two">
      {row.phone === null ? <span className="quiet">{t('phone.unknown')}</span> : <Numbered row={row} />}
      {linked === undefined ? (
        <small>{t('phone.untold')}</small>
      ) : (
        <button type="button" className="cell-link cell-small" onClick={open} data-testid={`account-linked-${row.id}`}>
          {t('phone.linkedCount', { count: linked.length })}
        </button>
      )}
    </div>
  )
}

function Numbered({ row }: { row: Account }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const api = useApi()
  const sentence = useErrorSentence()
  const [whole, setWhole] = useState<string>()
  const reveal = () => {
    api.call('accounts.phone', { account: row.id }).then(
      ({ phone }) => setWhole(phone),
      (thrown: unknown) => void message.error(sentence(codedError(thrown))),
    )
  }
  return (
    <span className="cell-actions">
      <span className="moment" data-testid={`account-phone-${row.id}`}>
        {whole ?? row.phone}
      </span>
      {whole === undefined && (
        <button
          type="button"
          className="cell-icon"
          title={`${t('phone.reveal')} · ${t('phone.revealHint')}`}
          aria-label={t('phone.revealOf', { name: inSentence(row.name) })}
          onClick={reveal}
          data-testid={`account-reveal-${row.id}`}
        >
          <Icon name="eye" size={14} />
        </button>
      )}
    </span>
  )
}

/** How a channel names the primary device. */
const thePhone = 'phone'

export function LinkedDevices(props: { account: Account; close: () => void }) {
  const { t } = useTranslation()
  const relative = useRelative()
  const { account } = props
  const { at, devices } = account.linked ?? { at: 0, devices: [] }
  return (
    <Modal
      open
      title={t('phone.ofAccount', { name: inSentence(account.name) })}
      footer={
        <Button onClick={props.close} data-testid="linked-close">
          {t('action.close')}
        </Button>
      }
      onCancel={props.close}
    >
      <div data-testid="linked-dialog">
        {devices.length === 0 ? (
          <p className="quiet">{t('phone.none')}</p>
        ) : (
          <ul className="linked-devices">
            {devices.map((one, index) => (
              // The list is whole each time; WhatsApp's devices have no other name than their place.
              <li key={index} data-testid="linked-device">
                <DeviceLine device={one} />
              </li>
            ))}
          </ul>
        )}
        <p className="quiet">{t('phone.asOf', { relative: relative(at) })}</p>
      </div>
    </Modal>
  )
}

function DeviceLine({ device }: { device: Device }) {
  const { t } = useTranslation()
  const relative = useRelative()
  const { name, platform, current, activeAt } = device
  const isPhone = platform === thePhone
  return (
    <>
      <span>
        {isPhone ? t('phone.thePhone') : <Isolated>{name ?? t('phone.unnamed')}</Isolated>}{' '}
        {current && <span className="cell-tag">{t('phone.current')}</span>}
      </span>
      <small>
        {!isPhone && platform !== null && <Isolated>{platform}</Isolated>}
        {!isPhone && platform !== null && activeAt !== null && ' · '}
        {activeAt !== null && t('phone.active', { relative: relative(activeAt) })}
      </small>
    </>
  )
}
