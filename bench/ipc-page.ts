/** The window's side of the ipc benchmark, in a thread of its own. */
import { once } from 'node:events'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { z } from 'zod'
import { createCaller } from '../shared/contracts/contract.ts'
import { windowContract } from '../shared/contracts/window.ts'
import type { PageRequest } from './ipc.ts'

// The window's content policy forbids generated code: schemas are interpreted there, and so they are here.
z.config({ jitless: true })

const { contract, bare, expected } = workerData as { contract: MessagePort; bare: MessagePort; expected: number }
const caller = createCaller(windowContract, (request) => contract.postMessage(request), {
  set: (run, ms) => setTimeout(run, ms),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
})
contract.on('message', (message: unknown) => caller.receive(message))
const request = { conversation: 'q3X0bq8mZ0WkQm1Yk2gq5w', before: '1700003000000.1001', limit: 1000 }

async function askOurs(): Promise<number> {
  return (await caller.call('conversation.page', request)).messages.length
}

async function askBare(): Promise<number> {
  bare.postMessage(request)
  const [page] = (await once(bare, 'message')) as [{ messages: unknown[] }]
  return page.messages.length
}

async function measure({ side, count }: PageRequest): Promise<number[]> {
  const samplesMs: number[] = []
  for (let i = 0; i < count; i++) {
    const startedAt = performance.now()
    const got = side === 'ours' ? await askOurs() : await askBare()
    samplesMs.push(performance.now() - startedAt)
    if (got !== expected) throw new Error(`the page had ${got} messages`)
  }
  return samplesMs
}

parentPort!.on('message', (asked: PageRequest) => {
  void measure(asked).then((samplesMs) => parentPort!.postMessage(samplesMs))
})
