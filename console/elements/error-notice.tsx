/** An error in people's words, with a way to try again. */
import { Alert, Button } from 'antd'
import { useTranslation } from 'react-i18next'
import type { CodedError } from '../../shared/contracts/contract.ts'
import { errorText } from './error-text.ts'

/** The sentence for an error in the chosen language; the code is added where no sentence is known for it. */
export function useErrorSentence(): (error: CodedError) => string {
  const { t } = useTranslation()
  return (error) => {
    const text = errorText(error.code)
    return text === 'unexpected'
      ? `${t('error.unexpected')} ${t('error.code', { code: error.code })}`
      : t(`error.${text}`)
  }
}

export function ErrorNotice(props: { error: CodedError; stale?: boolean; retry?: () => void }) {
  const { t } = useTranslation()
  const sentence = useErrorSentence()
  return (
    <Alert
      className="error-notice"
      data-testid="error"
      type={props.stale ? 'warning' : 'error'}
      showIcon
      title={sentence(props.error)}
      description={props.stale ? t('error.stale') : undefined}
      action={
        props.retry && (
          <Button size="small" onClick={props.retry} data-testid="retry">
            {t('action.retry')}
          </Button>
        )
      }
    />
  )
}
