/** A new login: name, password and one-time secret, shown once; gone when the dialog closes. */
import { Alert, Button, Modal } from 'antd'
import { QRCodeSVG } from 'qrcode.react'
import { useTranslation } from 'react-i18next'
import type { Answer } from '../app/api.ts'
import './enrolment-code.css'

type Login = NonNullable<Answer<'employees.add'>['login']>

/** What authenticator apps read: RFC 6238's usual values. */
function authenticatorLink({ name, totp }: Login): string {
  return `otpauth://totp/${encodeURIComponent(`Sealdesk:${name}`)}?secret=${totp}&issuer=Sealdesk`
}

export function LoginShown(props: { login: Login; close: () => void }) {
  const { t } = useTranslation()
  const { name, password, totp } = props.login
  return (
    <Modal
      open
      width={560}
      title={t('employees.loginTitle')}
      onCancel={props.close}
      mask={{ closable: false }}
      footer={
        <Button type="primary" onClick={props.close} data-testid="login-close">
          {t('action.close')}
        </Button>
      }
    >
      <div className="login-shown" data-testid="login-dialog">
        <dl>
          <dt>{t('session.name')}</dt>
          <dd>
            <code data-testid="login-name" translate="no">
              {name}
            </code>
          </dd>
          <dt>{t('session.password')}</dt>
          <dd>
            <code data-testid="login-password" translate="no">
              {password}
            </code>
          </dd>
          <dt>{t('employees.loginSecret')}</dt>
          <dd>
            <code data-testid="login-totp" translate="no">
              {totp}
            </code>
          </dd>
        </dl>
        <div className="login-qr">
          <QRCodeSVG value={authenticatorLink(props.login)} size={132} marginSize={2} title={t('employees.loginQr')} />
        </div>
      </div>
      <Alert type="warning" showIcon title={t('employees.loginOnce')} />
    </Modal>
  )
}
