/** The employees: who they are, in which team, and the code that makes a workstation theirs. */
import { Button } from 'antd'
import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { roleSchema } from '../../shared/domain/people.ts'
import { useApi, type Answer } from '../app/api.ts'
import { Icon } from '../elements/icon.tsx'
import { ListScreen, useListPlace, type ListChoice } from '../elements/list-screen.tsx'
import { oneOf, yesNo } from '../elements/url-state.ts'
import { useQuery } from '../elements/use-query.ts'
import type { Viewer } from '../elements/viewer.ts'
import { AddEmployee } from './add-employee.tsx'
import { ChangeEmployee } from './change-employee.tsx'
import { Deactivate } from './deactivate.tsx'
import { type Employee, useColumns, type Deed } from './employee-columns.tsx'
import { EnrolmentCode } from './enrolment-code.tsx'
import { LoginShown } from './login-shown.tsx'

type Login = NonNullable<Answer<'employees.add'>['login']>
interface Enrolling {
  employee: Employee
  request: Promise<Answer<'workstations.enrol'>>
}

const keys = ['name', 'role', 'team', 'workstations', 'accounts'] as const

export function Employees(props: { viewer: Viewer }) {
  const { t } = useTranslation()
  const api = useApi()
  const place = useListPlace(keys, { by: 'name', descending: false })
  const { names, url } = place
  const loaded = useQuery('employees.list', {
    ...place.asked,
    role: oneOf(url.params, 'role', roleSchema.options),
    active: yesNo(url.params, 'active'),
  })
  const [adding, setAdding] = useState(false)
  const [doing, setDoing] = useState<{ deed: Exclude<Deed, 'enrol'>; employee: Employee }>()
  const [login, setLogin] = useState<Login>()
  const [enrolling, setEnrolling] = useState<Enrolling>()
  const enrol = useCallback(
    (employee: Employee) =>
      setEnrolling({ employee, request: api.call('workstations.enrol', { employee: employee.id }) }),
    [api],
  )
  const act = useCallback(
    (deed: Deed, employee: Employee) => (deed === 'enrol' ? enrol(employee) : setDoing({ deed, employee })),
    [enrol],
  )
  const columns = useColumns(props.viewer, act)
  const done = (made: Login | null) => {
    setDoing(undefined)
    setAdding(false)
    if (made) setLogin(made)
    loaded.reload()
  }
  return (
    <ListScreen
      kind="employee"
      title={t('employees.title')}
      place={place}
      loaded={loaded}
      rows={(found) => found.employees}
      columns={columns}
      searched={t('employees.filter')}
      choices={useChoices()}
      empty={t('employees.empty')}
      emptyFilter={t('employees.emptyFilter')}
      isPast={(row) => !row.active}
      actions={props.viewer.may('employee.add') && <AddButton add={() => setAdding(true)} />}
    >
      <AddEmployee open={adding} teams={names.teams} close={() => setAdding(false)} added={done} />
      {doing && doing.deed === 'deactivate' && (
        <Deactivate employee={doing.employee} close={() => setDoing(undefined)} done={() => done(null)} />
      )}
      {doing && doing.deed !== 'deactivate' && (
        <ChangeEmployee
          deed={doing.deed}
          employee={doing.employee}
          teams={names.teams}
          close={() => setDoing(undefined)}
          done={done}
        />
      )}
      {login && <LoginShown login={login} close={() => setLogin(undefined)} />}
      {enrolling && (
        <EnrolmentCode
          name={enrolling.employee.name}
          request={enrolling.request}
          again={() => enrol(enrolling.employee)}
          close={() => setEnrolling(undefined)}
        />
      )}
    </ListScreen>
  )
}

function useChoices(): ListChoice[] {
  const { t } = useTranslation()
  return [
    {
      name: 'role',
      label: t('employees.role'),
      all: t('filter.allRoles'),
      options: roleSchema.options.map((role) => ({ value: role, label: t(`role.${role}`) })),
    },
    {
      name: 'active',
      label: t('employees.status'),
      all: t('filter.anyStatus'),
      options: [
        { value: 'yes', label: t('employees.active') },
        { value: 'no', label: t('employees.inactive') },
      ],
    },
  ]
}

function AddButton(props: { add: () => void }) {
  const { t } = useTranslation()
  return (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={props.add} data-testid="employee-add">
      {t('employees.add')}
    </Button>
  )
}
