/** Why somebody does it: at least three characters, for the audit log. */
import { Form, Input } from 'antd'
import { useTranslation } from 'react-i18next'

export function ReasonField(props: { testId: string }) {
  const { t } = useTranslation()
  return (
    <Form.Item
      name="reason"
      label={t('reason.label')}
      extra={t('reason.hint')}
      rules={[{ required: true, transform: (text?: string) => text?.trim(), min: 3, message: t('reason.missing') }]}
    >
      <Input.TextArea autoFocus data-first rows={2} maxLength={500} data-testid={props.testId} />
    </Form.Item>
  )
}
