/** The one shape of the lists of people, machines and accounts: filters above, a table that the keeper orders, pages below, all of it in the address. */
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { DataTable, type Column } from './data-table.tsx'
import { Choice, Filters, TextFilter } from './filters.tsx'
import { Page, RefreshButton, WhenLoaded } from './page.tsx'
import { Pager } from './pager.tsx'
import { orderIn, useUrlState, type UrlState } from './url-state.ts'
import type { Loaded } from './use-load.ts'
import { useNames, type Names } from './use-names.ts'

const size = 50

export interface ListPlace<Key extends string> {
  url: UrlState
  names: Names
  /** What every list asks the keeper for; its own filters stand beside. */
  asked: {
    text: string
    team: string | null
    sort: { by: Key; descending: boolean }
    after: string | null
    limit: number
  }
}

/** `keys`: what the keeper can order by; `otherwise`: the order of an address without one. */
export function useListPlace<Key extends string>(
  keys: readonly Key[],
  otherwise: { by: Key; descending: boolean },
): ListPlace<Key> {
  const url = useUrlState()
  const { params } = url
  const sort = orderIn(params, keys, otherwise)
  const asked = {
    text: params.get('text') ?? '',
    team: params.get('team'),
    sort,
    after: params.get('after'),
    limit: size,
  }
  return { url, names: useNames(), asked }
}

export interface ListChoice {
  name: string
  label: string
  /** Words for no choice. */
  all: string
  options: readonly { value: string; label: string }[]
}

export function ListScreen<
  Found extends { after: string | null; total: number },
  Row extends { id: string },
  Key extends string,
>(props: {
  kind: string
  title: string
  place: ListPlace<Key>
  loaded: Loaded<Found>
  rows: (found: Found) => readonly Row[]
  columns: readonly Column<Row>[]
  /** What the text is looked for in. */
  searched: string
  /** Beside the teams, which every list has. */
  choices: readonly ListChoice[]
  /** Where there is nothing at all, and where the filters leave nothing. */
  empty: string
  emptyFilter: string
  isPast?: (row: Row) => boolean
  /** What is wrong with all of it, above the table. */
  notice?: (found: Found) => ReactNode
  actions?: ReactNode
  /** Dialogs. */
  children?: ReactNode
}) {
  const { t } = useTranslation()
  const { url, names, asked } = props.place
  const teams = names.teams.map((team) => ({ value: team, label: team }))
  const choices: ListChoice[] = [
    ...props.choices,
    { name: 'team', label: t('employees.team'), all: t('filter.allTeams'), options: teams },
  ]
  const narrowing = ['text', ...choices.map((one) => one.name)]
  const isNarrowed = narrowing.some((name) => url.params.has(name))
  return (
    <Page
      title={props.title}
      actions={
        <>
          <RefreshButton loaded={props.loaded} />
          {props.actions}
        </>
      }
    >
      <Filters url={url} names={narrowing}>
        <TextFilter url={url} label={props.searched} />
        {choices.map((one) => (
          <Choice key={one.name} url={url} {...one} />
        ))}
      </Filters>
      <WhenLoaded loaded={props.loaded}>
        {(found) => {
          const rows = props.rows(found)
          return (
            <>
              {props.notice?.(found)}
              <DataTable
                kind={props.kind}
                label={props.title}
                rows={rows}
                columns={props.columns}
                order={asked.sort}
                reorder={(next) => url.filter({ sort: next.by, order: next.descending ? 'down' : null })}
                empty={isNarrowed ? props.emptyFilter : props.empty}
                rowClassName={(row) => (props.isPast?.(row) ? 'row-past' : '')}
                foot={<Pager url={url} shown={rows.length} after={found.after} total={found.total} size={size} />}
              />
            </>
          )
        }}
      </WhenLoaded>
      {props.children}
    </Page>
  )
}
