/** How far a file is: on its way, to be asked for, or not to be had and why. */
import { useTranslation } from 'react-i18next'
import type { MessageView } from '../../../shared/contracts/window.ts'
import { Icon } from '../../design/icons.tsx'
import { fileSize } from '../../media/file-words.ts'
import { useUpload } from '../../media/upload-store.ts'
import { errorText } from '../../strings/errors.ts'
import { mediaFaultText } from '../../strings/faults.ts'
import { useTools } from '../tools.ts'

export interface MediaStateProps {
  message: MessageView
  /** Code of why held bytes could not be read. */
  failure?: string | null
  /** Over a picture: a ring and a button; else one line of words. */
  over?: boolean
}

/** Nothing once the file is here, unless it is an own one that goes up. */
export function MediaState({ message, failure = null, over = false }: MediaStateProps) {
  const { t, i18n } = useTranslation()
  const { fetchMedia } = useTools()
  const { media } = message
  const size = media?.bytes ? fileSize(i18n.language, media.bytes) : ''
  const state = media?.state ?? 'missing'
  const className = over ? 'media-state media-state-over' : 'media-state'
  if (state === 'held' && !failure) return <UploadState message={message.id} className={className} />
  if (state === 'waiting' || state === 'fetching') {
    const part = media?.bytes ? Math.min(1, media.received / media.bytes) : 0
    const words =
      state === 'waiting' ? t('media.waiting') : t('media.fetching', { part: Math.floor(part * 100), size }).trim()
    return (
      <span className={className} data-testid="media-state" data-state={state} role="status">
        <Ring part={state === 'waiting' ? null : part} />
        <span>{words}</span>
      </span>
    )
  }
  if (state === 'on-demand') {
    return (
      <span className={className} data-testid="media-state" data-state={state}>
        <button
          type="button"
          className="media-fetch"
          onClick={(event) => {
            event.stopPropagation()
            fetchMedia(message.id)
          }}
          data-testid="media-fetch"
        >
          <Icon name="download" size={18} />
          {size ? t('media.fetchSize', { size }) : t('media.fetch')}
        </button>
      </span>
    )
  }
  const reason = failure ? errorText(t, failure) : media?.fault ? mediaFaultText(t, media.fault) : t('media.gone')
  return (
    <span
      className={className}
      data-testid="media-state"
      data-state="missing"
      data-code={failure ?? media?.fault?.code}
    >
      <span className="media-reason">
        <Icon name="warning" size={15} /> {reason}
      </span>
      {failure !== 'media_too_large' && (
        <button
          type="button"
          className="media-fetch"
          onClick={(event) => {
            event.stopPropagation()
            fetchMedia(message.id)
          }}
          data-testid="media-again"
        >
          {t('media.again')}
        </button>
      )}
    </span>
  )
}

/** Bytes of bytes, as the provider takes them. */
function UploadState({ message, className }: { message: string; className: string }) {
  const { t, i18n } = useTranslation()
  const upload = useUpload(message)
  const { withdraw } = useTools()
  if (!upload) return null
  const { sent, bytes } = upload
  return (
    <span className={className} data-testid="upload" data-sent={sent} data-bytes={bytes}>
      <Ring part={bytes > 0 ? sent / bytes : 0} />
      <span>{t('media.sending', { sent: fileSize(i18n.language, sent), size: fileSize(i18n.language, bytes) })}</span>
      <button
        type="button"
        className="media-fetch"
        aria-label={t('message.withdraw')}
        title={t('message.withdraw')}
        onClick={(event) => {
          event.stopPropagation()
          withdraw(message)
        }}
        data-testid="upload-stop"
      >
        <Icon name="close" size={16} />
      </button>
    </span>
  )
}

/** Null: it has not begun. */
function Ring({ part }: { part: number | null }) {
  const around = 2 * Math.PI * 9
  return (
    <svg
      className="media-ring"
      data-waiting={part === null}
      width="24"
      height="24"
      viewBox="0 0 24 24"
      aria-hidden="true"
    >
      <circle cx="12" cy="12" r="9" />
      <circle cx="12" cy="12" r="9" strokeDasharray={`${Math.max(0.08, part ?? 0.25) * around} ${around}`} />
    </svg>
  )
}
