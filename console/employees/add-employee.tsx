/** The dialog that adds an employee. */
import { App, AutoComplete, Form, Input, Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { roleSchema, type Role } from '../../shared/domain/people.ts'
import { useApi, type Answer } from '../app/api.ts'
import { FormDialog } from '../elements/form-dialog.tsx'
import { inSentence } from '../elements/isolated.tsx'

interface Fields {
  name: string
  role: Role
  team?: string
}

export function AddEmployee(props: {
  open: boolean
  teams: readonly string[]
  close: () => void
  added: (login: Answer<'employees.add'>['login']) => void
}) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const api = useApi()
  const add = async (fields: Fields) => {
    const name = fields.name.trim()
    const { login } = await api.call('employees.add', { name, role: fields.role, team: fields.team?.trim() || null })
    props.added(login)
    void message.success(t('employees.added', { name: inSentence(name) }))
  }
  return (
    <FormDialog<Fields>
      name="employee-add"
      open={props.open}
      title={t('employees.addTitle')}
      submit={t('employees.addSubmit')}
      onSubmit={add}
      onClose={props.close}
    >
      <Form.Item
        name="name"
        label={t('employees.name')}
        rules={[{ required: true, whitespace: true, message: t('employees.nameMissing') }]}
      >
        <Input autoFocus data-first maxLength={128} autoComplete="off" data-testid="employee-name" />
      </Form.Item>
      <Form.Item
        name="role"
        label={t('employees.role')}
        initialValue="salesperson"
        rules={[{ required: true, message: t('employees.roleMissing') }]}
        extra={t('employees.loginHint')}
      >
        <Select
          options={roleSchema.options.map((role) => ({ value: role, label: t(`role.${role}`) }))}
          data-testid="employee-role"
        />
      </Form.Item>
      <Form.Item name="team" label={t('employees.team')} extra={t('employees.teamHint')}>
        <AutoComplete
          options={props.teams.map((team) => ({ value: team }))}
          showSearch={{ filterOption: true }}
          data-testid="employee-team"
        >
          <Input maxLength={128} autoComplete="off" data-testid="employee-team-field" />
        </AutoComplete>
      </Form.Item>
    </FormDialog>
  )
}
