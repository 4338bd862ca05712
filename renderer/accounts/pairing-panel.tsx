/** The panel that links an account with its phone: QR code, code on the phone, or phone number with code and password. */
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react'
import { QRCodeSVG } from 'qrcode.react'
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import type { AccountView } from '../../shared/contracts/window.ts'
import { Icon } from '../design/icons.tsx'
import { useReturnFocus } from '../design/return-focus.ts'
import { errorText } from '../strings/errors.ts'
import { faultText } from '../strings/faults.ts'
import { safeLine } from '../text/safe-text.ts'
import { Line } from '../text/text-views.tsx'
import { span } from '../text/times.ts'
import type { Pairing, PairingMethod } from './pairing-store.ts'
import './pairing.css'

const methods: Record<AccountView['channel'], readonly PairingMethod[]> = {
  whatsapp: ['qr', 'code'],
  telegram: ['qr', 'phone'],
}

export interface PairingPanelProps {
  account: AccountView
  pairing: StoreApi<Pairing>
  /** The engine's present time, epoch ms. */
  now: number
}

export function PairingPanel({ account, pairing, now }: PairingPanelProps) {
  const { t } = useTranslation()
  const { step, failure, close } = useStore(pairing)
  const panel = useRef<HTMLElement>(null)
  useReturnFocus()
  // Each step removes what had the focus before; without a new place for it the keyboard would be lost.
  useEffect(() => {
    if (!panel.current?.contains(document.activeElement)) panel.current?.focus()
  }, [step.step])
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') close()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [close])
  return (
    <div className="veil">
      <section
        className="pairing"
        role="dialog"
        aria-modal="true"
        aria-labelledby="pairing-title"
        tabIndex={-1}
        ref={panel}
        data-testid="pairing"
        data-step={step.step}
      >
        <header className="pairing-head">
          <h2 id="pairing-title">{t('pair.title', { name: safeLine(account.name, 60) })}</h2>
          <button
            type="button"
            className="icon-button"
            aria-label={t('pair.close')}
            onClick={close}
            data-testid="pair-close"
          >
            <Icon name="close" />
          </button>
        </header>
        <PairingStepView account={account} pairing={pairing} now={now} />
        {failure && (
          <p className="note note-danger" role="alert" data-testid="pair-error">
            {errorText(t, failure)}
          </p>
        )}
      </section>
    </div>
  )
}

function PairingStepView({ account, pairing, now }: PairingPanelProps): ReactNode {
  const { t, i18n } = useTranslation()
  const { step, start, giveCode, givePassword, restart, close } = useStore(pairing)
  switch (step.step) {
    case 'choose':
      return <Choose account={account} onStart={start} />
    case 'waiting':
      return <p role="status">{t('pair.waiting')}</p>
    case 'qr':
      return (
        <>
          <p>{t(account.channel === 'whatsapp' ? 'pair.scanWhatsapp' : 'pair.scanTelegram')}</p>
          <div className="pairing-qr" data-testid="pair-qr" data-qr={step.text}>
            <QRCodeSVG value={step.text} size={264} marginSize={1} title={t('pair.qr')} />
          </div>
          {step.expiresAt !== null && (
            <p className="pairing-soft">{t('pair.expires', { age: span(i18n.language, step.expiresAt - now) })}</p>
          )}
        </>
      )
    case 'code-shown':
      return (
        <>
          <p>{t('pair.codeShown')}</p>
          <output className="pairing-code" data-testid="pair-code-shown">
            {[safeLine(step.code, 32).slice(0, 4), safeLine(step.code, 32).slice(4)].map((half, i) => (
              <span key={i}>{half}</span>
            ))}
          </output>
        </>
      )
    case 'code-needed':
      return <Answer key="code" kind="code" text={t('pair.codeNeeded')} onAnswer={giveCode} />
    case 'password-needed':
      return (
        <Answer
          key="password"
          kind="password"
          text={t('pair.passwordNeeded')}
          hint={step.hint ? t('pair.passwordHint', { hint: safeLine(step.hint, 120) }) : null}
          onAnswer={givePassword}
        />
      )
    case 'refused':
      return (
        <>
          <p className="note note-danger" role="alert" data-testid="pair-refused" data-code={step.fault.code}>
            {t('pair.refused', { reason: faultText(t, step.fault) })}
          </p>
          <div className="pairing-actions">
            <button type="button" className="button" autoFocus onClick={restart} data-testid="pair-again">
              {t('pair.again')}
            </button>
          </div>
        </>
      )
    case 'done':
      return (
        <>
          <p role="status" data-testid="pair-done">
            {t('pair.done', { name: safeLine(account.name, 60) })}
          </p>
          <div className="pairing-actions">
            <button type="button" className="button" autoFocus onClick={close} data-testid="pair-finish">
              {t('pair.close')}
            </button>
          </div>
        </>
      )
  }
}

function Choose(props: { account: AccountView; onStart(method: PairingMethod, phone: string | null): Promise<void> }) {
  const { t } = useTranslation()
  const { channel } = props.account
  const [method, setMethod] = useState<PairingMethod>('qr')
  const [phone, setPhone] = useState('')
  const digits = phone.replace(/[\s+()./-]/g, '')
  const needsPhone = method !== 'qr'
  // Before the first pairing the company decides with open eyes; an account that was linked before has been decided on.
  const first = props.account.state === 'unpaired' || props.account.state === 'pairing'
  const [accepted, setAccepted] = useState(false)
  const complete = (!needsPhone || /^\d{5,15}$/.test(digits)) && (accepted || !first)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (complete) void props.onStart(method, needsPhone ? digits : null)
  }
  return (
    <form onSubmit={submit}>
      <div className="note" data-testid="pair-risk">
        <strong>{t('pair.riskTitle')}</strong>
        <p>{t(channel === 'whatsapp' ? 'pair.riskWhatsapp' : 'pair.riskTelegram')}</p>
        <p>{t('pair.riskCold')}</p>
        {first && (
          <label className="check">
            <input
              type="checkbox"
              checked={accepted}
              onChange={(event) => setAccepted(event.target.checked)}
              data-testid="pair-accept"
            />
            {t('pair.accept')}
          </label>
        )}
      </div>
      <fieldset className="pairing-methods">
        <legend className="unseen">{t('pair.method')}</legend>
        {methods[channel].map((name) => (
          <label key={name}>
            <input
              type="radio"
              name="method"
              checked={method === name}
              onChange={() => setMethod(name)}
              data-testid={`pair-method-${name}`}
            />
            {t(`pair.${name}`)}
          </label>
        ))}
      </fieldset>
      {needsPhone && (
        <label className="field">
          {t('pair.number')}
          <input
            type="tel"
            value={phone}
            onChange={(event) => setPhone(event.target.value)}
            placeholder={t('pair.numberHint')}
            autoComplete="off"
            maxLength={32}
            data-testid="pair-phone"
          />
        </label>
      )}
      <div className="pairing-actions">
        <button type="submit" className="button" disabled={!complete} data-testid="pair-start">
          {t('pair.start')}
        </button>
      </div>
    </form>
  )
}

function Answer(props: {
  kind: 'code' | 'password'
  text: string
  hint?: string | null
  onAnswer(value: string): Promise<void>
}) {
  const { t } = useTranslation()
  const [value, setValue] = useState('')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (value) void props.onAnswer(props.kind === 'code' ? value.trim() : value)
  }
  return (
    <form onSubmit={submit}>
      <p>{props.text}</p>
      {props.hint && (
        <p className="pairing-soft">
          <Line text={props.hint} />
        </p>
      )}
      <label className="field">
        {t(props.kind === 'code' ? 'pair.codeField' : 'pair.passwordField')}
        <input
          ref={field}
          type={props.kind === 'code' ? 'text' : 'password'}
          inputMode={props.kind === 'code' ? 'numeric' : undefined}
          autoComplete="off"
          maxLength={props.kind === 'code' ? 16 : 256}
          value={value}
          onChange={(event) => setValue(event.target.value)}
          data-testid={`pair-${props.kind}`}
        />
      </label>
      <div className="pairing-actions">
        <button type="submit" className="button" disabled={!value} data-testid={`pair-${props.kind}-submit`}>
          {t('pair.continue')}
        </button>
      </div>
    </form>
  )
}
