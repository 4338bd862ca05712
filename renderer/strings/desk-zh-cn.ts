/** Chinese texts of finding one's way; part of the catalogue in zh-cn.ts. */
import type { deskEn } from './desk-en.ts'

export const deskZhCn: Record<keyof typeof deskEn, string> = {
  'date.open': '跳转到日期',
  'date.title': '跳转到日期',
  'date.earlier': '上个月',
  'date.later': '下个月',
  'date.first': '第一条消息',
  'media.sending': '已发送 {{sent}}，共 {{size}}',
  'message.withdraw': '不发送',
  'error.not_withdrawable': '为时已晚：消息已在发送途中。',
  'fault.withdrawn': '已停止发送。',
  'account.history': '历史记录：{{done}} / {{total}} 条',
  'menu.tour': '查看导览',
  'error.policy_no_sending': '策略不允许在此发送消息。',
  'error.policy_answers_only': '策略只允许回复：该客户尚未来信。',
  'fault.policyNoSending': '策略不允许在此发送消息。',
  'fault.policyAnswersOnly': '策略只允许回复：该客户尚未来信。',
}
