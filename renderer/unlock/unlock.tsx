/** The lock screen and the first set-up of the PIN: the only thing on the page while there is no key. */
import { useEffect, useRef, useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { Client } from '../../shared/contracts/contract.ts'
import type { StatusView, windowContract } from '../../shared/contracts/window.ts'
import { Icon } from '../design/icons.tsx'
import { codeOf, errorText } from '../strings/errors.ts'
import { Line } from '../text/text-views.tsx'
import './unlock.css'

export const shortestPin = 4

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
            <SetupForm codeWaiting={status.codeWaiting} call={call} onUnlocked={onUnlocked} />
          ) : (
            <PinForm call={call} onUnlocked={onUnlocked} onLost={() => setLost(true)} />
          ))}
      </section>
    </main>
  )
}

type FormProps = Omit<UnlockProps, 'status'>

/** What every attempt needs: one at a time, and the reason of the last one. */
function useAttempt(explain: (error: unknown) => string) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    if (busy) return
    setBusy(true)
    setProblem(null)
    try {
      await work()
    } catch (error) {
      setProblem(explain(error))
    } finally {
      setBusy(false)
    }
  }
  return { busy, problem, setProblem, attempt }
}

function PinForm({ call, onUnlocked, onLost }: FormProps & { onLost(): void }) {
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

function SetupForm({ codeWaiting, call, onUnlocked }: FormProps & { codeWaiting: boolean }) {
  const { t } = useTranslation()
  const [code, setCode] = useState('')
  const [pin, setPin] = useState('')
  const [again, setAgain] = useState('')
  const first = useRef<HTMLInputElement>(null)
  const { busy, problem, setProblem, attempt } = useAttempt((error) => errorText(t, codeOf(error)))
  // A link may bring the code while the form is open; its field goes, and with it the keyboard.
  useEffect(() => first.current?.focus(), [codeWaiting])
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if ([...pin].length < shortestPin) return setProblem(t('lock.tooShort'))
    if (pin !== again) return setProblem(t('lock.mismatch'))
    void attempt(async () => {
      await call('enrol', { code: codeWaiting ? null : code.trim(), pin })
      await onUnlocked()
    })
  }
  const complete = pin !== '' && again !== '' && (codeWaiting || code.trim() !== '')
  return (
    <form className="unlock-form" onSubmit={submit}>
      {!codeWaiting && (
        <label className="field">
          {t('lock.code')}
          <input
            ref={first}
            className="unlock-code"
            type="text"
            autoComplete="off"
            maxLength={4096}
            disabled={busy}
            value={code}
            onChange={(event) => setCode(event.target.value)}
            data-testid="enrol-code"
          />
        </label>
      )}
      <label className="field">
        {t('lock.pin')}
        <input
          {...pinField}
          ref={codeWaiting ? first : undefined}
          disabled={busy}
          value={pin}
          onChange={(event) => setPin(event.target.value)}
          data-testid="unlock-pin"
        />
      </label>
      <label className="field">
        {t('lock.pinAgain')}
        <input
          {...pinField}
          disabled={busy}
          value={again}
          onChange={(event) => setAgain(event.target.value)}
          data-testid="unlock-pin-again"
        />
      </label>
      <Problem text={problem} />
      <button className="button" type="submit" disabled={busy || !complete} data-testid="unlock-submit">
        {busy ? t('lock.unlocking') : t('lock.finish')}
      </button>
    </form>
  )
}

const pinField = { type: 'password', autoComplete: 'off', maxLength: 64 } as const

function Problem({ text }: { text: string | null }) {
  if (text === null) return null
  return (
    <p className="note note-danger" role="alert" data-testid="unlock-error">
      {text}
    </p>
  )
}
