/** The one table of the console: dense, scrolling sideways instead of clipping, ordered by the keeper, rows named for tests. */
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from './icon.tsx'
import './data-table.css'

export interface Column<Row> {
  /** Also what the keeper orders by, where `sorts`. */
  key: string
  title: string
  sorts?: boolean
  /** The first click orders from the largest down. */
  largestFirst?: boolean
  /** Numbers and buttons stand at the end. */
  end?: boolean
  render: (row: Row) => ReactNode
}
export interface Order {
  by: string
  descending: boolean
}

export function DataTable<Row extends { id: string | number }>(props: {
  rows: readonly Row[]
  columns: readonly Column<Row>[]
  /** What a row is; row ids become `<kind>-<id>` in data-testid. */
  kind: string
  label: string
  empty: string
  order?: Order
  reorder?: (order: Order) => void
  rowClassName?: (row: Row) => string
  /** Below the rows, inside the table's frame. */
  foot?: ReactNode
}) {
  return (
    <div className="data-table">
      {/* What scrolls must be reachable by the keyboard. */}
      <div className="data-table-scroll" role="region" aria-label={props.label} tabIndex={0}>
        <table aria-label={props.label}>
          <thead>
            <tr>
              {props.columns.map((column) => (
                <Head key={column.key} column={column} order={props.order} reorder={props.reorder} />
              ))}
            </tr>
          </thead>
          <tbody>
            {props.rows.map((row) => (
              <tr key={row.id} className={props.rowClassName?.(row)} data-testid={`${props.kind}-${row.id}`}>
                {props.columns.map((column) => (
                  <td key={column.key} className={classOf(column)}>
                    {column.render(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {props.rows.length === 0 && <p className="data-table-empty">{props.empty}</p>}
      </div>
      {props.foot}
    </div>
  )
}

/** Without a title: what can be done with the row. */
function classOf<Row>(column: Column<Row>): string | undefined {
  const stuck = column.title === '' ? ' cell-stuck' : ''
  return column.end ? `cell-end${stuck}` : undefined
}

function Head<Row>(props: {
  column: Column<Row>
  order: Order | undefined
  reorder: ((order: Order) => void) | undefined
}) {
  const { t } = useTranslation()
  const { column, order, reorder } = props
  const className = classOf(column)
  if (!column.sorts || !order || !reorder)
    return (
      <th scope="col" className={className}>
        {column.title === '' ? <span className="unseen">{t('table.actions')}</span> : column.title}
      </th>
    )
  const is = order.by === column.key
  const descending = is ? !order.descending : (column.largestFirst ?? false)
  return (
    <th scope="col" className={className} aria-sort={is ? (order.descending ? 'descending' : 'ascending') : 'none'}>
      <button
        type="button"
        className={is ? 'sort sort-on' : 'sort'}
        onClick={() => reorder({ by: column.key, descending })}
        data-testid={`sort-${column.key}`}
      >
        {column.title}
        <Icon name={is && order.descending ? 'down' : 'up'} size={12} />
      </button>
    </th>
  )
}
