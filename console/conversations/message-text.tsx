/** What a message says: text and nothing else, isolated from the page, long ones in steps. */
import { Button } from 'antd'
import { Fragment, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Entity } from '../../shared/contracts/neutral-message.ts'
import { Isolated } from '../elements/isolated.tsx'
import { clamp, clampStep, hasInvisible } from './clamp.ts'
import { runsOf } from './formatted.ts'

const plain: Entity[] = []

export function MessageText(props: { text: string; entities?: readonly Entity[]; testId?: string }) {
  const { t, i18n } = useTranslation()
  const [step, setStep] = useState(0)
  const { shown, cut } = useMemo(() => clamp(props.text, clampStep(step)), [props.text, step])
  const misleading = useMemo(() => hasInvisible(shown), [shown])
  return (
    <>
      <div className="message-text" dir="auto" data-testid={props.testId ?? 'message-text'}>
        <Formatted text={shown} entities={props.entities ?? plain} />
      </div>
      {(cut || step > 0) && (
        <div className="message-more">
          {cut && (
            <Button size="small" onClick={() => setStep(step + 1)} data-testid="show-more">
              {t('conversations.showMore')}
            </Button>
          )}
          {step > 0 && (
            <Button size="small" onClick={() => setStep(0)} data-testid="show-less">
              {t('conversations.showLess')}
            </Button>
          )}
          <span className="quiet">
            {t('conversations.shownOf', {
              shown: shown.length.toLocaleString(i18n.language),
              total: props.text.length.toLocaleString(i18n.language),
            })}
          </span>
        </div>
      )}
      {misleading && <div className="message-hidden">{t('conversations.hidden')}</div>}
    </>
  )
}

function Formatted(props: { text: string; entities: readonly Entity[] }) {
  if (props.entities.length === 0) return props.text
  return runsOf(props.text, props.entities).map((run, index) => (
    <Fragment key={index}>
      {run.styles.length === 0 ? (
        run.text
      ) : (
        <span className={run.styles.map((style) => `text-${style}`).join(' ')}>{run.text}</span>
      )}
      {run.targets.map((target, at) => (
        <span key={at} className="quiet" data-testid="link-target">
          {' '}
          <Isolated most={200}>{target}</Isolated>
        </span>
      ))}
    </Fragment>
  ))
}
