/** Test endpoints of builds that are not packaged; packaged builds get test-endpoints.closed.ts in this module's place. */
import { readFileSync } from 'node:fs'
import type { TelegramEndpoint, WhatsAppEndpoint } from './channels/channel.ts'

export class EndpointRefused extends Error {
  readonly code = 'endpoint_refused'
}

function loopback(host: string): boolean {
  return host === '127.0.0.1' || host === '[::1]' || host === 'localhost'
}

/** Reads SEALDESK_WHATSAPP_* and SEALDESK_TELEGRAM_*; throws EndpointRefused for anything that is not loopback or not well formed. */
export function readTestEndpoints(env: Record<string, string | undefined>): {
  whatsapp: WhatsAppEndpoint | null
  telegram: TelegramEndpoint | null
} {
  return { whatsapp: readWhatsApp(env), telegram: readTelegram(env) }
}

function readWhatsApp(env: Record<string, string | undefined>): WhatsAppEndpoint | null {
  const url = env['SEALDESK_WHATSAPP_URL']
  if (!url) return null
  if (!URL.canParse(url) || !loopback(new URL(url).hostname))
    throw new EndpointRefused('SEALDESK_WHATSAPP_URL is not loopback')
  const rootKey = env['SEALDESK_WHATSAPP_ROOT'] ?? ''
  if (!/^[0-9a-f]{64}$/.test(rootKey)) throw new EndpointRefused('SEALDESK_WHATSAPP_ROOT is not a hex public key')
  return { url, rootKey, media: readWhatsAppMedia(env) }
}

function readWhatsAppMedia(env: Record<string, string | undefined>): WhatsAppEndpoint['media'] {
  const host = env['SEALDESK_WHATSAPP_MEDIA']
  if (!host) return null
  const parsed = URL.canParse(`https://${host}`) ? new URL(`https://${host}`) : null
  if (!parsed?.port || parsed.host !== host || !loopback(parsed.hostname))
    throw new EndpointRefused('SEALDESK_WHATSAPP_MEDIA is not host:port of loopback')
  const file = env['SEALDESK_WHATSAPP_MEDIA_CA']
  if (!file) throw new EndpointRefused('SEALDESK_WHATSAPP_MEDIA_CA is missing')
  return { host, ca: readFileSync(file, 'utf8') }
}

function readTelegram(env: Record<string, string | undefined>): TelegramEndpoint | null {
  const address = env['SEALDESK_TELEGRAM_ADDRESS']
  if (!address) return null
  const parsed = URL.canParse(`tcp://${address}`) ? new URL(`tcp://${address}`) : null
  if (!parsed?.port || !loopback(parsed.hostname))
    throw new EndpointRefused('SEALDESK_TELEGRAM_ADDRESS is not loopback')
  const file = env['SEALDESK_TELEGRAM_RSA']
  if (!file) throw new EndpointRefused('SEALDESK_TELEGRAM_RSA is missing')
  return { host: parsed.hostname, port: Number(parsed.port), rsaPublicKey: readFileSync(file, 'utf8') }
}
