/** Turns what a provider or its channel refused into a sentence for people. */
import type { TFunction } from 'i18next'
import type { AccountView } from '../../shared/contracts/window.ts'
import { safeLine } from '../text/safe-text.ts'
import { clockTime, dayOf, fullTime } from '../text/times.ts'
import type { en } from './en.ts'

type FaultKey = Extract<keyof typeof en, `fault.${string}`>

const keys = new Map<string, FaultKey>([
  ['telegram_phone_code_invalid', 'fault.codeWrong'],
  ['telegram_phone_code_empty', 'fault.codeWrong'],
  ['telegram_phone_code_expired', 'fault.codeExpired'],
  ['telegram_password_hash_invalid', 'fault.passwordWrong'],
  ['telegram_phone_number_invalid', 'fault.numberWrong'],
  ['telegram_phone_malformed', 'fault.numberWrong'],
  ['telegram_phone_number_unoccupied', 'fault.noAccount'],
  ['telegram_sign_up_required', 'fault.noAccount'],
  ['telegram_api_missing', 'fault.apiMissing'],
  ['telegram_flood_wait', 'fault.flood'],
  ['telegram_flood_premium_wait', 'fault.flood'],
  ['telegram_slowmode_wait', 'fault.flood'],
  ['telegram_auth_key_unregistered', 'fault.unlinked'],
  ['telegram_auth_key_invalid', 'fault.unlinked'],
  ['telegram_session_revoked', 'fault.unlinked'],
  ['telegram_connection_lost', 'fault.notConnected'],
  ['telegram_dial_failed', 'fault.notConnected'],
  ['telegram_not_connected', 'fault.notConnected'],
  ['telegram_no_answer', 'fault.noAnswer'],
  ['telegram_peer_unknown', 'fault.unknownNumber'],
  ['telegram_store_failed', 'fault.storeFailed'],
  ['whatsapp_unlinked', 'fault.unlinked'],
  ['whatsapp_mismatch', 'fault.mismatch'],
  ['whatsapp_pairing_timeout', 'fault.notScanned'],
  ['whatsapp_cut', 'fault.notConnected'],
  ['whatsapp_connect_failed', 'fault.notConnected'],
  ['whatsapp_not_connected', 'fault.notConnected'],
  ['whatsapp_no_answer', 'fault.noAnswer'],
  ['whatsapp_unknown_number', 'fault.unknownNumber'],
  ['whatsapp_store_failed', 'fault.storeFailed'],
  ['whatsapp_not_started', 'fault.notStarted'],
  ['whatsapp_upload_failed', 'fault.uploadFailed'],
  ['whatsapp_file_too_large', 'fault.fileTooLarge'],
  ['whatsapp_group_announce', 'fault.onlyAdmins'],
  ['whatsapp_not_in_group', 'fault.notInGroup'],
  ['telegram_user_privacy_restricted', 'fault.privacy'],
  ['whatsapp_nack_463', 'fault.restricted'],
  ['telegram_peer_flood', 'fault.restricted'],
  ['whatsapp_nack_429', 'fault.flood'],
  ['flood', 'fault.flood'],
  ['interrupted', 'fault.interrupted'],
  ['ran_elsewhere', 'fault.ranElsewhere'],
  ['withdrawn', 'fault.withdrawn'],
  ['answered_meanwhile', 'fault.answeredMeanwhile'],
  ['revoked', 'fault.senderRevoked'],
  ['not_assigned', 'fault.senderNotAssigned'],
  ['erased', 'fault.customerErased'],
  ['not_executable', 'fault.notExecutable'],
  ['policy_no_sending', 'fault.policyNoSending'],
  ['policy_answers_only', 'fault.policyAnswersOnly'],
])

/** Why a file cannot be had; codes carry their channel's name in front or not. */
const mediaReasons = [
  [/expired|gone/, 'media.expired'],
  [/too_large/, 'media.tooLarge'],
  [/damaged|mismatch|malformed/, 'media.damaged'],
  [/flood|wait/, 'fault.flood'],
  [/not_connected|connection|away/, 'fault.notConnected'],
  [/no_answer|deadline|timeout/, 'fault.noAnswer'],
  [/refused|not_allowed/, 'media.refused'],
] as const

export function mediaFaultText(t: TFunction, fault: NonNullable<AccountView['fault']>): string {
  const known = mediaReasons.find(([pattern]) => pattern.test(fault.code))
  return known ? t(known[1]) : keys.has(fault.code) ? faultText(t, fault) : t('media.gone')
}

/** A sentence as a part of another one. */
export function withoutStop(sentence: string): string {
  return sentence.replace(/[.。]$/u, '')
}

/** With its end, where the provider tells one: the time, on another day with its date. */
export function faultWords(
  t: TFunction,
  language: string,
  fault: NonNullable<AccountView['fault']>,
  now = Date.now(),
): string {
  const text = faultText(t, fault)
  if (fault.until === null) return text
  const time = dayOf(fault.until) === dayOf(now) ? clockTime(language, fault.until) : fullTime(language, fault.until)
  return `${withoutStop(text)}, ${t('account.until', { time })}`
}

/** A code without a sentence of its own is told in the channel's English words. */
export function faultText(t: TFunction, fault: NonNullable<AccountView['fault']>): string {
  const key = keys.get(fault.code)
  return key ? t(key) : safeLine(fault.text || fault.code, 200)
}
