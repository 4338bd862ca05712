/** Stands in the composer's place while the microphone is open. */
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../design/icons.tsx'
import { playTime } from '../../media/file-words.ts'
import type { Recorder } from './recorder.ts'

export function RecordingBar({ recorder }: { recorder: Recorder }) {
  const { t } = useTranslation()
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 200)
    return () => clearInterval(timer)
  }, [])
  const bar = useRef<HTMLDivElement>(null)
  const send = useRef<HTMLButtonElement>(null)
  // Until the microphone is open nothing can be sent; Escape leaves all the same.
  useEffect(() => {
    if (recorder.state === 'recording') send.current?.focus()
    else bar.current?.focus()
  }, [recorder.state])
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') recorder.drop()
  }
  return (
    <div className="composer recording" ref={bar} tabIndex={-1} onKeyDown={onKeyDown} data-testid="recording">
      <div className="composer-line">
        <button
          type="button"
          className="icon-button composer-button"
          aria-label={t('composer.recordDrop')}
          title={t('composer.recordDrop')}
          onClick={recorder.drop}
          data-testid="record-drop"
        >
          <Icon name="trash" size={22} />
        </button>
        <span className="recording-words" role="status">
          <span className="recording-dot" />
          {t('composer.recording')}
        </span>
        <time>{playTime(recorder.since === null ? 0 : (now - recorder.since) / 1000)}</time>
        <button
          type="button"
          className="composer-send"
          ref={send}
          aria-label={t('composer.recordSend')}
          title={t('composer.recordSend')}
          disabled={recorder.state !== 'recording'}
          onClick={recorder.finish}
          data-testid="record-send"
        >
          <Icon name="send" size={22} />
        </button>
      </div>
    </div>
  )
}
