/** What the table of employees shows of each, and what can be done with one. */
import { Button, Dropdown } from 'antd'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Answer } from '../app/api.ts'
import type { Column } from '../elements/data-table.tsx'
import { Icon } from '../elements/icon.tsx'
import { inSentence, Isolated } from '../elements/isolated.tsx'
import type { Viewer } from '../elements/viewer.ts'

export type Employee = Answer<'employees.list'>['employees'][number]
export type Deed = 'enrol' | 'change' | 'renewLogin' | 'deactivate' | 'reactivate'

export function useColumns(viewer: Viewer, act: (deed: Deed, employee: Employee) => void): Column<Employee>[] {
  const { t, i18n } = useTranslation()
  return useMemo(() => {
    const columns: Column<Employee>[] = [
      {
        title: t('employees.name'),
        key: 'name',
        sorts: true,
        render: (row) => (
          <>
            <strong className="cell-main">
              <Isolated>{row.name}</Isolated>
            </strong>
            {row.service && <span className="cell-tag">{t('workstations.service')}</span>}
          </>
        ),
      },
      { title: t('employees.role'), key: 'role', sorts: true, render: (row) => t(`role.${row.role}`) },
      {
        title: t('employees.team'),
        key: 'team',
        sorts: true,
        render: (row) =>
          row.team === null ? <span className="quiet">{t('employees.noTeam')}</span> : <Isolated>{row.team}</Isolated>,
      },
      {
        title: t('employees.status'),
        key: 'status',
        render: (row) => (
          <span className={row.active ? 'status status-good' : 'status'}>
            {row.active ? t('employees.active') : t('employees.inactive')}
          </span>
        ),
      },
      {
        title: t('employees.workstations'),
        key: 'workstations',
        sorts: true,
        largestFirst: true,
        end: true,
        render: (row) => row.workstations.toLocaleString(i18n.language),
      },
      {
        title: t('employees.accounts'),
        key: 'accounts',
        sorts: true,
        largestFirst: true,
        end: true,
        render: (row) => row.accounts.toLocaleString(i18n.language),
      },
    ]
    if (viewer.may('workstation.enrol') || viewer.may('employee.change'))
      columns.push({
        title: '',
        key: 'actions',
        end: true,
        render: (row) => <Deeds row={row} viewer={viewer} act={(deed) => act(deed, row)} />,
      })
    return columns
  }, [t, i18n.language, viewer, act])
}

function Deeds(props: { row: Employee; viewer: Viewer; act: (deed: Deed) => void }) {
  const { t } = useTranslation()
  const { row, viewer, act } = props
  const deeds: Deed[] = !row.active
    ? ['reactivate']
    : row.id === viewer.id
      ? ['change']
      : row.role === 'salesperson' || row.service
        ? ['change', 'deactivate']
        : ['change', 'renewLogin', 'deactivate']
  return (
    <span className="cell-actions">
      {viewer.may('workstation.enrol') && (
        <Button
          size="small"
          icon={<Icon name="key" size={14} />}
          disabled={!row.active}
          onClick={() => act('enrol')}
          data-testid={`enrol-${row.id}`}
        >
          {t('employees.enrol')}
        </Button>
      )}
      {viewer.may('employee.change') && (
        <Dropdown
          trigger={['click']}
          menu={{
            items: deeds.map((deed) => ({
              key: deed,
              label: <span data-testid={`deed-${deed}`}>{t(`employees.deed.${deed}`)}</span>,
              danger: deed === 'deactivate',
            })),
            onClick: ({ key }) => {
              const deed = deeds.find((one) => one === key)
              if (deed) act(deed)
            },
          }}
        >
          <Button
            size="small"
            icon={<Icon name="more" size={14} />}
            aria-label={t('employees.deeds', { name: inSentence(row.name) })}
            data-testid={`employee-deeds-${row.id}`}
          />
        </Dropdown>
      )}
    </span>
  )
}
