/** What every part of a message may ask for, handed down once by the conversation. */
import { createContext, useContext } from 'react'
import type { Channel } from '../../shared/contracts/neutral-message.ts'
import type { MessageView } from '../../shared/contracts/window.ts'

export interface Tools {
  channel: Channel
  group: boolean
  /** Opens pictures, videos and texts of files large. */
  view(message: MessageView): void
  /** The message's menu at a place of the window. */
  menu(message: MessageView, at: { x: number; y: number }): void
  /** Scrolls to another message. */
  jump(message: string): void
  /** Opens the choice of a date, at the day of a moment. */
  date(at: number): void
  /** Asks what to do with an address; nothing ever goes there by itself. */
  link(address: string): void
  fetchMedia(message: string): void
  /** What waits, or goes up, is not to leave. */
  withdraw(message: string): void
  react(message: string, emoji: string | null): void
  vote(message: string, options: string[]): void
  copy(text: string): void
}

const none = (): void => {}
const ToolsContext = createContext<Tools>({
  channel: 'whatsapp',
  group: false,
  view: none,
  menu: none,
  jump: none,
  date: none,
  link: none,
  fetchMedia: none,
  withdraw: none,
  react: none,
  vote: none,
  copy: none,
})
export const ToolsProvider = ToolsContext.Provider

export function useTools(): Tools {
  return useContext(ToolsContext)
}
