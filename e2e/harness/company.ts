/** Provisions the demo company in a vault: people, accounts, and an enrolment code for the salesperson's workstation. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SimulatedAccount } from '../simulators/provider.ts'
import { addAccount, addEmployee, enrolmentCode, type Login } from './vault.ts'

export interface DemoCompany {
  employee: string
  code: string
  manager: Login
  /** Vault account id per simulated account. */
  accounts: { id: string; simulated: SimulatedAccount }[]
}

/** The Telegram application that simulated accounts use; the real ones belong to each company. */
export const demoTelegramApi = { id: 4242, hash: '0123456789abcdef0123456789abcdef' }

export async function provisionCompany(
  data: string,
  simulated: SimulatedAccount[],
  salesperson = 'Julia Berg',
): Promise<DemoCompany> {
  const telegramApiFile = join(data, 'demo-telegram-api.json')
  writeFileSync(telegramApiFile, JSON.stringify(demoTelegramApi), { mode: 0o600 })
  const { employee } = await addEmployee(data, salesperson, 'salesperson', 'Sales')
  const manager = await addEmployee(data, 'Martin Keller', 'manager', 'Sales')
  const accounts: DemoCompany['accounts'] = []
  for (const one of simulated) {
    accounts.push({
      id: await addAccount(data, { channel: one.channel, name: one.name, employee, telegramApiFile }),
      simulated: one,
    })
  }
  if (!manager.login) throw new Error('the vault made no login for the manager')
  return { employee, code: await enrolmentCode(data, employee), manager: manager.login, accounts }
}
