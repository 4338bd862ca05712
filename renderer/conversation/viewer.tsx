/** Pictures, videos, PDFs and texts of files, large, over the conversation: in the page, never full screen, which would hide the mark. */
import { Suspense, lazy, useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { createPortal } from 'react-dom'
import { useTranslation } from 'react-i18next'
import type { MessageView } from '../../shared/contracts/window.ts'
import { Icon } from '../design/icons.tsx'
import { keepInside } from '../design/keep-inside.ts'
import { useReturnFocus } from '../design/return-focus.ts'
import { documentShownAs, fileSize, playTime, safeFileName, shownAs, type ShownAs } from '../media/file-words.ts'
import { useMedia } from '../media/use-media.ts'
import { usePlayer } from '../media/use-player.ts'
import { errorText } from '../strings/errors.ts'
import { kindWord } from '../strings/kind-words.ts'
import { safeLine, safeText } from '../text/safe-text.ts'
import { Line } from '../text/text-views.tsx'
import { fullTime } from '../text/times.ts'
import { thumbnailUrl } from './content/picture.tsx'
import type { PdfFault } from './pdf/pdf-reader.ts'
import './viewer.css'

/** Large, and seldom needed: it comes with the first PDF that is opened. */
const PdfFile = lazy(async () => ({ default: (await import('./pdf/pdf-file.tsx')).PdfFile }))

export interface ViewerProps {
  message: MessageView
  /** All that can be looked at in this conversation, in its order. */
  all: readonly MessageView[]
  onShow(message: MessageView): void
  onClose(): void
}

function typeOf(message: MessageView): { as: ShownAs; mime: string } | null {
  const file = message.details?.file
  return message.kind === 'document' ? documentShownAs(file) : shownAs(file?.mime ?? '')
}

/** Held files that the viewer can step through. */
export function isViewable(message: MessageView): boolean {
  if (message.media?.state !== 'held') return false
  if (message.kind === 'image' || message.kind === 'video') return true
  const type = message.kind === 'document' ? typeOf(message) : null
  return type?.as === 'image' || type?.as === 'video'
}

export function Viewer({ message, all, onShow, onClose }: ViewerProps) {
  const { t, i18n } = useTranslation()
  const panel = useRef<HTMLElement>(null)
  useReturnFocus()
  useEffect(() => panel.current?.focus(), [])
  const at = all.findIndex((one) => one.id === message.id)
  const [before, after] = [all[at - 1], at === -1 ? undefined : all[at + 1]]
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.key === 'Tab') return keepInside(event)
    if (event.key === 'Escape') onClose()
    else if (event.key === 'ArrowLeft' && before) onShow(before)
    else if (event.key === 'ArrowRight' && after) onShow(after)
    else return
    event.stopPropagation()
    event.preventDefault()
  }
  const file = message.details?.file
  const name = safeFileName(file?.name ?? null) || kindWord(t, message.kind === 'raw' ? 'document' : message.kind)
  const author = safeLine(message.author?.name ?? '')
  // A file is known by its name, a picture by who sent it.
  const isNamed = message.kind === 'document' || author === ''
  return createPortal(
    <section
      className="viewer"
      role="dialog"
      aria-modal="true"
      aria-label={t('media.viewer')}
      tabIndex={-1}
      ref={panel}
      onKeyDown={onKeyDown}
      data-testid="viewer"
      data-id={message.id}
    >
      <header className="viewer-head">
        <span className="viewer-words">
          <strong className="one-line">
            <Line text={isNamed ? name : author} />
          </strong>
          <span className="one-line">
            {[
              isNamed ? author : '',
              fullTime(i18n.language, message.at),
              file?.bytes ? fileSize(i18n.language, file.bytes) : '',
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </span>
        <button
          type="button"
          className="viewer-button"
          aria-label={t('dialog.close')}
          onClick={onClose}
          data-testid="viewer-close"
        >
          <Icon name="close" size={24} />
        </button>
      </header>
      <div
        className="viewer-middle"
        data-alone={at === -1}
        onClick={(event) => event.target === event.currentTarget && onClose()}
      >
        {at !== -1 && <Step target={before} icon="left" label={t('media.previous')} onShow={onShow} />}
        <Shown key={message.id} message={message} onClose={onClose} />
        {at !== -1 && <Step target={after} icon="right" label={t('media.next')} onShow={onShow} />}
      </div>
      {message.text !== '' && message.kind !== 'raw' && (
        <p className="viewer-caption" dir="auto">
          {safeText(message.text.slice(0, 1_000))}
        </p>
      )}
    </section>,
    document.body,
  )
}

function Step(props: {
  target: MessageView | undefined
  icon: 'left' | 'right'
  label: string
  onShow(message: MessageView): void
}) {
  const { target, onShow } = props
  return (
    <button
      type="button"
      className={`viewer-button viewer-${props.icon}`}
      aria-label={props.label}
      disabled={!target}
      onClick={() => target && onShow(target)}
    >
      <Icon name={props.icon} size={28} />
    </button>
  )
}

function Shown({ message, onClose }: { message: MessageView; onClose(): void }) {
  const { t } = useTranslation()
  const type = typeOf(message)
  const { file, failure } = useMedia(message.id, type?.mime ?? null, true)
  const [large, setLarge] = useState(false)
  const [broken, setBroken] = useState(false)
  const [pdfFault, setPdfFault] = useState<PdfFault | null>(null)
  const thumbnail = thumbnailUrl(message)
  if (pdfFault) return <Nothing words={t(`media.pdf.${pdfFault}`)} name={message.details?.file?.name ?? null} />
  if (failure || broken || !type) {
    const words = failure ? errorText(t, failure) : t(type ? 'error.media_damaged' : 'media.noPreviewLong')
    return <Nothing words={words} name={message.details?.file?.name ?? null} />
  }
  if (!file) return thumbnail ? <img className="viewer-waiting" src={thumbnail} alt="" /> : <Loading />
  switch (type.as) {
    case 'image':
      return (
        <div className="viewer-scroll" data-large={large} onClick={(e) => e.target === e.currentTarget && onClose()}>
          <img
            src={file.url}
            alt={kindWord(t, 'image')}
            title={t('media.zoom')}
            draggable={false}
            onClick={() => setLarge(!large)}
            onError={() => setBroken(true)}
            data-testid="viewer-image"
          />
        </div>
      )
    case 'video':
      return <Film url={file.url} claimed={message.details?.file?.durationS ?? 0} onBroken={() => setBroken(true)} />
    case 'audio':
      return <Nothing words={t('media.noPreviewLong')} name={message.details?.file?.name ?? null} />
    case 'text':
      return <TextFile blob={file.blob} />
    case 'pdf':
      return (
        <Suspense fallback={<Loading />}>
          <PdfFile blob={file.blob} onFault={setPdfFault} />
        </Suspense>
      )
  }
}

function Loading() {
  const { t } = useTranslation()
  return (
    <p className="viewer-note" role="status">
      {t('conversation.loading')}
    </p>
  )
}

function Nothing({ words, name }: { words: string; name: string | null }) {
  const note = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // What stood here may have had the keyboard; Escape has to go on closing.
    if (document.activeElement === document.body) note.current?.closest<HTMLElement>('.viewer')?.focus()
  }, [])
  return (
    <div className="viewer-note" role="status" ref={note} data-testid="viewer-nothing">
      <Icon name="file" size={40} />
      {name && (
        <strong>
          <Line text={safeFileName(name)} />
        </strong>
      )}
      <p>{words}</p>
    </div>
  )
}

/** The arrows move the slider, not the viewer. */
function keepArrows(event: KeyboardEvent): void {
  if (event.key.startsWith('Arrow')) event.stopPropagation()
}

/** Controls of our own: the browser's offer full screen, saving and a window of their own. */
function Film({ url, claimed, onBroken }: { url: string; claimed: number; onBroken(): void }) {
  const { t } = useTranslation()
  const [attach, player] = usePlayer(claimed)
  const { toggle } = player
  // Opened to be seen: it starts by itself.
  useEffect(() => toggle(), [toggle])
  return (
    <div className="film">
      <video
        ref={attach}
        src={url}
        playsInline
        disablePictureInPicture
        disableRemotePlayback
        onClick={player.toggle}
        onError={onBroken}
        data-testid="viewer-video"
      />
      <div className="film-bar">
        <button
          type="button"
          className="viewer-button"
          aria-label={t(player.playing ? 'media.pause' : 'media.play')}
          onClick={player.toggle}
          data-testid="film-play"
        >
          <Icon name={player.playing ? 'pause' : 'play'} size={22} />
        </button>
        <span>{playTime(player.at)}</span>
        <input
          type="range"
          className="film-seek"
          aria-label={t('media.position')}
          min={0}
          max={Math.max(player.duration, 0.1)}
          step={0.1}
          value={Math.min(player.at, player.duration)}
          onChange={(event) => player.seek(Number(event.target.value))}
          onKeyDown={keepArrows}
        />
        <span>{playTime(player.duration)}</span>
        <button type="button" className="film-speed" aria-label={t('media.speed')} onClick={player.nextSpeed}>
          {player.speed}×
        </button>
        <input
          type="range"
          className="film-volume"
          aria-label={t('media.volume')}
          min={0}
          max={1}
          step={0.05}
          value={player.volume}
          onChange={(event) => player.setVolume(Number(event.target.value))}
          onKeyDown={keepArrows}
        />
      </div>
    </div>
  )
}

/** More than this nobody reads here. */
const mostText = 256 * 1024

function TextFile({ blob }: { blob: Blob }) {
  const { t } = useTranslation()
  const [text, setText] = useState<string | null>(null)
  useEffect(() => {
    let gone = false
    void blob
      .slice(0, mostText)
      .text()
      .then((read) => gone || setText(safeText(read)))
    return () => {
      gone = true
    }
  }, [blob])
  return (
    <div className="viewer-text" tabIndex={0} data-testid="viewer-text">
      <pre dir="auto">{text ?? t('conversation.loading')}</pre>
      {blob.size > mostText && <p>{t('media.cut')}</p>}
    </div>
  )
}
