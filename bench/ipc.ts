/** ipc: a page of 1000 messages over a real MessagePort between two threads, parsed by the contract, against the bare port. */
import { once } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'
import { answer, type Handlers } from '../shared/contracts/contract.ts'
import { windowContract, type MessageView } from '../shared/contracts/window.ts'
import type { Benchmark, Taken } from './benchmark.ts'
import { createTexts } from './corpus.ts'
import { interleave } from './rounds.ts'

const pageSize = 1000
const pagesPerRound = 40

function createPage(): { messages: MessageView[]; before: string | null } {
  const messages = createTexts(pageSize, 4).map((text, i): MessageView => {
    const at = 1_700_000_000_000 + i * 3000
    return {
      id: `12.${at}.${i + 1}`,
      conversation: 'q3X0bq8mZ0WkQm1Yk2gq5w',
      direction: i % 3 === 0 ? 'out' : 'in',
      path: i % 3 === 0 ? 'workstation' : 'live',
      text,
      clipped: false,
      kind: 'text',
      author: null,
      entities: [],
      details: null,
      media: null,
      reply: null,
      versions: [],
      deleted: null,
      reactions: [],
      votes: [],
      at,
      order: String(i + 1).padStart(15, '0'),
      state: i % 3 === 0 ? 'read' : 'received',
      fault: null,
      writer: null,
      waits: false,
    }
  })
  return { messages, before: '1700000000000.1' }
}

/** What the page thread is asked and says. */
export interface PageRequest {
  side: 'ours' | 'control'
  count: number
}

export const ipc: Benchmark = {
  id: 'ipc',
  what: 'a page of 1000 messages through the window contract / the same objects over a bare MessagePort',
  async run(setting) {
    const page = createPage()
    const handlers = { 'conversation.page': () => page } as unknown as Handlers<typeof windowContract>
    const [contract, bare] = [new MessageChannel(), new MessageChannel()]
    contract.port1.on('message', (message: unknown) => {
      void answer(windowContract, handlers, undefined, message, (error) => {
        throw error
      }).then((reply) => contract.port1.postMessage(reply))
    })
    bare.port1.on('message', () => bare.port1.postMessage(page))
    const worker = new Worker(new URL('./ipc-page.ts', import.meta.url), {
      workerData: { contract: contract.port2, bare: bare.port2, expected: pageSize },
      transferList: [contract.port2, bare.port2],
    })
    const failed = once(worker, 'error').then(([error]) => {
      throw error
    })
    const ask = async (side: PageRequest['side']): Promise<Taken> => {
      const cpu = process.cpuUsage()
      worker.postMessage({ side, count: pagesPerRound } satisfies PageRequest)
      const [samplesMs] = (await Promise.race([once(worker, 'message'), failed])) as [number[]]
      const used = process.cpuUsage(cpu)
      return { samplesMs, cpuMs: (used.user + used.system) / 1000 }
    }
    const rounds = await interleave(setting, { ours: () => ask('ours'), control: () => ask('control') })
    failed.catch(() => {})
    await worker.terminate()
    contract.port1.close()
    bare.port1.close()
    return {
      comparisons: [{ name: 'page', goal: { at: 'most', ratio: 1.5 }, rounds, perSample: null, cpuCounts: true }],
      checks: [],
    }
  },
}
