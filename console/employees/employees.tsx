/** The employees: who they are, and the code that makes a workstation theirs. */
import { Button, type TableColumnsType } from 'antd'
import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi, type Answer } from '../app/api.ts'
import { byText, DataTable, matches } from '../elements/data-table.tsx'
import { FilterField } from '../elements/filter-field.tsx'
import { Icon } from '../elements/icon.tsx'
import { Isolated } from '../elements/isolated.tsx'
import { Page, RefreshButton, WhenLoaded } from '../elements/page.tsx'
import { useLoad } from '../elements/use-load.ts'
import type { Viewer } from '../elements/viewer.ts'
import { AddEmployee } from './add-employee.tsx'
import { EnrolmentCode } from './enrolment-code.tsx'

type Employee = Answer<'employees.list'>['employees'][number]
interface Enrolling {
  employee: Employee
  request: Promise<Answer<'workstations.enrol'>>
}

export function Employees(props: { viewer: Viewer }) {
  const { t } = useTranslation()
  const api = useApi()
  const loaded = useLoad(useCallback(() => api.call('employees.list', {}), [api]))
  const [filter, setFilter] = useState('')
  const [adding, setAdding] = useState(false)
  const [enrolling, setEnrolling] = useState<Enrolling>()
  const enrol = useCallback(
    (employee: Employee) =>
      setEnrolling({ employee, request: api.call('workstations.enrol', { employee: employee.id }) }),
    [api],
  )
  const columns = useColumns(props.viewer.may('workstation.enrol') ? enrol : undefined)
  return (
    <Page
      title={t('employees.title')}
      actions={
        <>
          <FilterField value={filter} label={t('employees.filter')} change={setFilter} />
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
      <WhenLoaded loaded={loaded}>
        {({ employees }) => (
          <DataTable
            kind="employee"
            label={t('employees.title')}
            rows={employees.filter((one) => matches(filter, one.name, one.team))}
            columns={columns}
            empty={employees.length === 0 ? t('employees.empty') : t('employees.emptyFilter')}
            rowClassName={(row) => (row.active ? '' : 'row-past')}
          />
        )}
      </WhenLoaded>
      <AddEmployee
        open={adding}
        teams={[...new Set(loaded.data?.employees.flatMap((one) => one.team ?? []))]}
        close={() => setAdding(false)}
        added={loaded.reload}
      />
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

function useColumns(enrol: ((employee: Employee) => void) | undefined): TableColumnsType<Employee> {
  const { t, i18n } = useTranslation()
  return useMemo(() => {
    const columns: TableColumnsType<Employee> = [
      {
        title: t('employees.name'),
        key: 'name',
        sorter: byText((row) => row.name),
        defaultSortOrder: 'ascend',
        render: (_, row) => (
          <strong className="cell-main">
            <Isolated>{row.name}</Isolated>
          </strong>
        ),
      },
      {
        title: t('employees.role'),
        key: 'role',
        sorter: byText((row) => t(`role.${row.role}`)),
        render: (_, row) => t(`role.${row.role}`),
      },
      {
        title: t('employees.team'),
        key: 'team',
        sorter: byText((row) => row.team ?? ''),
        render: (_, row) =>
          row.team === null ? <span className="quiet">{t('employees.noTeam')}</span> : <Isolated>{row.team}</Isolated>,
      },
      {
        title: t('employees.status'),
        key: 'status',
        render: (_, row) => (
          <span className={row.active ? 'status status-good' : 'status'}>
            {row.active ? t('employees.active') : t('employees.inactive')}
          </span>
        ),
      },
      {
        title: t('employees.workstations'),
        key: 'workstations',
        align: 'end',
        render: (_, row) => row.workstations.toLocaleString(i18n.language),
      },
      {
        title: t('employees.accounts'),
        key: 'accounts',
        align: 'end',
        render: (_, row) => row.accounts.toLocaleString(i18n.language),
      },
    ]
    if (enrol)
      columns.push({
        title: '',
        key: 'actions',
        align: 'end',
        fixed: 'end',
        render: (_, row) => (
          <Button
            size="small"
            icon={<Icon name="key" size={15} />}
            disabled={!row.active}
            onClick={() => enrol(row)}
            data-testid={`enrol-${row.id}`}
          >
            {t('employees.enrol')}
          </Button>
        ),
      })
    return columns
  }, [t, i18n.language, enrol])
}
