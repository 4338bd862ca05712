/** The employees: who they are, in which team, and the code that makes a workstation theirs. */
import { Button } from 'antd'
import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { roleSchema } from '../../shared/domain/people.ts'
import { useApi, type Answer } from '../app/api.ts'
import { DataTable } from '../elements/data-table.tsx'
import { Choice, Filters, TextFilter } from '../elements/filters.tsx'
import { Icon } from '../elements/icon.tsx'
import { Page, RefreshButton, WhenLoaded } from '../elements/page.tsx'
import { Pager } from '../elements/pager.tsx'
import { oneOf, orderIn, useUrlState, yesNo } from '../elements/url-state.ts'
import { useNames } from '../elements/use-names.ts'
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

const size = 50
const keys = ['name', 'role', 'team', 'workstations', 'accounts'] as const

export function Employees(props: { viewer: Viewer }) {
  const { t } = useTranslation()
  const api = useApi()
  const url = useUrlState()
  const { params } = url
  const names = useNames()
  const order = orderIn(params, keys, { by: 'name', descending: false })
  const loaded = useQuery('employees.list', {
    text: params.get('text') ?? '',
    role: oneOf(params, 'role', roleSchema.options),
    team: params.get('team'),
    active: yesNo(params, 'active'),
    sort: order,
    after: params.get('after'),
    limit: size,
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
    <Page
      title={t('employees.title')}
      actions={
        <>
          <RefreshButton loaded={loaded} />
          {props.viewer.may('employee.add') && (
            <Button
              type="primary"
              icon={<Icon name="plus" size={16} />}
              onClick={() => setAdding(true)}
              data-testid="employee-add"
            >
              {t('employees.add')}
            </Button>
          )}
        </>
      }
    >
      <Filters url={url} names={['text', 'role', 'team', 'active']}>
        <TextFilter url={url} label={t('employees.filter')} />
        <Choice
          url={url}
          name="role"
          label={t('employees.role')}
          all={t('filter.allRoles')}
          options={roleSchema.options.map((role) => ({ value: role, label: t(`role.${role}`) }))}
        />
        <Choice
          url={url}
          name="team"
          label={t('employees.team')}
          all={t('filter.allTeams')}
          options={names.teams.map((team) => ({ value: team, label: team }))}
        />
        <Choice
          url={url}
          name="active"
          label={t('employees.status')}
          all={t('filter.anyStatus')}
          options={[
            { value: 'yes', label: t('employees.active') },
            { value: 'no', label: t('employees.inactive') },
          ]}
        />
      </Filters>
      <WhenLoaded loaded={loaded}>
        {({ employees, after, total }) => (
          <DataTable
            kind="employee"
            label={t('employees.title')}
            rows={employees}
            columns={columns}
            order={order}
            reorder={(next) => url.filter({ sort: next.by, order: next.descending ? 'down' : null })}
            empty={t('employees.emptyFilter')}
            rowClassName={(row) => (row.active ? '' : 'row-past')}
            foot={<Pager url={url} shown={employees.length} after={after} total={total} size={size} />}
          />
        )}
      </WhenLoaded>
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
    </Page>
  )
}
