/** The seeded demo company: its accounts, the people who write to them and the groups they share. */
import type { Channel, MediaKind } from '../../../shared/contracts/neutral-message.ts'
import type { SimulatedAccount, SimulatedCustomer, SimulatedGroup } from '../provider.ts'
import type { SimulatorDirectory } from './directory.ts'

export type CompanySize = 'small'

/** A text, or a made-up file with its caption. */
export type Opening = string | { kind: MediaKind; text: string }

export interface CompanyCustomer {
  customer: SimulatedCustomer
  account: SimulatedAccount
  /** What this customer opens the conversation with, once the account is logged in for the first time. */
  openings: Opening[]
}

export interface CompanyGroup {
  group: SimulatedGroup
  account: SimulatedAccount
  openings: { customer: string; said: Opening }[]
}

export interface Company {
  customers: CompanyCustomer[]
  groups: CompanyGroup[]
}

interface AccountPlan {
  channel: Channel
  name: string
  phone: string
  customers: { name: string; language: string; openings: Opening[] }[]
  /** `by`: which of the customers above says it. */
  groups: { subject: string; mega: boolean; openings: { by: number; said: Opening }[] }[]
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
        openings: [
          'Bom dia! Vocês ainda têm o modelo X200?',
          { kind: 'image', text: 'É este aqui, da prateleira de vocês.' },
          'Preciso de 40 unidades para a semana que vem.',
        ],
      },
      {
        name: 'Carlos Lima',
        language: 'pt',
        openings: ['Oi, o pedido 1187 já saiu para entrega?', { kind: 'voice', text: '' }],
      },
      {
        name: 'Fernanda Alves',
        language: 'pt',
        openings: ['Boa tarde, pode me mandar a tabela de preços atualizada?'],
      },
      { name: 'María Fernández', language: 'es', openings: ['Hola, ¿hacen envíos a Montevideo?', '¿Y cuánto demora?'] },
    ],
    groups: [
      {
        subject: 'Revendedores Brasil',
        mega: false,
        openings: [
          { by: 0, said: 'Pessoal, a promoção de novembro vale até quando?' },
          { by: 2, said: { kind: 'image', text: 'Vi este cartaz na loja hoje.' } },
          { by: 1, said: 'Aqui ainda não chegou nada.' },
        ],
      },
    ],
  },
  {
    channel: 'whatsapp',
    name: 'WhatsApp Asia 1',
    phone: '6591234567',
    customers: [
      { name: '李伟', language: 'zh', openings: ['你好，请问这款现在有现货吗？', '我们大概需要两百件。'] },
      {
        name: '陈晓梅',
        language: 'zh',
        openings: ['上次的报价单可以再发一份吗？', { kind: 'document', text: '上次的在这里' }],
      },
      { name: 'Priya Nair', language: 'en', openings: ['Hello, is the sample kit available in Singapore?'] },
      { name: 'James Tan', language: 'en', openings: ['Morning! Could you confirm the invoice for September?'] },
    ],
    groups: [
      {
        subject: 'Asia distributors',
        mega: false,
        openings: [
          { by: 2, said: 'When does the next container leave?' },
          { by: 0, said: { kind: 'voice', text: '' } },
        ],
      },
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
      {
        name: 'Katharina Vogel',
        language: 'de',
        openings: ['Hallo, die Rechnung 2041 fehlt mir noch.', { kind: 'image', text: 'So kam die Ware an.' }],
      },
      { name: 'Oliver Grant', language: 'en', openings: ['Hi, we would like to extend our contract for a year.'] },
      {
        name: 'Javier Morales',
        language: 'es',
        openings: ['Buenos días, ¿me pasan el catálogo nuevo?', { kind: 'voice', text: '' }],
      },
    ],
    groups: [
      {
        subject: 'Händlerrunde DACH',
        mega: true,
        openings: [
          { by: 0, said: 'Wer ist nächste Woche auf der Messe?' },
          { by: 1, said: { kind: 'image', text: 'Unser Stand vom letzten Jahr.' } },
        ],
      },
    ],
  },
]

/** Adds the company's accounts, customers and groups to the simulators. The same every time: names and order are fixed. */
export async function addCompany(directory: SimulatorDirectory, _size: CompanySize): Promise<Company> {
  const company: Company = { customers: [], groups: [] }
  for (const { channel, name, phone, customers, groups } of SMALL) {
    const account = directory.addAccount({ channel, name, phone })
    const people = customers.map(({ openings, ...person }) => ({
      customer: directory.addCustomer({ channel, ...person }),
      account,
      openings,
    }))
    company.customers.push(...people)
    for (const { subject, mega, openings } of groups) {
      const members = [account.id, ...people.map(({ customer }) => customer.id)]
      company.groups.push({
        group: await directory.addGroup({ channel, subject, members, mega }),
        account,
        openings: openings.map(({ by, said }) => ({ customer: people[by]!.customer.id, said })),
      })
    }
  }
  return company
}
