/** What the demo company's customers write while traffic runs, per language. */

interface Phrases {
  /** Said of their own accord. */
  news: readonly string[]
  /** Said to an answer that they got. */
  replies: readonly string[]
}

const PORTUGUESE: Phrases = {
  news: [
    'Consegue um desconto para 60 unidades?',
    'O boleto venceu ontem, pode gerar outro?',
    'Qual é o prazo para Curitiba?',
    'Recebemos as caixas, uma veio amassada.',
    'Tem na cor preta também?',
    'Podemos marcar uma ligação amanhã às 10h?',
  ],
  replies: ['Perfeito, obrigada!', 'Combinado então.', 'Vou falar com o meu sócio e aviso.', 'Ótimo, fico no aguardo.'],
}

const CHINESE: Phrases = {
  news: [
    '最快什么时候可以发货？',
    '可以开增值税发票吗？',
    '包装能不能换成我们的标？',
    '这个型号有没有更大的？',
    '我们下周三付款。',
    '物流单号麻烦发一下。',
  ],
  replies: ['好的，谢谢！', '明白了，我确认一下。', '没问题。', '收到，辛苦了。'],
}

const GERMAN: Phrases = {
  news: [
    'Können Sie mir ein Angebot über 25 Stück schicken?',
    'Die Lieferung ist heute angekommen, danke.',
    'Bitte ändern Sie die Lieferadresse für Auftrag 883.',
    'Gibt es dazu auch ein Datenblatt?',
    'Wir brauchen die Ware spätestens am Freitag.',
    'Wer ist bei Ihnen für Reklamationen zuständig?',
  ],
  replies: [
    'Vielen Dank, das hilft mir weiter.',
    'Alles klar.',
    'Passt, so machen wir es.',
    'Ich melde mich morgen dazu.',
  ],
}

const ENGLISH: Phrases = {
  news: [
    'Could you send the tracking number, please?',
    'We are short by two boxes in the last delivery.',
    'What is the price for 500 pieces?',
    'Is there a newer version of the manual?',
    'Please put the next order on hold until Monday.',
    'Do you ship to the warehouse in Leeds as well?',
  ],
  replies: [
    'Great, thank you.',
    'Sounds good to me.',
    'Let me check and come back to you.',
    'Perfect, that was quick!',
  ],
}

const SPANISH: Phrases = {
  news: [
    '¿Tienen disponibilidad para esta semana?',
    'Nos faltó una caja en el último envío.',
    '¿Cuál es el precio por volumen?',
    '¿Me confirman la dirección de entrega?',
    'Necesito la factura a nombre de la empresa.',
    '¿Se puede pagar a treinta días?',
  ],
  replies: ['Muchas gracias.', 'De acuerdo, quedamos así.', 'Lo consulto y les digo.', 'Perfecto, muy amable.'],
}

const BY_LANGUAGE = new Map([
  ['pt', PORTUGUESE],
  ['zh', CHINESE],
  ['de', GERMAN],
  ['en', ENGLISH],
  ['es', SPANISH],
])

/** Phrases of a language (its first two letters count); English where there are none. */
export function phrasesOf(language: string): Phrases {
  return BY_LANGUAGE.get(language.slice(0, 2)) ?? ENGLISH
}
