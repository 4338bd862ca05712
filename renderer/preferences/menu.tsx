/** The menu at the rail's foot: appearance, language, notifications, and the two ways to lock. */
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import { Choice } from '../design/choice.tsx'
import { Icon } from '../design/icons.tsx'
import { commandKey } from '../design/key-names.ts'
import { useReturnFocus } from '../design/return-focus.ts'
import { languageNames, languages } from '../strings/languages.ts'
import { Line } from '../text/text-views.tsx'
import { notificationLevels, type Notifications } from './notification-store.ts'
import { themes, type Preferences } from './preferences-store.ts'
import './menu.css'

export interface MenuProps {
  preferences: StoreApi<Preferences>
  notifications: StoreApi<Notifications>
  who: string
  onLock(kind: 'screen' | 'key'): void
  onKeys(): void
  onTour(): void
  onClose(): void
}

const themeNames = { system: 'menu.themeSystem', light: 'menu.themeLight', dark: 'menu.themeDark' } as const

export function Menu({ preferences, notifications, who, onLock, onKeys, onTour, onClose }: MenuProps) {
  const { t } = useTranslation()
  const { theme, language, setTheme, setLanguage } = useStore(preferences)
  const { level, setLevel } = useStore(notifications)
  const menu = useRef<HTMLDivElement>(null)
  useReturnFocus()
  useEffect(() => {
    menu.current?.querySelector<HTMLElement>('input:checked')?.focus()
    const onPointer = (event: PointerEvent): void => {
      const inside = event.target instanceof Element && event.target.closest('.menu, [data-testid="rail-menu"]')
      if (!inside) onClose()
    }
    window.addEventListener('pointerdown', onPointer)
    return () => window.removeEventListener('pointerdown', onPointer)
  }, [onClose])
  return (
    <div
      className="menu"
      ref={menu}
      role="dialog"
      aria-label={t('rail.menu')}
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
      data-testid="menu"
    >
      {who && (
        <p className="one-line menu-who">
          <Line text={who} />
        </p>
      )}
      <Choice
        label={t('menu.theme')}
        options={themes.map((name) => ({ value: name, label: t(themeNames[name]) }))}
        value={theme}
        onChange={setTheme}
        testId="theme"
      />
      <Choice
        label={t('menu.language')}
        options={languages.map((name) => ({ value: name, label: languageNames[name], language: name }))}
        value={language}
        onChange={(name) => void setLanguage(name)}
        testId="language"
      />
      <Choice
        label={t('notifications.label')}
        options={notificationLevels.map((name) => ({ value: name, label: t(`notifications.${name}`) }))}
        value={level}
        onChange={setLevel}
        testId="notifications"
      />
      <button type="button" className="menu-action" onClick={onKeys} data-testid="open-shortcuts">
        <Icon name="keyboard" size={18} /> {t('keys.title')} <kbd>{commandKey(t, '/')}</kbd>
      </button>
      <button type="button" className="menu-action" onClick={onTour} data-testid="open-tour">
        <Icon name="place" size={18} /> {t('menu.tour')}
      </button>
      <button type="button" className="menu-action" onClick={() => onLock('screen')} data-testid="lock-now">
        <Icon name="lock" size={18} /> {t('menu.lockNow')} <kbd>{commandKey(t, 'L')}</kbd>
      </button>
      <button type="button" className="menu-action" onClick={() => onLock('key')} data-testid="lock-key">
        <Icon name="lock" size={18} /> {t('menu.lockKey')}
      </button>
    </div>
  )
}
