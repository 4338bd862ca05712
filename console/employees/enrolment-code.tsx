/** The one-time code for a new workstation: shown once, gone when the dialog closes. */
import { Alert, Button, Modal, Skeleton } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CodedError } from '../../shared/contracts/contract.ts'
import type { Answer } from '../app/api.ts'
import { ErrorNotice } from '../elements/error-notice.tsx'
import { Icon } from '../elements/icon.tsx'
import { inSentence } from '../elements/isolated.tsx'
import { dateTimeShort, useRelative } from '../elements/time.tsx'
import { codedError } from '../elements/use-load.ts'
import './enrolment-code.css'

type Made = Answer<'workstations.enrol'>

/** `request` is started by the click that opens the dialog: an effect could run twice and make two codes. */
export function EnrolmentCode(props: { name: string; request: Promise<Made>; again: () => void; close: () => void }) {
  const { t } = useTranslation()
  const { request } = props
  const [settled, setSettled] = useState<{ request: Promise<Made>; outcome: Made | CodedError }>()
  useEffect(() => {
    request.then(
      (outcome) => setSettled({ request, outcome }),
      (error: unknown) => setSettled({ request, outcome: codedError(error) }),
    )
  }, [request])
  const outcome = settled?.request === request ? settled.outcome : undefined

  return (
    <Modal
      open
      width={600}
      title={t('employees.enrolTitle', { name: inSentence(props.name) })}
      onCancel={props.close}
      mask={{ closable: false }}
      footer={
        <Button type="primary" onClick={props.close} data-testid="enrol-close">
          {t('action.close')}
        </Button>
      }
    >
      <div data-testid="enrol-dialog">
        {outcome === undefined ? (
          <div aria-label={t('employees.enrolMaking')} role="status">
            <Skeleton active title={false} paragraph={{ rows: 4 }} />
          </div>
        ) : outcome instanceof CodedError ? (
          <ErrorNotice error={outcome} retry={props.again} />
        ) : (
          <Code {...outcome} />
        )}
      </div>
    </Modal>
  )
}

function Code(props: Made) {
  const { t, i18n } = useTranslation()
  const relative = useRelative()
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(props.code)
      setCopied(true)
    } catch {
      // Without the permission the code can still be selected: one click takes all of it.
      setCopied(false)
    }
  }
  return (
    <div className="enrolment">
      <p>{t('employees.enrolHow')}</p>
      <div className="enrolment-code">
        <code data-testid="enrol-code" tabIndex={0} translate="no">
          {props.code}
        </code>
        <Button
          icon={<Icon name={copied ? 'check' : 'copy'} size={16} />}
          onClick={() => void copy()}
          data-testid="enrol-copy"
        >
          {copied ? t('action.copied') : t('action.copy')}
        </Button>
      </div>
      <p data-testid="enrol-expires">
        {t('employees.enrolExpires', {
          at: dateTimeShort(i18n.language, props.expiresAt),
          relative: relative(props.expiresAt),
        })}
      </p>
      <p data-testid="enrol-vault">
        {t('employees.enrolVault', {
          gateway: props.vault.gateway,
          fingerprint: props.vault.root.slice(0, 16).replace(/.{4}(?=.)/g, '$& '),
        })}
      </p>
      <Alert type="warning" showIcon title={t('employees.enrolOnce')} />
    </div>
  )
}
