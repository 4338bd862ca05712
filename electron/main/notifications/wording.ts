/** A notification's two texts: what strangers wrote stands in them as text that acts on nothing. */
import { cutAt, safeLine } from '../../../shared/domain/safe-text.ts'
import type { NotificationView } from '../../../shared/contracts/notifications.ts'
import { words } from './words.ts'

export interface Wording {
  title: string
  body: string
}

const titleLength = 80
const bodyLength = 200

function line(text: string, length: number): string {
  return cutAt(safeLine(text, length + 1), length)
}

/** One conversation's: who, the newest text, and how many there are where it is not the only one. */
function wordContent(
  { count, language }: NotificationView,
  content: NonNullable<NotificationView['content']>,
): Wording {
  const { messages, by, noName, kinds } = words[language]
  const kind = kinds[content.kind] ?? messages(1)
  const said = line(content.text, bodyLength)
  // A sticker's text is only the emoji that it stands for.
  const text = said === '' ? kind : content.kind === 'sticker' ? `${said} ${kind}` : said
  const author = content.author === null ? '' : line(content.author, titleLength)
  const newest = author === '' ? text : by(author, text)
  return {
    title: line(content.title, titleLength) || noName,
    body: count > 1 ? `${newest}\n${messages(count)}` : newest,
  }
}

/** Several conversations in one, or one of which nothing may be said. Of what may not be seen not even the number of conversations is told. */
function wordNumber(all: readonly NotificationView[], name: string): Wording {
  const { language } = all.at(-1)!
  const { messages, across } = words[language]
  const count = all.reduce((sum, one) => sum + one.count, 0)
  const isPlain = all.some((one) => one.content === null)
  return { title: name, body: isPlain || all.length === 1 ? messages(count) : across(count, all.length) }
}

/** `all` is not empty, the newest last; `name` is the program's. */
export function wordNotification(all: readonly NotificationView[], name: string): Wording {
  const [only] = all
  return all.length === 1 && only?.content ? wordContent(only, only.content) : wordNumber(all, name)
}

/** Servers of Linux desktops read the body (never the title) as markup: a customer's `<a href>` would be a link. */
export function escapeMarkup(body: string): string {
  return body.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}
