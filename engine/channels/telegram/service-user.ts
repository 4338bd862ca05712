/** Telegram's own voice (777000): its login codes open the account, so they are never kept. */
import { userAddress } from './peers.ts'

const serviceUsers = new Set([userAddress('777000'), userAddress('42777')])
const notice = '[code]'
// Digits of a login code, also in two halves; and the mixed code of my.telegram.org, alone on its line.
const plain = /(?<!\d|\d[.:/])\d{5,8}(?!\d|[.:/]\d)/g
const halves = /(?<![\d.])\d{2,4}[ -]\d{2,4}(?![\d.])/g
const mixed = /^(?=\S*\d|\S*[a-z]\S*[A-Z])[\w-]{8,16}$/gm

export function isServiceUser(address: string): boolean {
  return serviceUsers.has(address)
}

/** Changes the message itself, so that its bytes hold no code either. */
export function hideLoginCodes(message: { message: string; entities?: unknown[] }): void {
  const hidden = [plain, halves, mixed].reduce((text, code) => text.replace(code, notice), message.message)
  if (hidden === message.message) return
  message.message = hidden
  // Their places in the text have moved.
  delete message.entities
}
