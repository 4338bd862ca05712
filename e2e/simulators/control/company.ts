/** The seeded demo company: its accounts and the people who write to them. */
import type { Channel } from '../../../shared/contracts/neutral-message.ts'
import type { SimulatedAccount, SimulatedCustomer } from '../provider.ts'
import type { SimulatorDirectory } from './directory.ts'

export type CompanySize = 'small'

export interface CompanyCustomer {
  customer: SimulatedCustomer
  account: SimulatedAccount
  /** What this customer opens the conversation with, once the account is logged in for the first time. */
  openings: string[]
}

interface AccountPlan {
  channel: Channel
  name: string
  phone: string
  customers: { name: string; language: string; openings: string[] }[]
}

const SMALL: AccountPlan[] = [
  {
    channel: 'whatsapp',
    name: 'WhatsApp Brazil 1',
    phone: '5511940028922',
    customers: [
      {
        name: 'Ana Souza',
        language: 'pt',
        openings: ['Bom dia! Vocês ainda têm o modelo X200?', 'Preciso de 40 unidades para a semana que vem.'],
      },
      { name: 'Carlos Lima', language: 'pt', openings: ['Oi, o pedido 1187 já saiu para entrega?'] },
      {
        name: 'Fernanda Alves',
        language: 'pt',
        openings: ['Boa tarde, pode me mandar a tabela de preços atualizada?'],
      },
      { name: 'María Fernández', language: 'es', openings: ['Hola, ¿hacen envíos a Montevideo?', '¿Y cuánto demora?'] },
    ],
  },
  {
    channel: 'whatsapp',
    name: 'WhatsApp Asia 1',
    phone: '6591234567',
    customers: [
      { name: '李伟', language: 'zh', openings: ['你好，请问这款现在有现货吗？', '我们大概需要两百件。'] },
      { name: '陈晓梅', language: 'zh', openings: ['上次的报价单可以再发一份吗？'] },
      { name: 'Priya Nair', language: 'en', openings: ['Hello, is the sample kit available in Singapore?'] },
      { name: 'James Tan', language: 'en', openings: ['Morning! Could you confirm the invoice for September?'] },
    ],
  },
  {
    channel: 'telegram',
    name: 'Telegram Main',
    phone: '493012345678',
    customers: [
      {
        name: 'Lukas Schneider',
        language: 'de',
        openings: ['Guten Tag, ich hätte eine Frage zu Ihrer Lieferzeit.', 'Geht das noch vor Monatsende?'],
      },
      { name: 'Katharina Vogel', language: 'de', openings: ['Hallo, die Rechnung 2041 fehlt mir noch.'] },
      { name: 'Oliver Grant', language: 'en', openings: ['Hi, we would like to extend our contract for a year.'] },
      { name: 'Javier Morales', language: 'es', openings: ['Buenos días, ¿me pasan el catálogo nuevo?'] },
    ],
  },
]

/** Adds the company's accounts and customers to the simulators. The same every time: names and order are fixed. */
export function addCompany(directory: SimulatorDirectory, _size: CompanySize): CompanyCustomer[] {
  return SMALL.flatMap(({ channel, name, phone, customers }) => {
    const account = directory.addAccount({ channel, name, phone })
    return customers.map(({ openings, ...person }) => ({
      customer: directory.addCustomer({ channel, ...person }),
      account,
      openings,
    }))
  })
}
