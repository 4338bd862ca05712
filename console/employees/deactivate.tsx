/** The dialog before somebody is taken out of work: says plainly what ends, and asks for the reason. */
import { App } from 'antd'
import { useTranslation } from 'react-i18next'
import { useApi } from '../app/api.ts'
import { FormDialog } from '../elements/form-dialog.tsx'
import { inSentence } from '../elements/isolated.tsx'
import { ReasonField } from '../elements/reason-field.tsx'
import type { Employee } from './employee-columns.tsx'

export function Deactivate(props: { employee: Employee; close: () => void; done: () => void }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const api = useApi()
  const name = inSentence(props.employee.name)
  const submit = async ({ reason }: { reason: string }) => {
    const { workstations } = await api.call('employees.deactivate', {
      employee: props.employee.id,
      reason: reason.trim(),
    })
    props.done()
    void message.success(t('employees.deactivated', { name, count: workstations }))
  }
  return (
    <FormDialog<{ reason: string }>
      name="deactivate"
      danger
      open
      title={t('employees.deedTitle.deactivate', { name })}
      submit={t('employees.deed.deactivate')}
      onSubmit={submit}
      onClose={props.close}
    >
      <ul className="facts">
        <li>{t('employees.deactivateLogin')}</li>
        <li>{t('employees.deactivateWorkstations', { count: props.employee.workstations })}</li>
        <li>{t('employees.deactivateAccounts', { count: props.employee.accounts })}</li>
        <li>{t('workstations.revokeKept')}</li>
      </ul>
      <ReasonField testId="deactivate-reason" />
    </FormDialog>
  )
}
