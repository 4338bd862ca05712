/** Fifty plaintexts that nothing else contains: names, numbers, addresses, customers' texts and answers, on both channels. */
import type { Channel } from '../../shared/contracts/neutral-message.ts'
import { secretText, type Secret } from './secret-scan.ts'
import type { CompanyCustomer, SmallCompany } from './small-company.ts'

interface Script {
  channel: Channel
  name: string
  says: [string, string]
  answer: string
}

const scripts: Script[] = [
  {
    channel: 'whatsapp',
    name: '欧阳晓岚',
    says: ['三十六台蓝色样机的报价发给我', '交货地点改到宁波北仑码头'],
    answer: '报价单今晚八点前发到您手上',
  },
  {
    channel: 'whatsapp',
    name: 'Gwendolyn Ashcombe',
    says: ['the umber pallets arrived with two cracked corners', 'please invoice the Harrogate depot instead'],
    answer: 'a replacement pallet leaves on Thursday at dawn',
  },
  {
    channel: 'whatsapp',
    name: 'Käthe Grünwald',
    says: ['die Überweisung über 48.913 Euro ist unterwegs', 'bitte schützen Sie die Maße vor Übergrößen'],
    answer: 'der Schlüssel liegt beim Pförtner in Gräfelfing',
  },
  {
    channel: 'whatsapp',
    name: '司马靖远',
    says: ['合同编号七零四二请盖章寄回', '样品颜色要比上次再深一点'],
    answer: '公章已盖，顺丰单号稍后给您',
  },
  {
    channel: 'whatsapp',
    name: 'Thaddeus Okonjo-Pryce',
    says: ['our ceiling is 17,350 per container', 'nobody at Quillfeather may learn this figure'],
    answer: 'understood, 17,200 if you sign before Epiphany',
  },
  {
    channel: 'telegram',
    name: 'Jörg Müßiggang',
    says: ['die Prüfbögen für Halle Süd fehlen noch', 'wir zahlen höchstens 9.871 je Lieferung'],
    answer: 'die Prüfbögen gehen morgen früh per Kurier hinaus',
  },
  {
    channel: 'telegram',
    name: '端木清荷',
    says: ['请把定金退到浦发那个账户', '这批货千万不要让同行知道'],
    answer: '定金三个工作日内原路退回',
  },
  {
    channel: 'telegram',
    name: 'Rosalind Featherstonehaugh',
    says: ['the marzipan moulds must be walnut, not beech', 'my direct line is only for you'],
    answer: 'walnut it is, forty-one moulds by Candlemas',
  },
  {
    channel: 'telegram',
    name: 'Bärbel Löwenstrauß',
    says: ['Rückruf bitte erst nach der Weinlese', 'das Angebot der Konkurrenz lag bei 6.204'],
    answer: 'für Sie sind es 6.150, ungeprüft und unter uns',
  },
  {
    channel: 'telegram',
    name: 'Ignatius Wolverhampton',
    says: ['ship the velvet to the chapel, not the shop', 'the password of the gate is heliotrope'],
    answer: 'the velvet leaves with the Tuesday barge',
  },
]

export interface Planted {
  customers: (CompanyCustomer & Script)[]
  /** The fifty: by name, never printed themselves. */
  secrets: Secret[]
  /** Texts in both directions that the vault must hold. */
  texts: string[]
}

/** The customers write, the salesperson answers each; resolves when the vault has acknowledged all of it. */
export async function plant(company: SmallCompany, firstOnly = false): Promise<Planted> {
  const planted: Planted = { customers: [], secrets: [], texts: [] }
  for (const script of firstOnly ? scripts.filter((_, n) => n % 5 < 2) : scripts) {
    const customer = { ...(await company.addCustomer(script.channel, script.name)), ...script }
    const n = planted.customers.push(customer)
    planted.texts.push(...script.says, script.answer)
    planted.secrets.push(
      secretText(`name ${n}`, script.name),
      secretText(`text ${n}.1`, script.says[0]),
      secretText(`text ${n}.2`, script.says[1]),
      secretText(`answer ${n}`, script.answer),
      // What identifies a customer: the number on WhatsApp, the user id on Telegram.
      secretText(`number ${n}`, script.channel === 'whatsapp' ? customer.phone : customer.address),
    )
  }
  await Promise.all(planted.customers.map((customer) => converse(company, customer)))
  await untilVaultHasAll(company)
  return planted
}

async function converse(company: SmallCompany, customer: CompanyCustomer & Script): Promise<void> {
  const { control, engine } = company
  const account = company.account(customer.channel)
  for (const text of customer.says) await control.say(customer.id, account.simulated.id, text)
  const recorded = await engine.event('recorded', (line) => line['text'] === customer.says[1])
  const { message } = await engine.ask({ send: { conversation: recorded['conversation'], text: customer.answer } })
  await engine.event('state', (line) => line['message'] === message && line['state'] === 'sent')
}

/** Everything in the ledger is acknowledged and nothing is on its way. */
export async function untilVaultHasAll(company: SmallCompany, deadlineMs = 30_000): Promise<void> {
  const end = Date.now() + deadlineMs
  let quiet = 0
  for (;;) {
    const { vault } = await company.engine.ask({ status: {} })
    const { waiting, connected } = vault as { waiting: number; connected: boolean }
    quiet = connected && waiting === 0 ? quiet + 1 : 0
    if (quiet >= 3) return
    if (Date.now() > end) throw new Error(`${waiting} events still wait for the vault`)
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}
