/** German texts of finding one's way; part of the catalogue in de.ts. */
import type { deskEn } from './desk-en.ts'

export const deskDe: Record<keyof typeof deskEn, string> = {
  'date.open': 'Zu einem Datum gehen',
  'date.title': 'Zu einem Datum gehen',
  'date.earlier': 'Voriger Monat',
  'date.later': 'Nächster Monat',
  'date.first': 'Erste Nachricht',
  'media.sending': '{{sent}} von {{size}} gesendet',
  'message.withdraw': 'Nicht senden',
  'error.not_withdrawable': 'Zu spät: Die Nachricht ist schon unterwegs.',
  'fault.withdrawn': 'Das Senden wurde angehalten.',
  'account.history': 'Verlauf: {{done}} von {{total}} Einträgen',
  'menu.tour': 'Rundgang zeigen',
  'error.policy_no_sending': 'Die Richtlinie erlaubt hier kein Senden.',
  'error.policy_answers_only': 'Die Richtlinie erlaubt nur Antworten: Dieser Kunde hat noch nicht geschrieben.',
  'fault.policyNoSending': 'Die Richtlinie erlaubt hier kein Senden.',
  'fault.policyAnswersOnly': 'Die Richtlinie erlaubt nur Antworten: Dieser Kunde hat noch nicht geschrieben.',
}
