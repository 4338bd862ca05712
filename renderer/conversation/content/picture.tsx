/** Pictures, videos and stickers in a bubble: their box is there before they are. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { MessageView } from '../../../shared/contracts/window.ts'
import { Icon } from '../../design/icons.tsx'
import { fileSize, pictureBox, playTime, shownAs } from '../../media/file-words.ts'
import { useMedia } from '../../media/use-media.ts'
import { kindWord } from '../../strings/kind-words.ts'
import { useTools } from '../tools.ts'
import { MediaState } from './media-state.tsx'
import './media.css'

/** A small JPEG that came inside the message; anything else in its place is not shown. */
export function thumbnailUrl(message: MessageView): string | null {
  const thumbnail = message.media?.thumbnail
  return thumbnail && /^\/9j\/[A-Za-z0-9+/=]+$/.test(thumbnail) ? `data:image/jpeg;base64,${thumbnail}` : null
}

export interface PictureProps {
  message: MessageView
  /** In an album: fills its tile. */
  tile?: boolean
}

export function Picture({ message, tile }: PictureProps) {
  const { t, i18n } = useTranslation()
  const { view } = useTools()
  const file = message.details?.file
  const type = shownAs(file?.mime ?? '')
  const isVideo = message.kind === 'video'
  const held = message.media?.state === 'held'
  const shown = useMedia(message.id, type?.mime ?? null, held && !isVideo && type?.as === 'image')
  const [broken, setBroken] = useState(false)
  const thumbnail = thumbnailUrl(message)
  const box = pictureBox(file)
  const words = kindWord(t, isVideo ? 'video' : 'image')
  const size = message.media?.bytes ?? file?.bytes ?? 0
  return (
    <div
      className={tile ? 'picture picture-tile' : 'picture'}
      style={tile ? undefined : { width: box.width, aspectRatio: `${box.width} / ${box.height}` }}
      data-testid="picture"
      data-shown={shown.file !== null && !broken}
    >
      <button
        type="button"
        className="picture-open"
        aria-label={`${words}. ${t('media.open')}`}
        disabled={!held}
        onClick={() => view(message)}
        data-testid="picture-open"
      >
        {thumbnail && !shown.file && (
          <img src={thumbnail} alt="" className={held && isVideo ? '' : 'picture-blurred'} draggable={false} />
        )}
        {shown.file && !broken && (
          <img src={shown.file.url} alt={words} draggable={false} onError={() => setBroken(true)} />
        )}
        {!thumbnail && (!shown.file || broken) && !(isVideo && held) && (
          <Icon name={isVideo ? 'video' : 'picture'} size={34} />
        )}
        {isVideo && held && (
          <span className="picture-play">
            <Icon name="play" size={26} />
          </span>
        )}
        {isVideo && (
          <span className="picture-length">
            {[file?.durationS ? playTime(file.durationS) : '', size ? fileSize(i18n.language, size) : '']
              .filter(Boolean)
              .join(' · ')}
          </span>
        )}
      </button>
      <MediaState message={message} failure={shown.failure} over />
    </div>
  )
}

const stickerPx = 160

export function Sticker({ message }: { message: MessageView }) {
  const { t } = useTranslation()
  const type = shownAs(message.details?.file?.mime ?? '')
  const held = message.media?.state === 'held'
  const { file, failure } = useMedia(message.id, type?.mime ?? null, held && type !== null)
  const thumbnail = thumbnailUrl(message)
  const words = kindWord(t, 'sticker')
  return (
    <div className="sticker" style={{ width: stickerPx, height: stickerPx }} data-testid="sticker">
      {file && type?.as === 'image' && <img src={file.url} alt={words} draggable={false} />}
      {file && type?.as === 'video' && <video src={file.url} muted autoPlay loop playsInline aria-label={words} />}
      {!file && thumbnail && <img src={thumbnail} alt={words} className="picture-blurred" draggable={false} />}
      {!file && !thumbnail && (
        <span className="sticker-words">
          {message.text && <span className="sticker-emoji">{[...message.text].slice(0, 4).join('')}</span>}
          {type ? words : t('media.stickerAnimated')}
        </span>
      )}
      {(type || !held) && <MediaState message={message} failure={failure} over />}
    </div>
  )
}
