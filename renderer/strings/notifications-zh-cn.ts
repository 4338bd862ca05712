/** Chinese texts about the desktop's notifications; part of the catalogue in zh-cn.ts. */
import type { notificationsEn } from './notifications-en.ts'

export const notificationsZhCn: Record<keyof typeof notificationsEn, string> = {
  'notifications.label': '桌面通知',
  'notifications.content': '姓名和内容',
  'notifications.plain': '不显示内容',
  'notifications.off': '关闭',
}
