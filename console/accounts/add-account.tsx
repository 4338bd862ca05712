/** The dialog that adds a company account and says whose it is. */
import { App, Form, Input, Radio, Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { channelSchema, type Channel } from '../../shared/contracts/neutral-message.ts'
import { useApi } from '../app/api.ts'
import { FormDialog } from '../elements/form-dialog.tsx'
import { inSentence, Isolated } from '../elements/isolated.tsx'
import type { Names } from '../elements/use-names.ts'

interface Fields {
  channel: Channel
  name: string
  employee: string
}

export function AddAccount(props: { names: Names; close: () => void; added: () => void }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const api = useApi()
  const add = async (fields: Fields) => {
    const name = fields.name.trim()
    await api.call('accounts.add', { channel: fields.channel, name, employee: fields.employee })
    props.close()
    props.added()
    void message.success(t('accounts.added', { name: inSentence(name) }))
  }
  return (
    <FormDialog<Fields>
      name="account-add"
      open
      title={t('accounts.addTitle')}
      submit={t('accounts.addSubmit')}
      onSubmit={add}
      onClose={props.close}
    >
      <Form.Item
        name="channel"
        label={t('accounts.channel')}
        initialValue="whatsapp"
        rules={[{ required: true, message: t('accounts.channelMissing') }]}
      >
        <Radio.Group
          optionType="button"
          options={channelSchema.options.map((channel) => ({ value: channel, label: t(`channel.${channel}`) }))}
          data-testid="account-channel"
        />
      </Form.Item>
      <Form.Item
        name="name"
        label={t('accounts.name')}
        extra={t('accounts.nameHint')}
        rules={[{ required: true, whitespace: true, message: t('accounts.nameMissing') }]}
      >
        <Input autoFocus data-first maxLength={128} autoComplete="off" data-testid="account-name" />
      </Form.Item>
      <Form.Item
        name="employee"
        label={t('accounts.employee')}
        extra={t('accounts.pairHint')}
        rules={[{ required: true, message: t('accounts.employeeMissing') }]}
      >
        <Select
          showSearch={{ optionFilterProp: 'name' }}
          options={props.names.employees
            .filter((one) => one.active)
            .map((one) => ({ value: one.id, name: one.name, label: <Isolated>{one.name}</Isolated> }))}
          data-testid="account-employee"
        />
      </Form.Item>
    </FormDialog>
  )
}
