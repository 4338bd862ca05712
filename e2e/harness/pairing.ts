/** Pairs an account of a headless engine with its simulated phone. */
import type { SimulatedAccount } from '../simulators/provider.ts'
import type { Control } from './control.ts'
import type { EngineClient } from './engine.ts'

/** `account` is the vault's id, `simulated` the provider's account. Resolves when it is live. */
export async function pairAccount(
  engine: EngineClient,
  control: Control,
  account: string,
  simulated: SimulatedAccount,
): Promise<void> {
  await engine.accountState(account, 'unpaired')
  if (simulated.channel === 'whatsapp') {
    await engine.ask({ pair: { account, method: 'qr' } })
    const qr = await engine.event('qr', (line) => line['account'] === account)
    await control.pair(simulated.id, String(qr['text']))
  } else {
    await engine.ask({ pair: { account, method: 'phone', phone: simulated.phone } })
    await engine.event('account', (line) => line['account'] === account && pairingStep(line) === 'code-needed')
    await engine.ask({ code: { account, value: await control.code(simulated.phone) } })
  }
  await engine.accountState(account, 'live')
}

function pairingStep(line: Record<string, unknown>): string | undefined {
  return (line['pairing'] as { step?: string } | undefined)?.step
}
