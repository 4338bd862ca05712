/** Language and light or dark, as they stand in the header and on the sign-in screen. */
import { Button, Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { Icon } from '../elements/icon.tsx'
import { languageNames, languages } from '../strings/languages.ts'
import { usePreferences } from './preferences.ts'

export function PreferenceControls() {
  const { t } = useTranslation()
  const { language, theme, setLanguage, setTheme } = usePreferences()
  const label = theme === 'dark' ? t('preference.toLight') : t('preference.toDark')
  return (
    <div className="preference-controls">
      <Select
        variant="borderless"
        popupMatchSelectWidth={false}
        aria-label={t('preference.language')}
        value={language}
        onChange={setLanguage}
        options={languages.map((one) => ({ value: one, label: <span lang={one}>{languageNames[one]}</span> }))}
        data-testid="language"
      />
      <Button
        type="text"
        icon={<Icon name={theme === 'dark' ? 'sun' : 'moon'} />}
        aria-label={label}
        title={label}
        onClick={() => setTheme(theme === 'dark' ? 'light' : 'dark')}
        data-testid="theme"
      />
    </div>
  )
}
