/** What keys are called on this machine and in this language. */
import type { TFunction } from 'i18next'

const mac = navigator.platform.startsWith('Mac')

/** `Ctrl+K`, `Strg+K`, `⌘K`. */
export function commandKey(t: TFunction, key: string): string {
  return mac ? `⌘${key}` : `${t('key.ctrl')}+${key}`
}
