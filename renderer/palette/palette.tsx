/** The palette: one field that leads to every conversation, account and action without a mouse. */
import { useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog } from '../design/dialog.tsx'
import { Icon } from '../design/icons.tsx'
import { Line } from '../text/text-views.tsx'
import { findEntries, type PaletteEntry } from './commands.ts'
import './palette.css'

const icons = { conversation: 'all', account: 'phone', action: 'keyboard' } as const

export function Palette({ entries, onClose }: { entries: readonly PaletteEntry[]; onClose(): void }) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const found = findEntries(entries, text)
  const at = Math.min(active, found.length - 1)
  const run = (entry: PaletteEntry | undefined): void => {
    if (!entry) return
    onClose()
    entry.run()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'ArrowDown') setActive((at + 1) % Math.max(1, found.length))
    else if (event.key === 'ArrowUp') setActive((at + found.length - 1) % Math.max(1, found.length))
    else if (event.key === 'Enter') run(found[at])
    else return
    event.preventDefault()
  }
  return (
    <Dialog title={t('palette.title')} onClose={onClose} testId="palette">
      <label className="field">
        <span className="unseen">{t('palette.hint')}</span>
        <input
          autoFocus
          role="combobox"
          aria-expanded
          aria-controls="palette-list"
          aria-activedescendant={found[at] ? `palette-${at}` : undefined}
          value={text}
          placeholder={t('palette.hint')}
          maxLength={100}
          autoComplete="off"
          onChange={(event) => {
            setText(event.target.value)
            setActive(0)
          }}
          onKeyDown={onKeyDown}
          data-testid="palette-field"
        />
      </label>
      <div className="palette-list" id="palette-list" role="listbox" aria-label={t('palette.title')}>
        {found.map((entry, i) => (
          <div
            key={entry.id}
            id={`palette-${i}`}
            className="palette-entry"
            role="option"
            aria-selected={i === at}
            onPointerMove={() => setActive(i)}
            onClick={() => run(entry)}
            data-testid="palette-entry"
            data-label={entry.label}
          >
            <Icon name={icons[entry.kind]} size={18} />
            <span className="one-line palette-label">
              <Line text={entry.label} fallback={t('inbox.noName')} />
            </span>
            <span className="one-line palette-detail">
              <Line text={entry.detail} />
            </span>
          </div>
        ))}
        {found.length === 0 && <p className="palette-detail">{t('search.nothing')}</p>}
      </div>
    </Dialog>
  )
}
