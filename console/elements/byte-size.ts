/** Sizes in the chosen language. */

export function byteSize(language: string, bytes: number): string {
  const [amount, unit] =
    bytes >= 1_000_000 ? [bytes / 1_000_000, 'megabyte'] : bytes >= 1000 ? [bytes / 1000, 'kilobyte'] : [bytes, 'byte']
  return amount.toLocaleString(language, { style: 'unit', unit, maximumFractionDigits: 1 })
}
