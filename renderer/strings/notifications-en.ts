/** English texts about the desktop's notifications; part of the catalogue in en.ts. */
export const notificationsEn = {
  'notifications.label': 'Notifications',
  'notifications.content': 'Name and text',
  'notifications.plain': 'No content',
  'notifications.off': 'Off',
}
