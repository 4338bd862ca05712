/** Formatters of the window's language. Each holds half a megabyte outside the page's heap until it is collected: one of a kind is kept. */

const kept = new Map<string, unknown>()
/** A formatter keeps the time zone in which it was made; a traveller's clock moves. */
let offset = Number.NaN

/** `name` stands for the options: the same name, the same options. */
function keep<T>(name: string, language: string, make: () => T): T {
  const key = `${name} ${language}`
  const known = kept.get(key) as T | undefined
  if (known !== undefined) return known
  const made = make()
  kept.set(key, made)
  return made
}

export function dateFormat(name: string, language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const here = new Date().getTimezoneOffset()
  if (here !== offset) kept.clear()
  offset = here
  return keep(`date ${name}`, language, () => new Intl.DateTimeFormat(language, options))
}

export function numberFormat(name: string, language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return keep(`number ${name}`, language, () => new Intl.NumberFormat(language, options))
}
