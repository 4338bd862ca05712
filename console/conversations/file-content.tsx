/** The file of a message: fetched only when somebody asks for it (each look is written down), shown where the type is known to be harmless. */
import { Button } from 'antd'
import { createContext, useContext, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Channel } from '../../shared/contracts/neutral-message.ts'
import type { CodedError } from '../../shared/contracts/contract.ts'
import { useApi, type Api } from '../app/api.ts'
import { byteSize } from '../elements/byte-size.ts'
import { ErrorNotice } from '../elements/error-notice.tsx'
import { inSentence, Isolated, shortened } from '../elements/isolated.tsx'
import { codedError } from '../elements/use-load.ts'
import { safeName, showable, type ShownAs } from './file-name.ts'
import type { Message } from './timeline.ts'

/** The conversation that the messages below belong to. */
export const ConversationContext = createContext<{ id: string; channel: Channel }>({ id: '', channel: 'whatsapp' })

const pieceBytes = 1_048_576

/** Throws CodedError as the call does; `progress` from 0 to 1. */
async function fetchFile(
  api: Api,
  of: { conversation: string; message: string },
  progress: (part: number) => void,
  isGone: () => boolean,
): Promise<{ parts: Uint8Array<ArrayBuffer>[]; mime: string } | null> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  for (let offset = 0; ;) {
    const piece = await api.call('media.read', { ...of, offset, length: pieceBytes })
    if (isGone()) return null
    const bytes = Uint8Array.from(atob(piece.data), (sign) => sign.charCodeAt(0))
    parts.push(bytes)
    offset += bytes.length
    progress(piece.bytes === 0 ? 1 : offset / piece.bytes)
    if (offset >= piece.bytes || bytes.length === 0) return { parts, mime: piece.mime }
  }
}

type Shown = { as: Exclude<ShownAs, 'text'>; url: string } | { as: 'text'; text: string }

/** Of a text more is for a download. */
const longestText = 20_000

function useFile(message: Message): {
  shown: Shown | undefined
  busy: number | undefined
  error: CodedError | undefined
  show: () => void
  save: () => void
} {
  const api = useApi()
  const { id: conversation } = useContext(ConversationContext)
  const [shown, setShown] = useState<Shown>()
  const [busy, setBusy] = useState<number>()
  const [error, setError] = useState<CodedError>()
  const gone = useRef(false)
  const urls = useRef<string[]>([])
  useEffect(() => {
    gone.current = false
    const made = urls.current
    return () => {
      gone.current = true
      for (const url of made.splice(0)) URL.revokeObjectURL(url)
    }
  }, [])
  const load = async (use: (parts: Uint8Array<ArrayBuffer>[], mime: string) => void) => {
    setBusy(0)
    setError(undefined)
    try {
      const file = await fetchFile(api, { conversation, message: message.id }, setBusy, () => gone.current)
      if (file) use(file.parts, file.mime)
    } catch (thrown) {
      setError(codedError(thrown))
    } finally {
      setBusy(undefined)
    }
  }
  const urlOf = (parts: Uint8Array<ArrayBuffer>[], type: string): string => {
    const url = URL.createObjectURL(new Blob(parts, { type }))
    urls.current.push(url)
    return url
  }
  const save = () =>
    void load((parts, mime) => {
      const link = document.createElement('a')
      // Never with the sender's type: nothing that is opened from here runs as a page.
      link.href = urlOf(parts, 'application/octet-stream')
      const name = message.details?.file?.name ?? null
      link.download = safeName(name, mime, `${message.kind}-${new Date(message.at).toISOString().slice(0, 10)}`)
      link.click()
    })
  const show = () =>
    void load((parts, mime) => {
      const how = showable(mime)
      if (how?.as === 'text') void textOf(parts).then((text) => setShown({ as: 'text', text }))
      else if (how) setShown({ url: urlOf(parts, how.type), as: how.as })
    })
  return { shown, busy, error, show, save }
}

export function FileContent({ message }: { message: Message }) {
  const { t } = useTranslation()
  const { shown, busy, error, show, save } = useFile(message)
  const file = message.details?.file
  const state = message.media?.state ?? 'waiting'
  const canShow = file !== undefined && showable(file.mime) !== null
  return (
    <div className="file" data-testid="message-file" data-media={state}>
      {shown && <ShownFile shown={shown} message={message} />}
      <div className="file-line">
        <strong>{t(`kind.${message.kind}`)}</strong>
        {file?.name && <Isolated most={160}>{file.name}</Isolated>}
        <FileFacts message={message} />
      </div>
      {state === 'held' ? (
        <div className="file-line">
          {canShow && !shown && (
            <Button size="small" loading={busy !== undefined} onClick={show} data-testid="file-show">
              {t(message.kind === 'voice' || message.kind === 'audio' ? 'file.play' : 'file.show')}
            </Button>
          )}
          <Button size="small" disabled={busy !== undefined} onClick={save} data-testid="file-save">
            {t('file.save')}
          </Button>
          {busy !== undefined && (
            <span className="quiet">{t('file.loading', { percent: Math.floor(busy * 100) })}</span>
          )}
        </div>
      ) : (
        <div className="message-absent">{t(`file.${state}`)}</div>
      )}
      {error && <ErrorNotice error={error} />}
    </div>
  )
}

async function textOf(parts: Uint8Array<ArrayBuffer>[]): Promise<string> {
  return shortened(await new Blob(parts).text(), longestText)
}

function ShownFile({ shown, message }: { shown: Shown; message: Message }) {
  const { t } = useTranslation()
  const [broken, setBroken] = useState(false)
  const failed = () => setBroken(true)
  const label = t(`kind.${message.kind}`)
  if (broken) return <div className="message-absent">{t('file.broken')}</div>
  switch (shown.as) {
    case 'image':
      return <img className="file-picture" src={shown.url} alt={label} onError={failed} data-testid="file-picture" />
    case 'video':
      return (
        <video
          className="file-picture"
          src={shown.url}
          controls
          aria-label={label}
          onError={failed}
          data-testid="file-video"
        />
      )
    case 'audio':
      return (
        <audio
          className="file-sound"
          src={shown.url}
          controls
          aria-label={label}
          onError={failed}
          data-testid="file-sound"
        />
      )
    case 'pages':
      return (
        <iframe
          className="file-pages"
          src={`${shown.url}#toolbar=0&navpanes=0&view=FitH`}
          title={inSentence(message.details?.file?.name ?? label)}
          data-testid="file-pages"
        />
      )
    case 'text':
      return (
        <pre className="file-text" dir="auto" tabIndex={0} aria-label={label} data-testid="file-text">
          {shown.text}
        </pre>
      )
  }
}

/** Size, length and measures as the sender gave them. */
function FileFacts({ message }: { message: Message }) {
  const { i18n } = useTranslation()
  const file = message.details?.file
  if (!file) return null
  const facts = [file.mime, byteSize(i18n.language, file.bytes)]
  if (file.durationS !== null) facts.push(duration(file.durationS))
  if (file.width !== null && file.height !== null) facts.push(`${file.width} × ${file.height}`)
  return (
    <span className="quiet">
      <Isolated most={200}>{facts.join(' · ')}</Isolated>
    </span>
  )
}

export function duration(seconds: number): string {
  const rest = (seconds % 60).toString().padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${(minutes % 60).toString().padStart(2, '0')}:${rest}`
}
