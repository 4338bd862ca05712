/** How a phone number is shown where nobody has asked for the whole of it. */

/** First three and last four digits; what is too short to be a number shows nothing. */
export function maskNumber(address: string): string {
  const digits = address.replace(/\D/g, '')
  return digits.length < 8 ? '…' : `+${digits.slice(0, 3)} … ${digits.slice(-4)}`
}
