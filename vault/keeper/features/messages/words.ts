/** What a message says in words: what the index finds it by. */
import type { Details } from '../../../../shared/contracts/neutral-message.ts'
import type { DecodedPayload } from '../../../../shared/formats/event.ts'

/** null: nothing that could be searched for. */
export function wordsOf(decoded: DecodedPayload | null): string | null {
  if (decoded?.kind === 'message.recorded/1') return join(decoded.payload.message.text, decoded.payload.message.details)
  if (decoded?.kind === 'message.intended/1') return join(decoded.payload.text, decoded.payload.details)
  return null
}

function join(text: string, details: Details | null): string | null {
  const { file, location, contacts = [], poll, service, preview } = details ?? {}
  const words = [
    text,
    file?.name,
    location?.name,
    location?.address,
    ...contacts.flatMap((one) => [one.name, ...one.phones]),
    poll?.question,
    ...(poll?.options ?? []),
    service?.text,
    preview?.title,
    preview?.description,
  ]
  return words.filter((one) => one).join('\n') || null
}
