/** How the desktop calls this person, kept by the engine; and what the engine must know so that it does not call for what is seen anyway. */
import { useEffect } from 'react'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Client } from '../../shared/contracts/contract.ts'
import {
  notificationLevelSchema,
  type NotificationLanguage,
  type NotificationLevel,
} from '../../shared/contracts/notifications.ts'
import type { windowContract } from '../../shared/contracts/window.ts'

export const notificationLevels = notificationLevelSchema.options

export interface Notifications {
  level: NotificationLevel
  load(): Promise<void>
  setLevel(level: NotificationLevel): void
  /** In which notifications are worded. */
  setLanguage(language: NotificationLanguage): void
  /** The conversation before the person's eyes; null: none, or the window is not in front. */
  watch(conversation: string | null): void
  clear(): void
}

export function createNotifications(call: Client<typeof windowContract>) {
  // Said once more after each connection: another engine has not heard it.
  let language: NotificationLanguage | null = null
  let watched: string | null = null
  // An engine that restarts is told again by `load`.
  const say = (said: Promise<unknown>): void => void said.catch(() => undefined)

  return createStore<Notifications>()((set, get) => ({
    level: 'content',
    async load() {
      if (language !== null) get().setLanguage(language)
      get().watch(watched)
      set(await call('notifications.get', {}))
    },
    setLevel(level) {
      set({ level })
      say(call('notifications.set', { level }))
    },
    setLanguage(next) {
      language = next
      say(call('notifications.set', { language: next }))
    },
    watch(conversation) {
      watched = conversation
      say(call('conversation.watched', { conversation }))
    },
    clear() {
      watched = null
      set({ level: 'content' })
    },
  }))
}

export function useTellWatched(notifications: StoreApi<Notifications>, conversation: string | null): void {
  useEffect(() => notifications.getState().watch(conversation), [notifications, conversation])
}
