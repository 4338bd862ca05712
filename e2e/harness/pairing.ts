/** Pairs an account of a headless engine with its simulated phone. */
import type { SimulatedAccount } from '../simulators/provider.ts'
import type { Control } from './control.ts'
import type { EngineClient } from './engine.ts'
import type { Line } from './line-log.ts'

/** `account` is the vault's id, `simulated` the provider's account. Resolves when it is live. */
export async function pairAccount(
  engine: EngineClient,
  control: Control,
  account: string,
  simulated: SimulatedAccount,
): Promise<void> {
  await engine.accountState(account, 'unpaired')
  const from = engine.process.lines.length
  const next = (fits: (line: Line) => boolean): Promise<Line> =>
    engine.process.wait((line) => line['account'] === account && fits(line), 30_000, from)
  if (simulated.channel === 'whatsapp') {
    await engine.ask({ pair: { account, method: 'qr' } })
    const qr = await next((line) => line['event'] === 'qr')
    await control.pair(simulated.id, String(qr['text']))
  } else {
    await engine.ask({ pair: { account, method: 'phone', phone: simulated.phone } })
    await next((line) => pairingStep(line) === 'code-needed')
    await engine.ask({ code: { account, value: await control.code(simulated.phone) } })
  }
  await next((line) => line['event'] === 'account' && line['state'] === 'live')
}

function pairingStep(line: Record<string, unknown>): string | undefined {
  return (line['pairing'] as { step?: string } | undefined)?.step
}
