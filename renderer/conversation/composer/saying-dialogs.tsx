/** Asks for what a place, a card or a poll needs. */
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog } from '../../design/dialog.tsx'
import type { Composer } from './composer-store.ts'

export interface SayingDialogProps {
  onClose(): void
  onSay: Composer['sendSaying']
}

/** `52.52, 13.405`, as maps and the bubble's own copy button give it; null: no place on earth. */
export function readCoordinates(text: string): { latitude: number; longitude: number } | null {
  const found = /^\s*(-?\d{1,2}(?:\.\d{1,12})?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d{1,12})?)\s*$/.exec(text)
  if (!found) return null
  const [latitude, longitude] = [Number(found[1]), Number(found[2])]
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null
}

function SayingForm(props: {
  title: string
  ready: boolean
  onClose(): void
  onSubmit(): void
  testId: string
  children: ReactNode
}) {
  const { t } = useTranslation()
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector('input')?.focus(), [])
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!props.ready) return
    props.onClose()
    props.onSubmit()
  }
  return (
    <Dialog title={props.title} onClose={props.onClose} testId={props.testId}>
      <form ref={form} onSubmit={submit}>
        {props.children}
        <div className="dialog-actions">
          <button type="button" className="button button-quiet" onClick={props.onClose}>
            {t('dialog.cancel')}
          </button>
          <button type="submit" className="button" disabled={!props.ready} data-testid={`${props.testId}-send`}>
            {t('composer.send')}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

export function LocationDialog({ onClose, onSay }: SayingDialogProps) {
  const { t } = useTranslation()
  const [figures, setFigures] = useState('')
  const [name, setName] = useState('')
  const place = readCoordinates(figures)
  const say = (): void => {
    if (place) void onSay({ location: { ...place, name: name.trim() || null, address: null, live: false } })
  }
  return (
    <SayingForm
      title={t('composer.location')}
      ready={place !== null}
      onClose={onClose}
      onSubmit={say}
      testId="say-location"
    >
      <label className="field">
        {t('composer.coordinates')}
        <input
          value={figures}
          placeholder={t('composer.coordinatesHint')}
          onChange={(event) => setFigures(event.target.value)}
          autoComplete="off"
          maxLength={64}
          data-testid="say-coordinates"
        />
      </label>
      <label className="field">
        {t('composer.placeName')}
        <input value={name} onChange={(event) => setName(event.target.value)} maxLength={200} autoComplete="off" />
      </label>
    </SayingForm>
  )
}

export function ContactDialog({ onClose, onSay }: SayingDialogProps) {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const [phone, setPhone] = useState('')
  const ready = name.trim() !== '' && /^\+?[\d\s()./-]{5,32}$/.test(phone.trim())
  const say = (): void => void onSay({ contacts: [{ name: name.trim(), phones: [phone.trim()] }] })
  return (
    <SayingForm title={t('composer.contact')} ready={ready} onClose={onClose} onSubmit={say} testId="say-contact">
      <label className="field">
        {t('composer.name')}
        <input
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={200}
          autoComplete="off"
          data-testid="say-name"
        />
      </label>
      <label className="field">
        {t('composer.phone')}
        <input
          type="tel"
          value={phone}
          onChange={(event) => setPhone(event.target.value)}
          maxLength={40}
          autoComplete="off"
          data-testid="say-phone"
        />
      </label>
    </SayingForm>
  )
}

/** WhatsApp takes twelve, Telegram ten. */
const mostOptions = 10

export function PollDialog({ onClose, onSay }: SayingDialogProps) {
  const { t } = useTranslation()
  const [question, setQuestion] = useState('')
  const [options, setOptions] = useState(['', ''])
  const [multiple, setMultiple] = useState(false)
  const given = options.map((option) => option.trim()).filter(Boolean)
  const ready = question.trim() !== '' && given.length >= 2 && new Set(given).size === given.length
  const say = (): void => void onSay({ poll: { question: question.trim(), options: given, multiple } })
  const change = (i: number, value: string): void => setOptions(options.map((old, at) => (at === i ? value : old)))
  return (
    <SayingForm title={t('composer.poll')} ready={ready} onClose={onClose} onSubmit={say} testId="say-poll">
      <label className="field">
        {t('composer.question')}
        <input
          value={question}
          onChange={(event) => setQuestion(event.target.value)}
          maxLength={255}
          autoComplete="off"
          data-testid="say-question"
        />
      </label>
      {options.map((option, i) => (
        <label className="field" key={i}>
          {t('composer.option', { n: i + 1 })}
          <input
            value={option}
            onChange={(event) => change(i, event.target.value)}
            maxLength={100}
            autoComplete="off"
            data-testid={`say-option-${i + 1}`}
          />
        </label>
      ))}
      {options.length < mostOptions && (
        <button type="button" className="button button-quiet" onClick={() => setOptions([...options, ''])}>
          {t('composer.moreOptions')}
        </button>
      )}
      <label className="check">
        <input type="checkbox" checked={multiple} onChange={(event) => setMultiple(event.target.checked)} />
        {t('composer.multiple')}
      </label>
    </SayingForm>
  )
}
