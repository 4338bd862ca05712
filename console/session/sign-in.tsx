/** The door: name, password and the code from the authenticator app; what was wrong is never said. */
import { Alert, Button, Form, Input, type InputRef } from 'antd'
import { useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { CodedError } from '../../shared/contracts/contract.ts'
import { useApi } from '../app/api.ts'
import { useErrorSentence } from '../elements/error-notice.tsx'
import { Brand } from '../elements/icon.tsx'
import { codedError } from '../elements/use-load.ts'
import { useSession } from './session-store.ts'
import './sign-in.css'

interface Fields {
  name: string
  password: string
  totp: string
}

export function SignIn(props: { ended: boolean; controls: ReactNode }) {
  const { t } = useTranslation()
  const api = useApi()
  const sentence = useErrorSentence()
  const [form] = Form.useForm<Fields>()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<CodedError>()
  const totp = useRef<InputRef>(null)

  const submit = async (fields: Fields) => {
    if (busy) return
    setBusy(true)
    setError(undefined)
    try {
      const session = await api.call('session.signIn', { ...fields, totp: digits(fields.totp) })
      useSession.getState().begin(session)
    } catch (thrown) {
      setError(codedError(thrown))
      setBusy(false)
      // A code works once; the rest may stay.
      form.setFieldValue('totp', '')
      totp.current?.focus()
    }
  }

  return (
    <main className="sign-in">
      <div className="sign-in-controls">{props.controls}</div>
      <div className="sign-in-card">
        <div className="sign-in-brand">
          <Brand size={40} />
          <div>
            <strong>{t('product')}</strong>
            <small>{t('productConsole')}</small>
          </div>
        </div>
        <h1>{t('session.title')}</h1>
        {props.ended && !error && <Alert type="info" showIcon title={t('session.ended')} className="sign-in-notice" />}
        {error && (
          <Alert
            type="error"
            showIcon
            role="alert"
            title={sentence(error)}
            className="sign-in-notice"
            data-testid="sign-in-error"
          />
        )}
        <Form<Fields> form={form} layout="vertical" onFinish={(fields) => void submit(fields)}>
          <Form.Item
            name="name"
            label={t('session.name')}
            rules={[{ required: true, whitespace: true, message: t('session.nameMissing') }]}
          >
            <Input size="large" maxLength={128} autoComplete="username" autoFocus data-testid="sign-in-name" />
          </Form.Item>
          <Form.Item
            name="password"
            label={t('session.password')}
            rules={[{ required: true, message: t('session.passwordMissing') }]}
          >
            <Input.Password
              size="large"
              maxLength={256}
              autoComplete="current-password"
              data-testid="sign-in-password"
            />
          </Form.Item>
          <Form.Item
            name="totp"
            label={t('session.totp')}
            validateTrigger="onSubmit"
            rules={[
              {
                validator: (_rule, value: string | undefined) =>
                  digits(value ?? '').length === 6
                    ? Promise.resolve()
                    : Promise.reject(new Error(t('session.totpMissing'))),
              },
            ]}
          >
            <Input
              ref={totp}
              size="large"
              className="sign-in-totp"
              maxLength={9}
              inputMode="numeric"
              autoComplete="one-time-code"
              placeholder={t('session.totpHint')}
              data-testid="sign-in-totp"
            />
          </Form.Item>
          <Button block size="large" type="primary" htmlType="submit" loading={busy} data-testid="sign-in-submit">
            {t('session.submit')}
          </Button>
        </Form>
      </div>
    </main>
  )
}

/** Authenticator apps show “123 456”; people type it so. */
function digits(typed: string): string {
  return typed.replace(/\D/g, '')
}
