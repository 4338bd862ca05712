/** The files that are about to leave: seen, named, taken out again, and sent as a picture or as a file. */
import { useTranslation } from 'react-i18next'
import { Icon } from '../../design/icons.tsx'
import { fileExtension, fileSize, safeFileName } from '../../media/file-words.ts'
import { kindWord } from '../../strings/kind-words.ts'
import { Line } from '../../text/text-views.tsx'
import type { DraftFile } from './draft.ts'
import { otherKind } from './read-file.ts'

export interface FileStripProps {
  files: readonly DraftFile[]
  upload: { done: number; total: number } | null
  onChange(key: string, file: DraftFile | null): void
}

export function FileStrip({ files, upload, onChange }: FileStripProps) {
  const { t, i18n } = useTranslation()
  if (upload) {
    return (
      <p className="strip-sending" role="status" data-testid="sending">
        {t('composer.sending', upload)}
      </p>
    )
  }
  if (files.length === 0) return null
  return (
    <ul className="strip" data-testid="file-strip">
      {files.map((file) => {
        const other = otherKind(file)
        const name = safeFileName(file.file.name, 60)
        return (
          <li key={file.key} className="strip-file" data-testid="strip-file" data-kind={file.kind}>
            <span className="strip-picture">
              {file.thumbnail ? (
                <img src={`data:image/jpeg;base64,${file.thumbnail}`} alt="" draggable={false} />
              ) : (
                <Icon name="file" size={26} />
              )}
              {!file.thumbnail && <span>{fileExtension(file.file.name)}</span>}
              {file.kind === 'video' && <Icon name="play" size={18} />}
            </span>
            <span className="one-line strip-name">
              <Line text={name} fallback={kindWord(t, file.kind)} />
            </span>
            <span className="strip-size">{fileSize(i18n.language, file.file.bytes)}</span>
            {other && (
              <button
                type="button"
                className="strip-kind"
                onClick={() => onChange(file.key, { ...file, kind: other })}
                data-testid="strip-kind"
              >
                {t(other === 'document' ? 'composer.asFile' : 'composer.asPicture')}
              </button>
            )}
            <button
              type="button"
              className="strip-remove"
              aria-label={`${t('composer.remove')}: ${name}`}
              onClick={() => onChange(file.key, null)}
              data-testid="strip-remove"
            >
              <Icon name="close" size={14} />
            </button>
          </li>
        )
      })}
    </ul>
  )
}
