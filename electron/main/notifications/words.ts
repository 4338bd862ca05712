/** What notifications say, in the languages of the window; the page's catalogues are not at hand here. */
import type { NotificationLanguage, NotificationView } from '../../../shared/contracts/notifications.ts'

type Kind = NonNullable<NotificationView['content']>['kind']

export interface Words {
  messages(count: number): string
  across(count: number, conversations: number): string
  by(author: string, text: string): string
  noName: string
  /** For what has no text of its own. */
  kinds: Partial<Record<Kind, string>>
}

export const words: Record<NotificationLanguage, Words> = {
  en: {
    messages: (count) => (count === 1 ? 'New message' : `${count} new messages`),
    across: (count, conversations) => `${count} new messages in ${conversations} conversations`,
    by: (author, text) => `${author}: ${text}`,
    noName: 'No name',
    kinds: {
      image: 'Photo',
      video: 'Video',
      voice: 'Voice message',
      audio: 'Audio',
      document: 'File',
      sticker: 'Sticker',
      location: 'Location',
      contact: 'Contact',
      poll: 'Poll',
      call: 'Missed call',
    },
  },
  de: {
    messages: (count) => (count === 1 ? 'Neue Nachricht' : `${count} neue Nachrichten`),
    across: (count, conversations) => `${count} neue Nachrichten in ${conversations} Unterhaltungen`,
    by: (author, text) => `${author}: ${text}`,
    noName: 'Ohne Namen',
    kinds: {
      image: 'Foto',
      video: 'Video',
      voice: 'Sprachnachricht',
      audio: 'Audio',
      document: 'Datei',
      sticker: 'Sticker',
      location: 'Standort',
      contact: 'Kontakt',
      poll: 'Umfrage',
      call: 'Verpasster Anruf',
    },
  },
  'zh-CN': {
    messages: (count) => (count === 1 ? '新消息' : `${count} 条新消息`),
    across: (count, conversations) => `${conversations} 个会话中有 ${count} 条新消息`,
    by: (author, text) => `${author}：${text}`,
    noName: '无名称',
    kinds: {
      image: '图片',
      video: '视频',
      voice: '语音消息',
      audio: '音频',
      document: '文件',
      sticker: '贴纸',
      location: '位置',
      contact: '名片',
      poll: '投票',
      call: '未接来电',
    },
  },
}
