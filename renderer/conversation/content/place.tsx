/** Places and contact cards: words and figures only, nothing is fetched for them. */
import { useTranslation } from 'react-i18next'
import type { Details } from '../../../shared/contracts/neutral-message.ts'
import { Icon } from '../../design/icons.tsx'
import { initials, safeLine } from '../../text/safe-text.ts'
import { Line } from '../../text/text-views.tsx'
import { useTools } from '../tools.ts'
import './cards.css'

const mostCards = 12

/** As maps take it: latitude, longitude, with a point. */
export function coordinates(place: NonNullable<Details['location']>): string {
  return `${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}`
}

export function Place({ place }: { place: NonNullable<Details['location']> }) {
  const { t } = useTranslation()
  const { copy } = useTools()
  const figures = coordinates(place)
  return (
    <div className="card" data-testid="location">
      <span className="card-icon">
        <Icon name="place" size={24} />
      </span>
      <span className="card-words">
        <strong className="card-title">
          <Line text={place.name ?? ''} fallback={t(place.live ? 'location.live' : 'location.title')} />
        </strong>
        {place.address && (
          <span className="card-soft">
            <Line text={place.address} />
          </span>
        )}
        {place.live && place.name && <span className="card-soft">{t('location.live')}</span>}
        <CopyLine text={figures} label={t('location.copy')} onCopy={copy} />
      </span>
    </div>
  )
}

export function Contacts({ contacts }: { contacts: NonNullable<Details['contacts']> }) {
  const { t } = useTranslation()
  const { copy } = useTools()
  return (
    <div className="cards">
      {contacts.slice(0, mostCards).map((contact, i) => (
        <div className="card" key={i} data-testid="contact">
          <span className="card-icon card-letters" aria-hidden="true">
            {initials(contact.name)}
          </span>
          <span className="card-words">
            <strong className="card-title">
              <Line text={contact.name} fallback={t('inbox.noName')} />
            </strong>
            {contact.phones.slice(0, 4).map((phone, at) => (
              <CopyLine key={at} text={safeLine(phone, 64)} label={t('contact.copy')} onCopy={copy} />
            ))}
          </span>
        </div>
      ))}
      {contacts.length > mostCards && <p className="card-soft">+{contacts.length - mostCards}</p>}
    </div>
  )
}

function CopyLine(props: { text: string; label: string; onCopy(text: string): void }) {
  return (
    <button
      type="button"
      className="card-copy"
      title={props.label}
      aria-label={`${props.label}: ${props.text}`}
      onClick={() => props.onCopy(props.text)}
    >
      <Line text={props.text} />
      <Icon name="copy" size={14} />
    </button>
  )
}
