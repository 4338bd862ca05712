/** German texts about the desktop's notifications; part of the catalogue in de.ts. */
import type { notificationsEn } from './notifications-en.ts'

export const notificationsDe: Record<keyof typeof notificationsEn, string> = {
  'notifications.label': 'Benachrichtigungen',
  'notifications.content': 'Name und Text',
  'notifications.plain': 'Ohne Inhalt',
  'notifications.off': 'Aus',
}
