/** The question before a conversation opens: what for. Nothing of it is loaded before the answer. */
import { Button, Form, Input, Modal, Skeleton, type FormInstance } from 'antd'
import { useTranslation } from 'react-i18next'
import { ErrorNotice } from '../elements/error-notice.tsx'
import { FormDialog } from '../elements/form-dialog.tsx'
import { Isolated, shortened } from '../elements/isolated.tsx'
import { useQuery } from '../elements/use-query.ts'
import { useRecentPurposes } from './recent-purposes.ts'

interface Fields {
  purpose: string
}

export function PurposeDialog(props: {
  /** Undefined: closed. */
  title: string | undefined
  open: (purpose: string) => Promise<void>
  close: () => void
}) {
  const { t } = useTranslation()
  const [form] = Form.useForm<Fields>()
  return (
    <FormDialog<Fields>
      name="purpose"
      form={form}
      open={props.title !== undefined}
      title={t('conversations.purposeTitle')}
      submit={t('conversations.purposeSubmit')}
      onSubmit={({ purpose }) => props.open(purpose.trim())}
      onClose={props.close}
      width={520}
    >
      <p className="purpose-for">
        <Isolated>{props.title || t('conversations.untitled')}</Isolated>
      </p>
      <Form.Item
        name="purpose"
        label={t('conversations.purpose')}
        extra={t('conversations.purposeHint')}
        rules={[
          {
            required: true,
            transform: (text?: string) => text?.trim(),
            min: 3,
            message: t('conversations.purposeMissing'),
          },
        ]}
      >
        <Input autoFocus data-first maxLength={500} autoComplete="off" data-testid="purpose" />
      </Form.Item>
      <Recent form={form} />
    </FormDialog>
  )
}

/** For a link that names a conversation which no list has shown yet. */
export function FoundPurpose(props: {
  conversation: string
  open: (purpose: string) => Promise<void>
  close: () => void
}) {
  const { t } = useTranslation()
  const found = useQuery('conversations.find', { conversation: props.conversation })
  if (found.data) return <PurposeDialog title={found.data.conversation.title} open={props.open} close={props.close} />
  return (
    <Modal open footer={null} title={t('conversations.purposeTitle')} onCancel={props.close}>
      {found.error ? <ErrorNotice error={found.error} retry={found.reload} /> : <Skeleton active title={false} />}
    </Modal>
  )
}

function Recent(props: { form: FormInstance<Fields> }) {
  const { t } = useTranslation()
  const { purposes } = useRecentPurposes()
  if (purposes.length === 0) return null
  return (
    <div className="purpose-recent">
      <div className="quiet" id="purpose-recent">
        {t('conversations.purposeRecent')}
      </div>
      <div className="purpose-chips" role="group" aria-labelledby="purpose-recent">
        {purposes.map((purpose) => (
          <Button
            key={purpose}
            size="small"
            onClick={() => props.form.setFieldsValue({ purpose })}
            data-testid="purpose-recent"
          >
            <Isolated>{shortened(purpose, 60)}</Isolated>
          </Button>
        ))}
      </div>
    </div>
  )
}
