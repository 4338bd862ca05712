/** One minute for a newcomer, in the place of the conversation while none is open; it covers nothing and comes once. */
import { useState, type KeyboardEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon, Ticks } from '../design/icons.tsx'
import { commandKey } from '../design/key-names.ts'
import { lifeSigns } from '../strings/account-words.ts'
import './tour.css'

const steps = ['list', 'answer', 'states', 'status', 'keys'] as const
type Step = (typeof steps)[number]

export function Tour({ onClose }: { onClose(): void }) {
  const { t } = useTranslation()
  const [at, setAt] = useState(0)
  const step: Step = steps[at] ?? 'list'
  const last = at === steps.length - 1
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') onClose()
    else if (event.key === 'ArrowRight' && !last) setAt(at + 1)
    else if (event.key === 'ArrowLeft' && at > 0) setAt(at - 1)
    else return
    event.preventDefault()
  }
  return (
    <section className="tour" aria-labelledby="tour-title" onKeyDown={onKeyDown} data-testid="tour" data-step={step}>
      <header>
        <span className="tour-place">{t('tour.place', { at: at + 1, of: steps.length })}</span>
        <button
          type="button"
          className="icon-button"
          aria-label={t('tour.close')}
          title={t('tour.close')}
          onClick={onClose}
          data-testid="tour-close"
        >
          <Icon name="close" size={18} />
        </button>
      </header>
      <div className="tour-words" aria-live="polite">
        <h2 id="tour-title">{t(`tour.${step}Title`)}</h2>
        <p>{t(`tour.${step}Text`)}</p>
        <StepSigns step={step} />
      </div>
      <footer>
        <button
          type="button"
          className="button button-quiet"
          disabled={at === 0}
          onClick={() => setAt(at - 1)}
          data-testid="tour-back"
        >
          {t('tour.back')}
        </button>
        <button
          type="button"
          className="button"
          onClick={() => (last ? onClose() : setAt(at + 1))}
          data-testid="tour-next"
        >
          {last ? t('tour.done') : t('tour.next')}
        </button>
      </footer>
    </section>
  )
}

/** The signs as they stand in the window, each with its words. */
function StepSigns({ step }: { step: Step }) {
  const { t } = useTranslation()
  const rows: Record<Step, readonly (readonly [ReactNode, string])[]> = {
    list: [
      [<Icon key="unread" name="unread" size={18} />, t('tour.listUnread')],
      [<Icon key="clock" name="clock" size={18} />, t('tour.listWaiting')],
      [<Icon key="archive" name="archive" size={18} />, t('tour.listArchive')],
    ],
    answer: [
      [<Icon key="send" name="send" size={18} />, t('tour.answerSend')],
      [<Icon key="attach" name="attach" size={18} />, t('tour.answerAttach')],
      [<Icon key="more" name="more" size={18} />, t('tour.answerMenu')],
    ],
    states: [
      [<Ticks key="sent" count={1} />, t('state.sent')],
      [<Ticks key="delivered" count={2} />, t('state.delivered')],
      [<Icon key="unknown" name="question" size={18} />, t('tour.statesUnknown')],
    ],
    status: [
      [`${lifeSigns.live} ${lifeSigns.silent} ${lifeSigns.down}`, t('tour.statusLife')],
      [<Icon key="vault" name="lock" size={18} />, t('tour.statusVault')],
      [<Icon key="capture" name="eye" size={18} />, t('tour.statusCapture')],
    ],
    keys: [
      [<kbd key="palette">{commandKey(t, 'K')}</kbd>, t('keys.palette')],
      [<kbd key="sheet">{commandKey(t, '/')}</kbd>, t('tour.keysSheet')],
      [<kbd key="lock">{commandKey(t, 'L')}</kbd>, t('keys.lock')],
    ],
  }
  return (
    <dl className="tour-signs">
      {rows[step].map(([sign, words]) => (
        <div key={words}>
          <dt>{sign}</dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  )
}
