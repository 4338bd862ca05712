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
  up: 'M6 14l6-6 6 6',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  clock: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 8v4l2.5 2',
  warning: 'M12 4l9 16H3zM12 10v4M12 17v.5',
  question: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM10 10a2 2 0 1 1 2.6 2c-.5.2-.6.6-.6 1.2M12 16v.4',
  phone: 'M8 3h8v18H8zM11 18h2',
  reply: 'M10 6L4 12l6 6M4 12h10a6 6 0 0 1 6 6',
  forward: 'M14 6l6 6-6 6M20 12H10a6 6 0 0 0-6 6',
  edit: 'M4 20h4L19 9l-4-4L4 16z',
  trash: 'M5 7h14M10 4h4M7 7l1 13h8l1-13M10.5 11v5.5M13.5 11v5.5',
  copy: 'M9 9h10v11H9zM15 9V5H5v10h4',
  emoji: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM8.5 14a4.2 4.2 0 0 0 7 0M9 9.5v.6M15 9.5v.6',
  attach: 'M19 11.5l-7.2 7.2a4.3 4.3 0 0 1-6-6L13 5.5a2.9 2.9 0 0 1 4.1 4.1l-7 7a1.4 1.4 0 0 1-2-2l6.3-6.3',
  microphone: 'M12 14.5a3 3 0 0 0 3-3V6.5a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3zM6 11.5a6 6 0 0 0 12 0M12 17.5V21',
  play: 'M8 5.5v13l10.5-6.5z',
  pause: 'M8 6v12M16 6v12',
  stop: 'M7 7h10v10H7z',
  place: 'M12 21s7-6.2 7-11.5a7 7 0 0 0-14 0C5 14.8 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0',
  people:
    'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5a6.5 6.5 0 0 1 13 0M16 4.9a3.5 3.5 0 0 1 0 6.2M18 14.2a6.5 6.5 0 0 1 3.5 5.3',
  poll: 'M5 20V11M12 20V4M19 20v-6',
  file: 'M6 3h8l5 5v13H6zM14 3v5h5',
  picture: 'M4 5h16v14H4zM4 16l4.5-4.5L13 16l3-3 4 4M15.5 9.5v.1',
  video: 'M3.5 7h11v10h-11zM14.5 11l6-3v8l-6-3z',
  call: 'M6 4h3.5l1.5 4.5-2.2 1.5a11 11 0 0 0 5.2 5.2l1.5-2.2L20 14.5V18a2 2 0 0 1-2 2A14 14 0 0 1 4 6a2 2 0 0 1 2-2z',
  timer: 'M12 20.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM12 9v4M10 2.5h4',
  check: 'M5 12.5l4.5 4.5L19 7',
  download: 'M12 4v11M7 10.5l5 5 5-5M5 20h14',
  more: 'M12 6v.1M12 12v.1M12 18v.1',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1',
  left: 'M15 5l-7 7 7 7',
  right: 'M9 5l7 7-7 7',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  calendar: 'M5 6h14v14H5zM5 10.5h14M9 3.5v4M15 3.5v4M8.5 14v.1M12 14v.1M15.5 14v.1M8.5 17v.1M12 17v.1',
  archive: 'M4 5h16v4H4zM5.5 9v10h13V9M10 13h4',
  pin: 'M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v5.5',
  muted: 'M6 16.5V11a6 6 0 0 1 9.5-4.9M18 10.5V16.5H8M10.5 19.5h3M4 4l16 16',
  unread: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  keyboard: 'M3 6.5h18v11H3zM7 10.5v.1M11 10.5v.1M15 10.5v.1M8 14h8',
  leave: 'M14 4H5v16h9M10 12h11M17.5 8.5L21 12l-3.5 3.5',
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
