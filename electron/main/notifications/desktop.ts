/** Puts a notification on the desktop; where the system has no way to show one nothing happens. */
import { Notification } from 'electron'
import type { BoardOptions } from './board.ts'
import { escapeMarkup } from './wording.ts'

export const showOnDesktop: BoardOptions['show'] = ({ title, body }, on) => {
  if (!Notification.isSupported()) return { close: () => undefined }
  const shown = new Notification({ title, body: process.platform === 'linux' ? escapeMarkup(body) : body })
  shown.once('click', on.chosen)
  shown.once('close', on.dismissed)
  shown.show()
  return { close: () => shown.close() }
}
