/** The window's icons: strokes on a 24 × 24 grid, drawn in the colour of the text around them. */

const paths = {
  all: 'M4 6.5A1.5 1.5 0 0 1 5.5 5h13A1.5 1.5 0 0 1 20 6.5v9a1.5 1.5 0 0 1-1.5 1.5H9l-4 3.5V17h-.5A.5.5 0 0 1 4 16.5z',
  settings:
    'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM19 12l2-1-1-3.5-2.2.2-1.4-1.4.4-2.2L13.5 3h-3L9.3 5.1l-1.5.8L5.6 5.3 3.6 8l1.5 1.7v2L3.6 14l2 2.8 2.2-.5 1.5.8 1.2 2.2h3l1.2-2.2 1.5-.8 2.2.5 2-2.8z',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.5 4.5',
  close: 'M6 6l12 12M18 6L6 18',
  compose: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  send: 'M4 12l16-8-5 17-4-7z',
  down: 'M6 10l6 6 6-6',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  clock: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 8v4l2.5 2',
  warning: 'M12 4l9 16H3zM12 10v4M12 17v.5',
  question: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM10 10a2 2 0 1 1 2.6 2c-.5.2-.6.6-.6 1.2M12 16v.4',
  phone: 'M8 3h8v18H8zM11 18h2',
} as const
export type IconName = keyof typeof paths

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  )
}

/** One tick: the provider has it; two: the customer's device has it. */
export function Ticks({ count }: { count: 1 | 2 }) {
  return (
    <svg
      width={count === 1 ? 14 : 18}
      height="12"
      viewBox={count === 1 ? '0 0 14 12' : '0 0 18 12'}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d="M1.5 6.5l3.5 3.5L12 2.5" />
      {count === 2 && <path d="M9 9.6l.4.4L16.5 2.5" />}
    </svg>
  )
}
