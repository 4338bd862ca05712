/** Chinese texts of finding one's way; part of the catalogue in zh-cn.ts. */
import type { deskEn } from './desk-en.ts'

export const deskZhCn: Record<keyof typeof deskEn, string> = {
  'date.open': '跳转到日期',
  'date.title': '跳转到日期',
  'date.earlier': '上个月',
  'date.later': '下个月',
  'date.first': '第一条消息',
  'menu.tour': '查看导览',
}
