/** Test support: a customer's plain text as a SayRequest. */
import type { SayRequest } from '../provider.ts'

export function plainSay(customer: string, account: string, text: string): SayRequest {
  return { customer, account, group: null, kind: 'text', text, entities: [], reply: null, details: null, media: null }
}
