/** One of each kind, as customers say them and as the salesperson's engine is told to say them. */
import type { Channel, MessageKind } from '../../shared/contracts/neutral-message.ts'
import { mediaKinds } from '../../shared/contracts/neutral-message.ts'

export interface Saying {
  kind: MessageKind
  body: Record<string, unknown>
}

/** Texts that go wrong easily: two scripts, a picture made of several code points, direction marks, markup. */
export const hardText = 'Ça va? 你好 👩‍👩‍👧‍👦 <b>"not bold"</b> \u202eleft\u202c'

const place = { latitude: -23.55052, longitude: -46.633308, name: 'Praça da Sé', address: 'São Paulo', live: false }
/** On Telegram a card has one number. */
const cardOn = (channel: Channel): { name: string; phones: string[] } => ({
  name: 'Inês "Prado"',
  phones: ['+55 11 94002-8922', ...(channel === 'whatsapp' ? ['+351 21 000 0000'] : [])],
})
const poll = { question: 'Which day suits? 🗓', options: ['Monday', 'Tuesday', 'never'], multiple: true }

/** Members of `POST /say` beside the place. `mention`: address of somebody to mention. */
export function saidKinds(channel: Channel, reply: string, mention: string | null): Saying[] {
  const media: Saying[] = mediaKinds.map((kind) => ({
    kind,
    body: kind === 'sticker' || kind === 'voice' ? {} : { text: `a caption for ${kind}: ${hardText}` },
  }))
  const hostile = { name: '../../etc/<img src=x>\u202egpj.exe', mime: 'application/octet-stream' }
  const sayings: Saying[] = [
    { kind: 'text', body: { text: hardText } },
    { kind: 'text', body: { text: 'an answer to it', reply } },
    ...media,
    { kind: 'document', body: { details: { file: hostile }, bytes: 200_000 } },
    { kind: 'image', body: { text: 'an answer with a picture', reply } },
    { kind: 'location', body: { details: { location: place } } },
    { kind: 'contact', body: { details: { contacts: [cardOn(channel)] } } },
    { kind: 'poll', body: { details: { poll } } },
    { kind: 'text', body: { text: 'sent on', details: { forwarded: true } } },
  ]
  if (mention === null) sayings.push({ kind: 'call', body: {} })
  else if (channel === 'whatsapp') {
    const text = `@${mention.replace(/@.*/, '')} please look`
    sayings.push({ kind: 'text', body: { text, details: { mentions: [mention] } } })
  }
  if (channel === 'telegram') {
    const entities = [
      { type: 'bold', offset: 0, length: 4 },
      { type: 'italic', offset: 5, length: 7 },
    ]
    sayings.push({ kind: 'text', body: { text: 'bold slanted 👍', entities } })
    const link = { type: 'text_url', offset: 0, length: 4, url: 'https://example.com/a?b=1#c' }
    sayings.push({ kind: 'text', body: { text: 'here is our list', entities: [link] } })
  }
  return sayings.map(({ kind, body }) => ({ kind, body: { kind, ...body } }))
}

/** Members of the engine's `send` beside the conversation. `files` by media kind: paths on this machine. */
export function sentKinds(channel: Channel, reply: string, files: Record<string, string>): Saying[] {
  const captioned = new Set(['image', 'video', 'document'])
  const media: Saying[] = mediaKinds.map((kind) => ({
    kind,
    body: { kind, file: files[kind], ...(captioned.has(kind) ? { text: `own ${kind} ${hardText}` } : {}) },
  }))
  return [
    { kind: 'text', body: { text: `own ${hardText}` } },
    { kind: 'text', body: { text: 'own answer', reply } },
    ...media,
    { kind: 'location', body: { kind: 'location', location: place } },
    { kind: 'contact', body: { kind: 'contact', contacts: [cardOn(channel)] } },
    { kind: 'poll', body: { kind: 'poll', poll } },
    ...(channel === 'telegram'
      ? [
          {
            kind: 'text' as const,
            body: {
              text: 'our list',
              entities: [{ type: 'text_url', offset: 4, length: 4, url: 'mailto:a@b.example' }],
            },
          },
        ]
      : []),
  ]
}
