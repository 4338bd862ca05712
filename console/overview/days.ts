/** Where the last days begin for the viewer, today's end included; by the calendar, so that a change of summer time moves nothing. */
export function dayStarts(now: number, days: number): number[] {
  const today = new Date(now)
  return Array.from({ length: days + 1 }, (_, index) =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() - days + 1 + index).getTime(),
  )
}
