/** The one table of the console: dense, scrolling sideways instead of clipping, rows named for tests. */
import { Empty, Table, type TableColumnsType } from 'antd'
import './data-table.css'

export function DataTable<Row extends { id: string | number }>(props: {
  rows: readonly Row[]
  columns: TableColumnsType<Row>
  /** What a row is; row ids become `<kind>-<id>` in data-testid. */
  kind: string
  label: string
  empty: string
  rowClassName?: (row: Row) => string
  /** All rows at once, for a list that pages by itself; otherwise 50 to a page. */
  wholeList?: boolean
}) {
  return (
    <div className="data-table">
      <Table<Row>
        size="small"
        rowKey="id"
        dataSource={props.rows}
        columns={props.columns}
        aria-label={props.label}
        pagination={
          props.wholeList ? false : { pageSize: 50, hideOnSinglePage: true, showSizeChanger: false, size: 'small' }
        }
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={props.empty} /> }}
        onRow={(row) => ({ 'data-testid': `${props.kind}-${row.id}` }) as object}
        {...(props.rowClassName ? { rowClassName: props.rowClassName } : {})}
      />
    </div>
  )
}

/** Orders texts as people of the language expect; for the columns' sorters. */
export function byText<Row>(read: (row: Row) => string): (a: Row, b: Row) => number {
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })
  return (a, b) => collator.compare(read(a), read(b))
}

/** Whether any of the texts holds what was typed, ignoring case. */
export function matches(typed: string, ...texts: (string | null)[]): boolean {
  const wanted = typed.trim().toLocaleLowerCase()
  return wanted === '' || texts.some((text) => text !== null && text.toLocaleLowerCase().includes(wanted))
}
