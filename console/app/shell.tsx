/** The frame after sign-in: areas on the left, who and how in the header, the open area beside. */
import { Button, Result, Tooltip } from 'antd'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Brand, Icon } from '../elements/icon.tsx'
import { inSentence, Isolated } from '../elements/isolated.tsx'
import { usePlace } from '../elements/url-state.ts'
import { useSession, type SignedIn } from '../session/session-store.ts'
import { useApi } from './api.ts'
import { areasFor, refusedArea, viewerOf, type Area } from './areas.ts'
import { PreferenceControls } from './preference-controls.tsx'
import { ScreenBoundary } from './screen-boundary.tsx'
import './shell.css'

export function Shell(props: { session: SignedIn }) {
  const { t } = useTranslation()
  const { employee, company } = props.session
  const viewer = useMemo(() => viewerOf(employee), [employee])
  const areas = useMemo(() => areasFor(viewer), [viewer])
  const route = usePlace().area
  const refused = refusedArea(viewer, route)
  const area = refused ? undefined : (areas.find((one) => one.id === route) ?? areas[0])
  return (
    <div className="shell">
      <a
        className="skip"
        href="#content"
        onClick={(event) => {
          // The fragment is the route; only the focus may move.
          event.preventDefault()
          document.getElementById('content')?.focus()
        }}
      >
        {t('nav.skip')}
      </a>
      <Navigation areas={areas} open={area} />
      <header className="header">
        <div className="header-company" data-testid="company">
          <Isolated>{company}</Isolated>
        </div>
        <PreferenceControls />
        <SignedInEmployee name={employee.name} role={t(`role.${employee.role}`)} />
      </header>
      <main className="content" id="content" tabIndex={-1}>
        {area ? (
          <ScreenBoundary key={area.id}>
            <area.Screen viewer={viewer} />
          </ScreenBoundary>
        ) : (
          <Refused area={refused} first={areas[0]} />
        )}
      </main>
    </div>
  )
}

/** A link to what this role does not open, or a role without any area. */
function Refused(props: { area: Area | undefined; first: Area | undefined }) {
  const { t } = useTranslation()
  const { area, first } = props
  return (
    <div data-testid="refused">
      <Result
        status="info"
        title={area ? t('session.refusedAreaTitle', { area: t(`nav.${area.id}`) }) : t('session.refusedRoleTitle')}
        subTitle={area ? t('session.refusedArea') : t('session.refusedRole')}
        extra={first && <a href={`#/${first.id}`}>{t('session.toArea', { area: t(`nav.${first.id}`) })}</a>}
      />
    </div>
  )
}

function Navigation(props: { areas: Area[]; open: Area | undefined }) {
  const { t } = useTranslation()
  return (
    <nav className="navigation" aria-label={t('nav.label')}>
      <div className="navigation-brand">
        <Brand />
        <span className="navigation-text">
          <strong>{t('product')}</strong>
          <small>{t('productConsole')}</small>
        </span>
      </div>
      {props.areas.map((area) => (
        <a
          key={area.id}
          href={`#/${area.id}`}
          className="navigation-item"
          aria-current={area.id === props.open?.id ? 'page' : undefined}
          title={t(`nav.${area.id}`)}
          data-testid={`nav-${area.id}`}
        >
          <Icon name={area.id} />
          <span className="navigation-text">{t(`nav.${area.id}`)}</span>
        </a>
      ))}
    </nav>
  )
}

function SignedInEmployee(props: { name: string; role: string }) {
  const { t } = useTranslation()
  const api = useApi()
  const signOut = async () => {
    try {
      await api.call('session.signOut', {})
    } catch {
      // Out of reach: the page forgets at once all the same, and the keeper's session runs out by itself.
    }
    useSession.getState().end(true)
  }
  return (
    <div className="header-employee">
      <div
        className="header-name"
        data-testid="signed-in"
        title={t('session.signedInAs', { name: inSentence(props.name) })}
      >
        <Isolated>{props.name}</Isolated>
        <small>{props.role}</small>
      </div>
      <Tooltip title={t('session.signOut')}>
        <Button
          type="text"
          icon={<Icon name="signOut" />}
          aria-label={t('session.signOut')}
          onClick={() => void signOut()}
          data-testid="sign-out"
        />
      </Tooltip>
    </div>
  )
}
