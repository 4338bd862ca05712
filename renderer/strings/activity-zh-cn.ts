/** Chinese texts about customers who type or are online; part of the catalogue in zh-cn.ts. */
import type { activityEn } from './activity-en.ts'

export const activityZhCn: Record<keyof typeof activityEn, string> = {
  'activity.typing': '正在输入…',
  'activity.recording': '正在录制语音…',
  'activity.filming': '正在录制视频…',
  'activity.sending': '正在发送文件…',
  'activity.by.typing': '{{name}} 正在输入…',
  'activity.by.recording': '{{name}} 正在录制语音…',
  'activity.by.filming': '{{name}} 正在录制视频…',
  'activity.by.sending': '{{name}} 正在发送文件…',
  'activity.two': '{{first}} 和 {{second}} 正在输入…',
  'activity.many': '{{name}} 和另外 {{others}} 人正在输入…',
  'activity.somebody': '有人',
  'activity.online': '在线',
  'activity.recently': '最近在线',
  'activity.within-week': '一周内在线',
  'activity.within-month': '一个月内在线',
  'activity.seenToday': '最后在线 {{time}}',
  'activity.seenYesterday': '最后在线：昨天 {{time}}',
  'activity.seen': '最后在线：{{date}}',
}
