/** A file: what it is called, how large it is, and whether it can be looked at here. */
import { useTranslation } from 'react-i18next'
import type { MessageView } from '../../../shared/contracts/window.ts'
import { Icon } from '../../design/icons.tsx'
import { documentShownAs, fileExtension, fileSize, safeFileName } from '../../media/file-words.ts'
import { kindWord } from '../../strings/kind-words.ts'
import { Line } from '../../text/text-views.tsx'
import { useTools } from '../tools.ts'
import { MediaState } from './media-state.tsx'
import './media.css'

export function Document({ message }: { message: MessageView }) {
  const { t, i18n } = useTranslation()
  const { view } = useTools()
  const file = message.details?.file
  const held = message.media?.state === 'held'
  const viewable = documentShownAs(file) !== null
  const extension = fileExtension(file?.name ?? null)
  const bytes = message.media?.bytes ?? file?.bytes ?? 0
  const words = [extension, bytes > 0 ? fileSize(i18n.language, bytes) : ''].filter(Boolean).join(' · ')
  return (
    <div className="document" data-testid="document">
      <button
        type="button"
        className="document-open"
        disabled={!held}
        title={viewable ? t('media.open') : t('media.noPreview')}
        onClick={() => view(message)}
        data-testid="document-open"
      >
        <span className="document-icon">
          <Icon name="file" size={26} />
          {extension && <span>{extension}</span>}
        </span>
        <span className="document-words">
          <span className="document-name">
            <Line text={safeFileName(file?.name ?? null, 72)} fallback={kindWord(t, 'document')} />
          </span>
          <span className="document-size">{words}</span>
        </span>
      </button>
      <MediaState message={message} />
    </div>
  )
}
