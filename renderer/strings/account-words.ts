/** What an account's state is called and which sign stands for it. */
import type { TFunction } from 'i18next'
import type { AccountView } from '../../shared/contracts/window.ts'
import { numberFormat } from '../text/formats.ts'
import { safeLine } from '../text/safe-text.ts'
import { clockTime, span } from '../text/times.ts'
import { faultText, withoutStop } from './faults.ts'

/** Proof of life, known trouble, or neither: ● ◐ ○ of the status bar. */
export function lifeOf(account: AccountView): 'live' | 'silent' | 'down' {
  if (account.state === 'live') return 'live'
  if (account.state === 'silent' || account.state === 'connecting' || account.state === 'pairing') return 'silent'
  return 'down'
}

export const lifeSigns = { live: '●', silent: '◐', down: '○' } as const

/** Linking helps here; elsewhere it would fight with the one who runs it. */
export function canBeLinked(account: AccountView): boolean {
  return ['unpaired', 'pairing', 'stopped', 'down', 'replaced', 'banned'].includes(account.state)
}

/** The provider's own words would only say the same again. */
const saysItAll = new Set<AccountView['state']>(['replaced', 'banned', 'outdated'])

/** The state in words, with its holder, the provider's reason and its end where they are known. */
export function stateWords(t: TFunction, language: string, account: AccountView): string {
  const state =
    account.state === 'elsewhere' && account.holder
      ? t('account.elsewhereAt', { holder: safeLine(account.holder, 60) })
      : t(`account.${account.state}`)
  const reason = account.fault && !saysItAll.has(account.state) && withoutStop(faultText(t, account.fault))
  const until = account.fault?.until && t('account.until', { time: clockTime(language, account.fault.until) })
  return [state, reason, until].filter(Boolean).join(', ')
}

/** From this on an age is told in figures, ms. */
const justNowMs = 5_000

/** How long ago something was, in the words for it. */
export function ageWords(
  t: TFunction,
  language: string,
  key: 'account.age' | 'account.alive' | 'page.active',
  ms: number,
): string {
  return ms < justNowMs ? t(`${key}Now`) : t(key, { age: span(language, ms) })
}

/** How much of its history has come from the vault; null: nothing is under way. */
export function historyWords(t: TFunction, language: string, { history }: AccountView): string | null {
  if (history === null) return null
  const counts = numberFormat('count', language, {})
  return t('account.history', { done: counts.format(history.done), total: counts.format(history.total) })
}
