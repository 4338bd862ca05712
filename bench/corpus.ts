/** Seeded messages as customers write them: Chinese, English, German and mixtures, short and long. */
import type { ChannelEvent } from '../engine/channels/channel.ts'

/** mulberry32: the same messages in every run. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const chinese =
  '报价单 发货 客户 合同 什么时候 价格 样品 的 好 我们 工厂 数量 包装 付款 订金 尾款 海运 空运 交期 质量 颜色 尺寸 图片 请问 可以 今天 明天 下周 已经 收到 确认 谢谢 没问题 稍等 最低 起订量 目录 认证 出口 港口'.split(
    ' ',
  )
const english =
  'price shipment sample contract order when factory a invoice please confirm the quantity delivery container deposit balance colour size catalogue certificate thanks tomorrow next week received could you send photos of packaging port minimum'.split(
    ' ',
  )
const german =
  'Lieferung Straße Größe Angebot Rechnung für Übergabe Muster bitte bestätigen Menge Anzahlung Farbe Katalog Zertifikat danke morgen nächste Woche erhalten könnten Sie Bilder der Verpackung Hafen Mindestmenge und wann'.split(
    ' ',
  )

function sentence(random: () => number, language: number): string {
  const words = [chinese, english, german][language]!
  const length = random() < 0.08 ? 30 + Math.floor(random() * 40) : 2 + Math.floor(random() * 14)
  const picked = Array.from({ length }, () => words[Math.floor(random() * words.length)]!)
  if (random() < 0.3) picked.splice(1, 0, String(Math.floor(random() * 100_000)))
  if (language === 0) return `${picked.join('').replace(/(.{9})/gu, '$1，')}。`
  return `${picked.join(' ')}${random() < 0.4 ? '?' : '.'}`
}

export function createTexts(count: number, seed: number): string[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, (_, i) => {
    const text = sentence(random, i % 3)
    // Many write their own language and name products in another.
    return random() < 0.05 ? `${text} ${sentence(random, (i + 1) % 3)}` : text
  })
}

export type MessageEvent = Extract<ChannelEvent, { type: 'message' }>

/** Inbound WhatsApp text messages of 60 customers, a few seconds apart, each with raw bytes of a usual size. */
export function createMessageEvents(count: number, seed: number): MessageEvent[] {
  const random = createRandom(seed + 1)
  return createTexts(count, seed).map((text, i) => {
    const customer = Math.floor(random() * 60)
    const address = `${100_000_000_000 + customer * 7919}@lid`
    return {
      type: 'message',
      peer: { address, aliases: [`4915${10_000_000 + customer}@s.whatsapp.net`], name: `Customer ${customer}` },
      author: null,
      direction: 'in',
      path: 'live',
      message: {
        channel: 'whatsapp',
        kind: 'text',
        chat: address,
        author: address,
        providerId: `3EB0${i.toString(16).toUpperCase().padStart(16, '0')}`,
        time: 1_700_000_000_000 + i * 3000,
        text,
        entities: [],
        reply: null,
        target: null,
        media: null,
        details: null,
      },
      clientId: null,
      media: null,
      raw: Buffer.from(JSON.stringify({ key: { remoteJid: address, id: i }, message: { conversation: text } })),
    }
  })
}
