/** The dialogs that change an employee: role and team, a new login, and back to work. */
import { App, AutoComplete, Form, Input, Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { roleSchema, type Role } from '../../shared/domain/people.ts'
import { useApi, type Answer } from '../app/api.ts'
import { FormDialog } from '../elements/form-dialog.tsx'
import { inSentence } from '../elements/isolated.tsx'
import type { Deed, Employee } from './employee-columns.tsx'

type Login = Answer<'employees.add'>['login']

export function ChangeEmployee(props: {
  deed: Exclude<Deed, 'enrol' | 'deactivate'>
  employee: Employee
  teams: readonly string[]
  close: () => void
  done: (login: Login) => void
}) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const api = useApi()
  const { deed, employee } = props
  const name = inSentence(employee.name)
  const submit = async (fields: { role: Role; team?: string }) => {
    const login = await run(fields)
    props.done(login)
    void message.success(t(`employees.done.${deed}`, { name }))
  }
  const run = async (fields: { role: Role; team?: string }): Promise<Login> => {
    if (deed === 'change') {
      const change = { employee: employee.id, role: fields.role, team: fields.team?.trim() || null }
      return (await api.call('employees.change', change)).login
    }
    if (deed === 'renewLogin') return (await api.call('employees.renewLogin', { employee: employee.id })).login
    await api.call('employees.reactivate', { employee: employee.id })
    return null
  }
  return (
    <FormDialog<{ role: Role; team?: string }>
      name="employee-change"
      open
      title={t(`employees.deedTitle.${deed}`, { name })}
      submit={t(`employees.deed.${deed}`)}
      onSubmit={submit}
      onClose={props.close}
    >
      <p>{t(`employees.deedHint.${deed}`)}</p>
      {deed === 'change' && (
        <>
          <Form.Item name="role" label={t('employees.role')} initialValue={employee.role} className="field-first">
            <Select
              options={roleSchema.options.map((role) => ({ value: role, label: t(`role.${role}`) }))}
              data-testid="change-role"
            />
          </Form.Item>
          <Form.Item
            name="team"
            label={t('employees.team')}
            initialValue={employee.team ?? ''}
            extra={t('employees.teamHint')}
          >
            <AutoComplete
              options={props.teams.map((team) => ({ value: team }))}
              showSearch={{ filterOption: true }}
              data-testid="change-team"
            >
              <Input maxLength={128} autoComplete="off" data-testid="change-team-field" />
            </AutoComplete>
          </Form.Item>
        </>
      )}
    </FormDialog>
  )
}
