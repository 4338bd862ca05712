/** One of a few: a radio group that looks like a switch. */
import { useId } from 'react'
import './choice.css'

export interface ChoiceProps<Value extends string> {
  label: string
  options: readonly { value: Value; label: string; language?: string }[]
  value: Value
  onChange(value: Value): void
  /** Each option's data-testid is `<testId>-<value>`. */
  testId: string
}

export function Choice<Value extends string>({ label, options, value, onChange, testId }: ChoiceProps<Value>) {
  const name = useId()
  return (
    <fieldset className="choice">
      <legend>{label}</legend>
      <div className="choice-options">
        {options.map((option) => (
          <label key={option.value} className="choice-option" lang={option.language}>
            <input
              type="radio"
              name={name}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
              data-testid={`${testId}-${option.value}`}
            />
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
