/** What a message says: text and nothing else, isolated from the page, long ones in steps. */
import { Button } from 'antd'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { clamp, clampStep, hasInvisible } from './clamp.ts'

export function MessageText(props: { text: string }) {
  const { t, i18n } = useTranslation()
  const [step, setStep] = useState(0)
  const { shown, cut } = useMemo(() => clamp(props.text, clampStep(step)), [props.text, step])
  const misleading = useMemo(() => hasInvisible(shown), [shown])
  return (
    <>
      <div className="message-text" dir="auto" data-testid="message-text">
        {shown}
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
