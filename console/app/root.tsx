/** Language and display around everything, and the decision between sign-in and the areas. */
import { App as Surroundings, ConfigProvider, Spin } from 'antd'
import deDE from 'antd/locale/de_DE'
import enGB from 'antd/locale/en_GB'
import zhCN from 'antd/locale/zh_CN'
import { useCallback, useEffect, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorNotice } from '../elements/error-notice.tsx'
import { useLoad } from '../elements/use-load.ts'
import { SignIn } from '../session/sign-in.tsx'
import { useSession } from '../session/session-store.ts'
import type { Language } from '../strings/languages.ts'
import { useApi } from './api.ts'
import { usePreferences } from './preferences.ts'
import { PreferenceControls } from './preference-controls.tsx'
import { Shell } from './shell.tsx'
import { themeConfig } from './theme.ts'

const locales: Record<Language, typeof enGB> = { en: enGB, de: deDE, 'zh-CN': zhCN }

export function Root() {
  const { language, theme } = usePreferences()
  const still = useStillness()
  return (
    <ConfigProvider
      locale={locales[language]}
      theme={themeConfig(theme, still)}
      button={{ autoInsertSpace: false }}
      form={{ requiredMark: false }}
      modal={{ styles: { header: { marginBottom: 14 }, footer: { marginTop: 22 } } }}
    >
      <Surroundings className="surroundings" message={{ maxCount: 3, duration: 6 }}>
        <Gate />
      </Surroundings>
    </ConfigProvider>
  )
}

const lessMotion = window.matchMedia('(prefers-reduced-motion: reduce)')
function watchMotion(changed: () => void): () => void {
  lessMotion.addEventListener('change', changed)
  return () => lessMotion.removeEventListener('change', changed)
}

function useStillness(): boolean {
  return useSyncExternalStore(watchMotion, () => lessMotion.matches)
}

function Gate() {
  const { t } = useTranslation()
  const api = useApi()
  const { session, ended, begin } = useSession()
  const first = useLoad(
    useCallback(async () => {
      const found = await api.call('session.get', {})
      // Here and not in an effect: the sign-in screen must not flash before the areas.
      if (found.session) begin(found.session)
      return found
    }, [api, begin]),
  )
  const { message } = Surroundings.useApp()
  // What a notice says belongs to the session, too.
  useEffect(() => {
    if (!session) message.destroy()
  }, [session, message])

  if (session) return <Shell key={session.csrf} session={session} />
  if (first.data === undefined)
    return (
      <main className="first-load">
        {first.error && !first.loading ? (
          <ErrorNotice error={first.error} retry={first.reload} />
        ) : (
          <Spin size="large" aria-label={t('session.starting')} />
        )}
      </main>
    )
  return <SignIn ended={ended} controls={<PreferenceControls />} />
}
