/** What is said of customers who type, record or are online. */
import type { TFunction } from 'i18next'
import type { Availability, CustomerActivityView } from '../../../shared/contracts/customer-activity.ts'
import { safeLine } from '../../text/safe-text.ts'
import { clockTime, dayName } from '../../text/times.ts'

/** Null: nobody does anything. */
export function doingWords(t: TFunction, view: CustomerActivityView | undefined, group: boolean): string | null {
  const [first, second] = view?.people ?? []
  if (!view || !first) return null
  if (!group) return t(`activity.${first.doing}`)
  const nameOf = (person: typeof first): string => safeLine(person.name ?? '', 40) || t('activity.somebody')
  const others = view.people.length - 1 + view.more
  if (second && others === 1) return t('activity.two', { first: nameOf(first), second: nameOf(second) })
  if (others > 0) return t('activity.many', { name: nameOf(first), others })
  return t(`activity.by.${first.doing}`, { name: nameOf(first) })
}

/** `today`: any moment of the present day, epoch ms. */
export function availabilityWords(t: TFunction, language: string, availability: Availability, today: number): string {
  if (availability.state !== 'offline') return t(`activity.${availability.state}`)
  const { seenAt } = availability
  const time = clockTime(language, seenAt)
  const day = dayName(language, seenAt, today)
  if (day === 'today') return t('activity.seenToday', { time })
  if (day === 'yesterday') return t('activity.seenYesterday', { time })
  return t('activity.seen', { date: day.date })
}
