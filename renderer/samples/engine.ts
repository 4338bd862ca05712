/** The engine's end of the line for tests: the real calling side, answered by what a test gives. */
import { CodedError, answer, createCaller, type Client, type Handlers } from '../../shared/contracts/contract.ts'
import { windowContract } from '../../shared/contracts/window.ts'

export type Answers = Partial<Handlers<typeof windowContract>>

/** Calls without an answer are refused; one that never resolves runs into the deadline of 200 ms. */
export function sampleEngine(answers: Answers): Client<typeof windowContract> {
  const refuse = (): never => {
    throw new CodedError('unexpected', 'not asked for in this test')
  }
  const handlers = new Proxy({} as Handlers<typeof windowContract>, {
    getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true }),
    get: (_target, method: keyof typeof windowContract) => answers[method] ?? refuse,
  })
  const caller = createCaller(
    windowContract,
    (request) =>
      void answer(windowContract, handlers, undefined, request, () => {}).then((reply) => caller.receive(reply)),
    { set: (run, ms) => setTimeout(run, ms), clear: (timer) => clearTimeout(timer as number) },
    200,
  )
  return caller.call
}
