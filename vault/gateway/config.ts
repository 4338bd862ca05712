/** The gateway process's command line and environment; nothing else here reads either. */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { CodedError } from '../../shared/contracts/contract.ts'
import { openClock } from '../../shared/clock/test-clock.ts'
import type { ClockSource } from '../../shared/clock/clock.ts'

export interface GatewayConfig {
  /** The vault's data folder, absolute. */
  data: string
  host: string
  /** 0: the port of the last start where it is free, otherwise any. */
  port: number
}

/** Splits `HOST:PORT` or `[IPv6]:PORT`. Throws CodedError('bad_address'). */
export function readAddress(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s/]+)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  const host = match?.[1] ?? match?.[2]
  if (!host || !(port <= 65_535)) throw new CodedError('bad_address', `${text} is not HOST:PORT`)
  return { host, port }
}

/** Throws CodedError('bad_address', 'data_missing') or the parser's TypeError for an unknown option. */
export function readGatewayConfig(argv: string[]): GatewayConfig {
  const { values } = parseArgs({
    args: argv,
    options: { data: { type: 'string' }, listen: { type: 'string', default: '127.0.0.1:0' } },
  })
  if (!values.data) throw new CodedError('data_missing', '--data DIR is missing')
  return { data: resolve(values.data), ...readAddress(values.listen) }
}

/** Throws CodedError('endpoint_refused') where this build takes no test endpoint. */
export function openGatewayClock(): Promise<ClockSource> {
  return openClock(process.env)
}
