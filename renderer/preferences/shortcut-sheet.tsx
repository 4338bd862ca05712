/** Every key of the window on one sheet. */
import { useTranslation } from 'react-i18next'
import { Dialog } from '../design/dialog.tsx'
import { commandKey } from '../design/key-names.ts'
import './shortcut-sheet.css'

export function ShortcutSheet({ onClose }: { onClose(): void }) {
  const { t } = useTranslation()
  const shift = t('key.shift')
  const rows = [
    [commandKey(t, 'K'), t('keys.palette')],
    [commandKey(t, `${shift}+F`), t('keys.search')],
    [commandKey(t, 'F'), t('keys.find')],
    [commandKey(t, 'G'), t('date.open')],
    ['Alt+↑ / Alt+↓', t('keys.neighbour')],
    [`Alt+${shift}+↓`, t('keys.nextUnread')],
    [`${commandKey(t, '1')} … 9, 0`, t('keys.account')],
    [commandKey(t, 'I'), t('keys.file')],
    [commandKey(t, 'O'), t('keys.attach')],
    [commandKey(t, '↑'), t('keys.messages')],
    [t('keys.enter'), t('keys.messageMenu')],
    ['↑', t('keys.edit')],
    [`${t('keys.enter')} / ${shift}+${t('keys.enter')}`, t('keys.send')],
    [`${commandKey(t, '+')} / − / 0`, t('keys.zoomPdf')],
    [commandKey(t, 'L'), t('keys.lock')],
    ['Esc', t('keys.escape')],
    [commandKey(t, '/'), t('keys.sheet')],
  ] as const
  return (
    <Dialog title={t('keys.title')} onClose={onClose} testId="shortcuts">
      <dl className="shortcuts">
        {rows.map(([keys, words]) => (
          <div key={words}>
            <dt>{words}</dt>
            <dd>
              <kbd>{keys}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
