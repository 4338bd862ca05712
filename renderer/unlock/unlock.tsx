/** The lock screen and the first set-up of the PIN: the only thing on the page while there is no key. */
import { useEffect, useRef, useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { Client } from '../../shared/contracts/contract.ts'
import type { StatusView, windowContract } from '../../shared/contracts/window.ts'
import { Icon } from '../design/icons.tsx'
import { codeOf, errorText } from '../strings/errors.ts'
import { Line } from '../text/text-views.tsx'
import { Problem, pinField, useAttempt } from './attempt.tsx'
import { SetupForm, shortestPin } from './setup-form.tsx'
import './unlock.css'

export interface UnlockProps {
  status: StatusView
  call: Client<typeof windowContract>
  /** The engine has taken the PIN. */
  onUnlocked(): Promise<void>
}

export function Unlock({ status, call, onUnlocked }: UnlockProps) {
  const { t } = useTranslation()
  // The cache of this profile is gone: a new code enrols it anew, and the vault brings the history back.
  const [lost, setLost] = useState(false)
  const setup = !status.enrolled || lost
  const lock = status.lock === 'open' ? 'key' : status.lock
  const who = [status.employee, status.company].filter((name) => name !== null && name !== '').join(' · ')
  return (
    <main className="unlock" data-testid="lock-screen" data-lock={status.lock} data-enrolled={status.enrolled}>
      <section className="unlock-card" aria-labelledby="unlock-title">
        <div className="unlock-seal">
          <Icon name="lock" size={30} />
        </div>
        <h1 id="unlock-title">{setup ? t('lock.setupTitle') : t('lock.title')}</h1>
        {who && (
          <p className="unlock-who">
            <Line text={who} />
          </p>
        )}
        <p className="unlock-hint" data-testid="lock-reason">
          {lost && `${t('error.cache_lost')} `}
          {setup ? t('lock.setup', { count: shortestPin }) : t(`lock.${lock}`)}
        </p>
        {lock !== 'revoked' &&
          (setup ? (
            // A code that takes another one's place must be looked at anew: the form begins from nothing.
            <SetupForm
              key={JSON.stringify(status.waitingCode)}
              waiting={status.waitingCode}
              call={call}
              onUnlocked={onUnlocked}
            />
          ) : (
            <PinForm call={call} onUnlocked={onUnlocked} onLost={() => setLost(true)} />
          ))}
      </section>
    </main>
  )
}

function PinForm({ call, onUnlocked, onLost }: Omit<UnlockProps, 'status'> & { onLost(): void }) {
  const { t } = useTranslation()
  const [pin, setPin] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const { busy, problem, attempt } = useAttempt((error) => {
    if (error instanceof Error && codeOf(error) === 'cache_lost') onLost()
    const left = error instanceof Error && codeOf(error) === 'pin_wrong' ? Number(error.message) : Number.NaN
    return Number.isSafeInteger(left) ? t('lock.attempts', { count: left }) : errorText(t, codeOf(error))
  })
  useEffect(() => field.current?.focus(), [busy])
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    void attempt(async () => {
      // Whatever comes of it: an entered PIN does not stay in the page.
      setPin('')
      await call('unlock', { pin })
      await onUnlocked()
    })
  }
  return (
    <form className="unlock-form" onSubmit={submit}>
      <label className="field">
        {t('lock.pin')}
        <input
          {...pinField}
          ref={field}
          disabled={busy}
          value={pin}
          onChange={(event) => setPin(event.target.value)}
          data-testid="unlock-pin"
        />
      </label>
      <Problem text={problem} />
      <button className="button" type="submit" disabled={busy || !pin} data-testid="unlock-submit">
        {busy ? t('lock.unlocking') : t('lock.unlock')}
      </button>
    </form>
  )
}
