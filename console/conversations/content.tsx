/** What a message holds, in each kind: words, a file, a place, a card, a poll; and what cannot be shown, said plainly. */
import { useContext } from 'react'
import { useTranslation } from 'react-i18next'
import { isMedia } from '../../shared/contracts/neutral-message.ts'
import { Isolated, inSentence } from '../elements/isolated.tsx'
import { dateTime } from '../elements/time.tsx'
import { ConversationContext, FileContent } from './file-content.tsx'
import { MessageText } from './message-text.tsx'
import { earlierVersions, textNow, type Entry, type Message } from './timeline.ts'

/** The longest list of names, contacts or versions that is written out. */
const mostListed = 50

export function Content({ entry, names }: { entry: Entry; names: Readonly<Record<string, string>> }) {
  const { message } = entry
  return (
    <>
      <Deleted entry={entry} />
      <Circumstances message={message} />
      <Answered entry={entry} />
      <Kind entry={entry} />
      <Words entry={entry} />
      <Mentions message={message} names={names} />
      <Versions entry={entry} />
      <Reactions entry={entry} />
    </>
  )
}

function Words({ entry }: { entry: Entry }) {
  const { t } = useTranslation()
  const { message } = entry
  const { text, entities } = textNow(entry)
  if (message.marks.includes('erased')) return <div className="message-absent">{t('conversations.erased')}</div>
  if (message.kind === 'raw' || message.marks.includes('raw'))
    return (
      <div className="message-absent">
        {t('conversations.raw')} {text && <code className="raw-reason">{inSentence(text)}</code>}
      </div>
    )
  if (text === null) return <div className="message-absent">{t('conversations.unreadable')}</div>
  // A text message with nothing in it is shown as such; of other kinds the words are a caption that need not be there.
  return text === '' && message.kind !== 'text' ? null : <MessageText text={text} entities={entities} />
}

function Kind({ entry }: { entry: Entry }) {
  const { message } = entry
  const { details, kind } = message
  if (message.marks.includes('erased')) return null
  if (isMedia(kind)) return <FileContent message={message} />
  if (kind === 'location' && details?.location) return <Place place={details.location} />
  if (kind === 'contact') return <Contacts contacts={details?.contacts ?? []} />
  if (kind === 'poll' && details?.poll) return <Poll entry={entry} poll={details.poll} />
  if (details?.preview) return <Preview preview={details.preview} />
  return null
}

type Details = NonNullable<Message['details']>

function Place({ place }: { place: NonNullable<Details['location']> }) {
  const { t } = useTranslation()
  return (
    <div className="card" data-testid="message-location">
      <strong>{t(place.live ? 'content.liveLocation' : 'kind.location')}</strong>
      {place.name && <Isolated>{place.name}</Isolated>}
      {place.address && <Isolated>{place.address}</Isolated>}
      <code>
        {place.latitude}, {place.longitude}
      </code>
    </div>
  )
}

function Contacts({ contacts }: { contacts: NonNullable<Details['contacts']> }) {
  const { t } = useTranslation()
  return (
    <div className="card" data-testid="message-contact">
      <strong>{t('kind.contact')}</strong>
      {contacts.slice(0, mostListed).map((contact, index) => (
        <div key={index}>
          <Isolated>{contact.name}</Isolated>
          {contact.phones.map((phone, at) => (
            <div key={at} className="quiet">
              <Isolated>{phone}</Isolated>
            </div>
          ))}
        </div>
      ))}
    </div>
  )
}

function Poll({ entry, poll }: { entry: Entry; poll: NonNullable<Details['poll']> }) {
  const { t } = useTranslation()
  const most = Math.max(1, ...entry.votes.map((one) => one.names.length))
  return (
    <div className="card" data-testid="message-poll">
      <strong>
        <Isolated most={1024}>{poll.question}</Isolated>
      </strong>
      <span className="quiet">{t(poll.multiple ? 'content.pollMultiple' : 'content.pollSingle')}</span>
      <ul className="poll">
        {entry.votes.map(({ option, names }, index) => (
          <li key={index} title={listed(names)} data-votes={names.length}>
            <span className="poll-line">
              <Isolated most={512}>{option}</Isolated>
              <span className="quiet">{t('content.votes', { count: names.length })}</span>
            </span>
            <span className="poll-bar" style={{ inlineSize: `${(names.length / most) * 100}%` }} />
          </li>
        ))}
      </ul>
    </div>
  )
}

/** As it came with the message; nothing is fetched, and nothing is a link. */
function Preview({ preview }: { preview: NonNullable<Details['preview']> }) {
  return (
    <div className="card" data-testid="message-preview">
      {preview.title && (
        <strong>
          <Isolated>{preview.title}</Isolated>
        </strong>
      )}
      {preview.description && <Isolated most={600}>{preview.description}</Isolated>}
      <span className="quiet">
        <Isolated most={200}>{preview.url}</Isolated>
      </span>
    </div>
  )
}

function Deleted({ entry: { message, deleted } }: { entry: Entry }) {
  const { t, i18n } = useTranslation()
  const { channel } = useContext(ConversationContext)
  if (!deleted) return null
  const at = dateTime(i18n.language, deleted.at)
  // Telegram does not tell who it was.
  const isCustomer = channel === 'whatsapp' && deleted.person !== null && deleted.person === message.person
  const by = deleted.direction === 'out' ? 'Company' : isCustomer ? 'Customer' : 'Somebody'
  return (
    <div className="message-deleted" data-testid="message-deleted">
      {t(`content.deletedBy${by}`, { at })}
    </div>
  )
}

function Circumstances({ message: { details } }: { message: Message }) {
  const { t } = useTranslation()
  const told = [
    details?.forwarded && t('content.forwarded'),
    details?.viewOnce && t('content.viewOnce'),
    details?.expiresS !== undefined && t('content.expires', { seconds: details.expiresS }),
  ].filter((one) => typeof one === 'string')
  return told.length === 0 ? null : <div className="message-about">{told.join(' · ')}</div>
}

function Answered({ entry: { message, answers } }: { entry: Entry }) {
  const { t } = useTranslation()
  if (message.reply === null) return null
  if (!answers) return <div className="quote quiet">{t('content.answersEarlier')}</div>
  const text = answers.text ? inSentence(answers.text, 160) : t(`kind.${answers.kind}`)
  return (
    <blockquote className="quote" data-testid="message-quote">
      <span className="quote-author">
        <Isolated>{answers.author}</Isolated>
      </span>
      <Isolated>{text}</Isolated>
    </blockquote>
  )
}

function Mentions({ message: { details }, names }: { message: Message; names: Readonly<Record<string, string>> }) {
  const { t } = useTranslation()
  const mentions = details?.mentions ?? []
  if (mentions.length === 0) return null
  return <div className="message-about">{t('content.mentions', { names: called(mentions, names) })}</div>
}

/** The persons behind these addresses by name, else by their address; long lists are cut. */
export function called(addresses: readonly string[], names: Readonly<Record<string, string>>): string {
  return listed(addresses.map((one) => (Object.hasOwn(names, one) ? names[one]! : one)))
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostListed).map((name) => inSentence(name))
  return shown.join(', ') + (names.length > mostListed ? ' …' : '')
}

function Versions({ entry }: { entry: Entry }) {
  const { t, i18n } = useTranslation()
  const versions = earlierVersions(entry)
  if (versions.length === 0) return null
  return (
    <details className="versions" data-testid="message-versions">
      <summary>{t('content.edited', { count: versions.length })}</summary>
      {versions.slice(-mostListed).map((version, index) => (
        <div key={index} className="version">
          <span className="quiet">{dateTime(i18n.language, version.at)}</span>
          {version.text === null ? (
            <div className="message-absent">{t('conversations.unreadable')}</div>
          ) : (
            <MessageText text={version.text} testId="message-version" />
          )}
        </div>
      ))}
    </details>
  )
}

function Reactions({ entry: { reactions } }: { entry: Entry }) {
  if (reactions.length === 0) return null
  return (
    <ul className="reactions" data-testid="message-reactions">
      {reactions.slice(0, mostListed).map(({ emoji, names }) => (
        <li key={emoji} title={listed(names)}>
          <Isolated most={16}>{emoji}</Isolated>
          <span className="quiet">{listed(names)}</span>
        </li>
      ))}
    </ul>
  )
}
