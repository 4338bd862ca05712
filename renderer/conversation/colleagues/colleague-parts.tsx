/** What the head, the list and the composer show of colleagues. */
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import type { Warning } from '../../../shared/contracts/colleague-desk.ts'
import type { ConversationView } from '../../../shared/contracts/window.ts'
import { Confirm } from '../../design/dialog.tsx'
import { safeLine } from '../../text/safe-text.ts'
import { clockTime } from '../../text/times.ts'
import type { Colleagues } from './colleague-store.ts'
import './colleagues.css'

/** Below the title: who else is here now. */
export function ColleagueLine({ colleagues, id }: { colleagues: StoreApi<Colleagues>; id: string }) {
  const { t } = useTranslation()
  const people = useStore(colleagues, (state) => state.there.get(id))
  if (!people) return null
  return (
    <p className="one-line colleague-line" role="status" data-testid="colleagues">
      {people.map(({ name, doing }) => t(`colleague.${doing}`, { name: safeLine(name, 40) })).join(' · ')}
    </p>
  )
}

/** Takes the customer, lets go, or takes over after a question. */
export function ClaimButton({ colleagues, view }: { colleagues: StoreApi<Colleagues>; view: ConversationView }) {
  const { t } = useTranslation()
  const asking = useStore(colleagues, (state) => state.asking)
  const { claim, changeClaim, stopAsking } = colleagues.getState()
  const taken = view.claim
  const name = safeLine(taken?.name ?? '', 40)
  const other = taken !== null && !taken.self
  return (
    <>
      <button
        type="button"
        className="button button-quiet colleague-claim"
        aria-pressed={taken?.self === true}
        onClick={changeClaim}
        data-testid="claim"
        data-by={name}
      >
        {other ? t('colleague.claimed', { name }) : t(taken ? 'colleague.claimedSelf' : 'colleague.claim')}
      </button>
      {asking && (
        <Confirm
          title={t('colleague.takeOverTitle')}
          text={<p>{t('colleague.takeOverText', { name })}</p>}
          action={t('colleague.takeOverYes')}
          onConfirm={() => void claim(true, true)}
          onClose={stopAsking}
          testId="take-over"
        />
      )}
    </>
  )
}

/** In a row of the list. */
export function ColleagueMark({ colleagues, view }: { colleagues: StoreApi<Colleagues>; view: ConversationView }) {
  const { t } = useTranslation()
  const people = useStore(colleagues, (state) => state.there.get(view.id))
  const first = people?.find((one) => one.doing === 'typing') ?? people?.[0]
  const words = first && t(`colleague.${first.doing}`, { name: safeLine(first.name, 40) })
  return (
    <>
      {first && (
        <span className="colleague-dot" data-doing={first.doing} title={words} data-testid="colleague-dot">
          <span className="unseen">{words}</span>
        </span>
      )}
      {view.claim && (
        <span className="one-line colleague-taken" data-testid="row-claim">
          {view.claim.self ? t('colleague.claimedSelf') : safeLine(view.claim.name, 40)}
        </span>
      )}
    </>
  )
}

/** A send was held back: who and what, and the person decides. */
export function WarningPanel(props: { colleagues: StoreApi<Colleagues>; onAnyway(): void; onKeep(): void }) {
  const { t } = useTranslation()
  const warnings = useStore(props.colleagues, (state) => state.warnings)
  if (!warnings) return null
  return (
    <section className="note note-danger conversation-note colleague-warning" role="alert" data-testid="warning">
      <WarningList warnings={warnings} />
      <button type="button" className="button" onClick={props.onKeep} data-testid="keep-draft">
        {t('colleague.keepDraft')}
      </button>
      <button type="button" className="button" onClick={props.onAnyway} data-testid="send-anyway">
        {t('colleague.sendAnyway')}
      </button>
    </section>
  )
}

export function WarningList({ warnings }: { warnings: readonly Warning[] }) {
  const { t } = useTranslation()
  return (
    <ul aria-label={t('colleague.warnTitle')}>
      {warnings.map((one, i) => (
        <li key={i} data-kind={one.kind}>
          <WarningWords warning={one} />
        </li>
      ))}
      {warnings.length === 0 && <li>{t('colleague.warnOver')}</li>}
    </ul>
  )
}

function WarningWords({ warning }: { warning: Warning }) {
  const { t, i18n } = useTranslation()
  const name = safeLine(warning.name, 40)
  if (warning.kind === 'typing') return t('colleague.warnTyping', { name })
  const time = clockTime(i18n.language, warning.at ?? 0)
  return t(warning.kind === 'claimed' ? 'colleague.warnClaimed' : 'colleague.warnAnswered', { name, time })
}

/** What colleagues are told follows from whether somebody can be looking. */
export function useTellLooks(colleagues: StoreApi<Colleagues>, lookedAt: boolean): void {
  useEffect(() => colleagues.getState().looked(lookedAt), [colleagues, lookedAt])
}
