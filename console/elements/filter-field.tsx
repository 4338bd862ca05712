/** A field that narrows a list while typing. */
import { Input } from 'antd'
import { Icon } from './icon.tsx'

export function FilterField(props: { value: string; label: string; change: (value: string) => void }) {
  return (
    <Input
      className="filter-field"
      allowClear
      maxLength={128}
      prefix={<Icon name="search" size={15} />}
      placeholder={props.label}
      aria-label={props.label}
      value={props.value}
      onChange={(event) => props.change(event.target.value)}
      data-testid="filter"
    />
  )
}
