/** Turns the code of a failed call into a sentence for people. */
import type { TFunction } from 'i18next'
import { en } from './en.ts'

type ErrorKey = Extract<keyof typeof en, `error.${string}`>

function hasText(key: string): key is ErrorKey {
  return Object.hasOwn(en, key)
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'internal'
}

export function errorText(t: TFunction, code: string): string {
  const key = `error.${code}`
  return hasText(key) && key !== 'error.unknown' ? t(key) : t('error.unknown', { code: code.slice(0, 64) })
}
