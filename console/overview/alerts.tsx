/** What the vault reports to people. */
import { useTranslation } from 'react-i18next'
import type { Answer } from '../app/api.ts'
import { Icon } from '../elements/icon.tsx'
import { inSentence } from '../elements/isolated.tsx'
import { Moment, useRelative } from '../elements/time.tsx'
import { nameOf, type Names } from '../elements/use-names.ts'
import { alertText } from './alert-text.ts'

export function Alerts(props: { alerts: Answer<'overview.get'>['alerts']; names: Names }) {
  const { t } = useTranslation()
  const relative = useRelative()
  return (
    <section className="panel" aria-labelledby="alerts-title">
      <h2 id="alerts-title">{t('overview.alerts')}</h2>
      {props.alerts.length === 0 ? (
        <p className="panel-calm" data-testid="alerts-none">
          <Icon name="check" />
          {t('overview.alertsNone')}
        </p>
      ) : (
        <ul className="alerts">
          {props.alerts.map((alert) => {
            const text = alertText(alert.code)
            return (
              <li key={alert.id} className="alert" data-testid={`alert-${alert.id}`} data-code={alert.code}>
                <Icon name="alert" />
                <div>
                  <p>{text ? t(`alert.${text}`) : t('alert.other', { code: inSentence(alert.code) })}</p>
                  <p className="quiet">
                    <Moment at={alert.at} /> · {relative(alert.at)}
                    {alert.subject !== null && (
                      <>
                        {' '}
                        ·{' '}
                        {t('alert.subject', {
                          subject: inSentence(nameOf(props.names, alert.subject) ?? alert.subject),
                        })}
                      </>
                    )}
                  </p>
                </div>
              </li>
            )
          })}
        </ul>
      )}
    </section>
  )
}
