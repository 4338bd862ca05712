/** The dialog that signs the next policy: fields, what that changes, and the reason. */
import { App, Form, InputNumber, Radio, Switch } from 'antd'
import { useTranslation } from 'react-i18next'
import type { PolicyFields } from '../../shared/contracts/console-policy.ts'
import { useApi } from '../app/api.ts'
import { FormDialog } from '../elements/form-dialog.tsx'
import { ReasonField } from '../elements/reason-field.tsx'

interface Fields {
  hours: number
  days: number
  afterVault: boolean
  to: PolicyFields['send']['to']
  reason: string
}

export function ChangePolicy(props: { number: number; fields: PolicyFields; close: () => void; changed: () => void }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const api = useApi()
  const { offline, send } = props.fields
  const submit = async ({ hours, days, afterVault, to, reason }: Fields) => {
    // Whatever else the policy holds goes on as it is.
    const fields = { ...props.fields, offline: { ...offline, hours, days }, send: { ...send, afterVault, to } }
    const { number } = await api.call('policy.change', { basedOn: props.number, fields, reason: reason.trim() })
    props.close()
    props.changed()
    void message.success(t('settings.changed', { number }))
  }
  return (
    <FormDialog<Fields>
      name="policy"
      open
      width={640}
      title={t('settings.changeTitle', { number: props.number + 1 })}
      submit={t('settings.sign')}
      onSubmit={submit}
      onClose={props.close}
    >
      <p className="quiet policy-hint">{t('settings.changeHint')}</p>
      <div className="policy-pair">
        <Form.Item
          name="hours"
          label={t('settings.field.offlineHours')}
          extra={t('settings.hint.offlineHours')}
          initialValue={offline.hours}
          rules={[
            { required: true, type: 'integer', min: 0, max: 168, message: t('settings.range', { from: 0, to: 168 }) },
          ]}
        >
          <InputNumber min={0} max={168} precision={0} data-testid="policy-hours" />
        </Form.Item>
        <Form.Item
          name="days"
          label={t('settings.field.offlineDays')}
          extra={t('settings.hint.offlineDays')}
          initialValue={offline.days}
          rules={[
            { required: true, type: 'integer', min: 1, max: 90, message: t('settings.range', { from: 1, to: 90 }) },
          ]}
        >
          <InputNumber min={1} max={90} precision={0} data-testid="policy-days" />
        </Form.Item>
      </div>
      <Form.Item
        name="afterVault"
        label={t('settings.field.sendAfterVault')}
        extra={t('settings.hint.sendAfterVault')}
        valuePropName="checked"
        initialValue={send.afterVault}
      >
        <Switch data-testid="policy-after-vault" />
      </Form.Item>
      <Form.Item name="to" label={t('settings.field.sendTo')} extra={t('settings.hint.sendTo')} initialValue={send.to}>
        <Radio.Group
          optionType="button"
          options={(['everybody', 'answers', 'nobody'] as const).map((to) => ({
            value: to,
            label: t(`settings.to.${to}`),
          }))}
          data-testid="policy-to"
        />
      </Form.Item>
      <ReasonField testId="policy-reason" />
    </FormDialog>
  )
}
