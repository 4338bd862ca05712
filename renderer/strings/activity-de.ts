/** German texts about customers who type or are online; part of the catalogue in de.ts. */
import type { activityEn } from './activity-en.ts'

export const activityDe: Record<keyof typeof activityEn, string> = {
  'activity.typing': 'schreibt …',
  'activity.recording': 'nimmt eine Sprachnachricht auf …',
  'activity.filming': 'nimmt ein Video auf …',
  'activity.sending': 'sendet eine Datei …',
  'activity.by.typing': '{{name}} schreibt …',
  'activity.by.recording': '{{name}} nimmt eine Sprachnachricht auf …',
  'activity.by.filming': '{{name}} nimmt ein Video auf …',
  'activity.by.sending': '{{name}} sendet eine Datei …',
  'activity.two': '{{first}} und {{second}} schreiben …',
  'activity.many': '{{name}} und {{others}} weitere schreiben …',
  'activity.somebody': 'Jemand',
  'activity.online': 'gerade online',
  'activity.recently': 'vor Kurzem gesehen',
  'activity.within-week': 'innerhalb der letzten Woche gesehen',
  'activity.within-month': 'innerhalb des letzten Monats gesehen',
  'activity.seenToday': 'zuletzt gesehen {{time}}',
  'activity.seenYesterday': 'zuletzt gesehen gestern, {{time}}',
  'activity.seen': 'zuletzt gesehen: {{date}}',
}
