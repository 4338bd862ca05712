/** Message kinds that stand as bubbles without a file: texts, places, contacts, polls. */
import type { Details } from '../../../shared/contracts/neutral-message.ts'
import { readContext } from './context-info.ts'
import type { Context } from './context-info.ts'
import { Fields } from './protobuf.ts'
import { readCard } from './vcard.ts'

export interface ReadBubble {
  kind: 'text' | 'location' | 'contact' | 'poll'
  text: string
  details: Details
  context: Context
}

const CONTACTS_LIMIT = 64
const OPTIONS_LIMIT = 32

function readExtendedText(fields: Fields): ReadBubble {
  const url = fields.text(2, 4096)
  const title = fields.text(6, 1024) || null
  const description = fields.text(5, 4096) || null
  // The matched text stands there for every link; a preview is what was added to it.
  const preview = url && (title !== null || description !== null) ? { preview: { url, title, description } } : {}
  return { kind: 'text', text: fields.text(1) ?? '', details: preview, context: readContext(fields) }
}

function readPlace(fields: Fields, live: boolean): ReadBubble | null {
  const latitude = fields.double(1) ?? 0
  const longitude = fields.double(2) ?? 0
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return null
  const name = live ? null : fields.text(3, 512) || null
  const address = live ? null : fields.text(4, 1024) || null
  return {
    kind: 'location',
    text: fields.text(live ? 6 : 11) ?? '',
    details: { location: { latitude, longitude, name, address, live: live || fields.flag(6) } },
    context: readContext(fields),
  }
}

function readContact(fields: Fields) {
  return readCard(fields.text(16, 65_536) ?? '', fields.text(1, 512))
}

function readContacts(fields: Fields): ReadBubble {
  const contacts = fields.list(2, CONTACTS_LIMIT).map((bytes) => readContact(new Fields(bytes)))
  return { kind: 'contact', text: '', details: { contacts }, context: readContext(fields) }
}

function readPoll(fields: Fields): ReadBubble | null {
  const options = fields.list(3, OPTIONS_LIMIT).map((bytes) => new Fields(bytes).text(1, 512) ?? '')
  if (options.length === 0) return null
  const question = fields.text(2, 1024) ?? ''
  const multiple = (fields.number(4) ?? 0) !== 1
  return { kind: 'poll', text: '', details: { poll: { question, options, multiple } }, context: readContext(fields, 5) }
}

/** `number`: the kind's field in `Message`. Null for other kinds and for impossible content. Throws MalformedMessage. */
export function readBubble(number: number, fields: Fields): ReadBubble | null {
  switch (number) {
    case 6:
      return readExtendedText(fields)
    case 4:
      return { kind: 'contact', text: '', details: { contacts: [readContact(fields)] }, context: readContext(fields) }
    case 13:
      return readContacts(fields)
    case 5:
      return readPlace(fields, false)
    case 18:
      return readPlace(fields, true)
    case 49:
    case 60:
    case 64:
    case 111:
      return readPoll(fields)
    default:
      return null
  }
}
