/** Set-up: which vault the enrolment code is for, and the PIN. Nothing is sent to that vault before the person agrees. */
import { useEffect, useRef, useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { Client } from '../../shared/contracts/contract.ts'
import type { CodeVault, StatusView, windowContract } from '../../shared/contracts/window.ts'
import { codeOf, errorText } from '../strings/errors.ts'
import { Problem, pinField, useAttempt } from './attempt.tsx'

export const shortestPin = 4

export interface SetupFormProps {
  /** The code that came with the start or by a link. */
  waiting: StatusView['waitingCode']
  call: Client<typeof windowContract>
  /** The engine has taken code and PIN. */
  onUnlocked(): Promise<void>
}

export function SetupForm({ waiting, call, onUnlocked }: SetupFormProps) {
  const { t } = useTranslation()
  // A code that cannot be read or that the person does not trust gives way to one that is typed.
  const [other, setOther] = useState(!waiting?.vault)
  const typed = useTypedCode(call)
  const [pin, setPin] = useState('')
  const [again, setAgain] = useState('')
  const first = useRef<HTMLInputElement>(null)
  const { busy, problem, setProblem, attempt } = useAttempt((error) => errorText(t, codeOf(error)))
  useEffect(() => first.current?.focus(), [other])
  const vault = other ? typed.vault : (waiting?.vault ?? null)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if ([...pin].length < shortestPin) return setProblem(t('lock.tooShort'))
    if (pin !== again) return setProblem(t('lock.mismatch'))
    void attempt(async () => {
      await call('enrol', { code: other ? typed.code.trim() : null, pin })
      await onUnlocked()
    })
  }
  const unreadable = typed.code === '' ? waiting?.vault === null : typed.unreadable
  return (
    <form className="unlock-form" onSubmit={submit}>
      {other && (
        <label className="field">
          {t('lock.code')}
          <input
            ref={first}
            className="unlock-code"
            type="text"
            autoComplete="off"
            maxLength={4096}
            disabled={busy}
            value={typed.code}
            onChange={(event) => typed.setCode(event.target.value)}
            data-testid="enrol-code"
          />
        </label>
      )}
      {other && unreadable && (
        <p className="note note-danger" role="alert" data-testid="enrol-unreadable">
          {t('error.enrolment_code_malformed')}
        </p>
      )}
      {vault && <VaultOfCode vault={vault} linked={!other && waiting?.linked === true} />}
      {!other && (
        <button type="button" className="link-button" onClick={() => setOther(true)} data-testid="enrol-other">
          {t('lock.otherCode')}
        </button>
      )}
      <label className="field">
        {t('lock.pin')}
        <input
          {...pinField}
          ref={other ? undefined : first}
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
      <button
        className="button"
        type="submit"
        disabled={busy || vault === null || pin === '' || again === ''}
        data-testid="unlock-submit"
      >
        {busy ? t('lock.settingUp') : t('lock.finish')}
      </button>
    </form>
  )
}

/** What is typed or pasted is read with every change; an answer to an older text does not count. */
function useTypedCode(call: Client<typeof windowContract>) {
  const [code, setCode] = useState('')
  const [read, setRead] = useState<{ code: string; vault: CodeVault | null } | null>(null)
  useEffect(() => {
    if (code.trim() === '') return
    let current = true
    call('enrol.read', { code }).then(
      (vault) => current && setRead({ code, vault }),
      () => current && setRead({ code, vault: null }),
    )
    return () => {
      current = false
    }
  }, [call, code])
  const known = read?.code === code && code.trim() !== '' ? read : null
  return { code, setCode, vault: known?.vault ?? null, unreadable: known !== null && known.vault === null }
}

/** As far as a person compares it: 64 bits in groups of four. */
export function shortFingerprint(root: string): string {
  return root.slice(0, 16).match(/.{4}/g)?.join(' ') ?? ''
}

function VaultOfCode({ vault, linked }: { vault: CodeVault; linked: boolean }) {
  const { t } = useTranslation()
  return (
    <div className="unlock-vault" data-testid="enrol-vault" data-gateway={vault.gateway} data-root={vault.root}>
      {linked && (
        <p className="note" data-testid="enrol-linked">
          {t('lock.linked')}
        </p>
      )}
      <dl>
        <dt>{t('lock.vault')}</dt>
        <dd>{vault.gateway}</dd>
        <dt>{t('lock.fingerprint')}</dt>
        <dd title={vault.root}>{shortFingerprint(vault.root)} …</dd>
      </dl>
      <p className="unlock-compare">{t('lock.compare')}</p>
    </div>
  )
}
