/** Voice notes and audio files: nothing is read before somebody wants to hear it. */
import { useEffect, useState, type KeyboardEvent, type PointerEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { MessageView } from '../../../shared/contracts/window.ts'
import { Icon } from '../../design/icons.tsx'
import { fileSize, playTime, safeFileName, shownAs } from '../../media/file-words.ts'
import { useMedia } from '../../media/use-media.ts'
import { usePlayer } from '../../media/use-player.ts'
import { readWaveform } from '../../media/waveform.ts'
import { Line } from '../../text/text-views.tsx'
import { MediaState } from './media-state.tsx'
import './media.css'

const bars = 44

export function Sound({ message }: { message: MessageView }) {
  const { t, i18n } = useTranslation()
  const file = message.details?.file
  const type = shownAs(file?.mime ?? '')
  const playable = type !== null && (type.as === 'audio' || type.as === 'video')
  const [wanted, setWanted] = useState(false)
  const held = message.media?.state === 'held'
  const shown = useMedia(message.id, type?.mime ?? null, held && playable && wanted)
  const [attach, player] = usePlayer(file?.durationS ?? 0)
  const { toggle } = player
  const url = shown.file?.url ?? null
  // The first press asks for the bytes; it is the press that also starts the sound once they are there.
  useEffect(() => {
    if (url !== null) toggle()
  }, [url, toggle])
  const press = (): void => (url === null ? setWanted(true) : toggle())
  const name = message.kind === 'audio' ? safeFileName(file?.name ?? null) : ''
  const failure = shown.failure ?? (player.broken || (held && !playable) ? 'media_unplayable' : null)
  return (
    <div className="sound" data-testid="sound" data-kind={message.kind} data-playing={player.playing}>
      <button
        type="button"
        className="sound-play"
        aria-label={t(player.playing ? 'media.pause' : 'media.play')}
        disabled={!held || !playable}
        onClick={press}
        data-testid="sound-play"
      >
        <Icon name={player.playing ? 'pause' : 'play'} size={20} />
      </button>
      <div className="sound-body">
        {name && (
          <span className="one-line sound-name">
            <Line text={name} />
          </span>
        )}
        <Wave
          levels={readWaveform(file?.waveform ?? null, bars)}
          at={player.at}
          duration={player.duration}
          onSeek={url === null ? null : player.seek}
        />
        <span className="sound-foot">
          <span>{playTime(player.at > 0 ? player.at : player.duration)}</span>
          {message.kind === 'audio' && file && file.bytes > 0 && <span>{fileSize(i18n.language, file.bytes)}</span>}
          {(player.playing || player.speed !== 1) && (
            <button
              type="button"
              className="sound-speed"
              aria-label={t('media.speed')}
              onClick={player.nextSpeed}
              data-testid="sound-speed"
            >
              {player.speed}×
            </button>
          )}
          <MediaState message={message} failure={held ? failure : null} />
        </span>
      </div>
      {url !== null && <audio ref={attach} src={url} preload="auto" />}
    </div>
  )
}

function Wave(props: {
  levels: readonly number[] | null
  at: number
  duration: number
  onSeek: ((seconds: number) => void) | null
}) {
  const { t } = useTranslation()
  const { levels, at, duration, onSeek } = props
  const part = duration > 0 ? Math.min(1, at / duration) : 0
  const seekTo = (event: PointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.getBoundingClientRect()
    onSeek?.(((event.clientX - box.left) / box.width) * duration)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -3, ArrowRight: 3 }[event.key]
    if (step === undefined || !onSeek) return
    event.preventDefault()
    onSeek(Math.min(duration, at + step))
  }
  return (
    <div
      className="wave"
      role="slider"
      tabIndex={onSeek ? 0 : -1}
      aria-label={t('media.position')}
      aria-valuemin={0}
      aria-valuemax={Math.round(duration)}
      aria-valuenow={Math.round(at)}
      aria-valuetext={playTime(at)}
      onPointerDown={seekTo}
      onKeyDown={onKeyDown}
      data-testid="wave"
    >
      <svg viewBox={`0 0 ${bars * 4} 24`} preserveAspectRatio="none" aria-hidden="true">
        {(levels ?? flat).map((level, i) => {
          const height = 2 + level * 20
          return (
            <rect
              key={i}
              x={i * 4 + 0.5}
              y={12 - height / 2}
              width="2.6"
              height={height}
              rx="1.2"
              data-played={i / bars < part}
            />
          )
        })}
      </svg>
    </div>
  )
}

const flat = Array.from({ length: bars }, () => 0.06)
