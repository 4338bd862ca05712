/** What cannot be sent, known before anything goes to the network. */
import { isMedia } from '../../../shared/contracts/neutral-message.ts'
import type { ChannelFault, SendRequest } from '../channel.ts'
import { groupAddress, personAddress } from './address.ts'

/** WhatsApp's own limit of a text message, in UTF-16 units. */
export const TEXT_LIMIT = 65_536

export function fault(code: string, text: string, until: number | null = null): ChannelFault {
  return { code, text, until }
}

function refuseContent({ content, file }: SendRequest): ChannelFault | null {
  const { kind, text, details, target } = content
  if ((kind === 'text' || kind === 'edit') && text === '') return fault('whatsapp_empty_text', 'the message is empty')
  if (text.length > TEXT_LIMIT) return fault('whatsapp_text_too_long', 'the message is longer than 65536')
  if (isMedia(kind) && !file) return fault('whatsapp_no_file', 'the file is missing')
  if (details?.viewOnce) return fault('whatsapp_no_view_once', 'messages to be seen once cannot be sent from here')
  switch (kind) {
    case 'edit':
    case 'delete':
    case 'reaction':
    case 'vote':
      return target ? null : fault('whatsapp_no_target', 'the message that this is about is missing')
    case 'location':
      if (!details?.location) return fault('whatsapp_no_location', 'the place is missing')
      return details.location.live ? fault('whatsapp_no_live_location', 'a moving place cannot be sent') : null
    case 'contact':
      return details?.contacts?.length ? null : fault('whatsapp_no_contact', 'the contact is missing')
    case 'poll': {
      const options = details?.poll?.options ?? []
      const sound = options.length >= 2 && options.length <= 12 && new Set(options).size === options.length
      return sound ? null : fault('whatsapp_bad_poll', 'a poll has 2 to 12 different options')
    }
    case 'service':
    case 'call':
      return fault('whatsapp_cannot_send', 'this kind of message cannot be sent')
    default:
      return null
  }
}

/** Null when the request may go on. */
export function refuseRequest(request: SendRequest): ChannelFault | null {
  const { clientId, address } = request
  if (!/^[0-9A-Za-z.-]{8,64}$/.test(clientId)) return fault('whatsapp_bad_id', 'the message id is malformed')
  if (personAddress(address) !== address && groupAddress(address) !== address)
    return fault('whatsapp_bad_address', 'this is no address of a person or a group')
  return refuseContent(request)
}
