/** For tests: the far end of the provider's interface, which does nothing but what a test says. */
import type { ProviderChannel, SendOutcome, SendRequest } from '../channels/channel.ts'

const nothing = (): Promise<void> => Promise.resolve()

export function scriptedChannel(script: Partial<ProviderChannel>): ProviderChannel {
  return {
    name: 'whatsapp',
    repeatsSafely: false,
    start: nothing,
    stop: nothing,
    pair: nothing,
    code: nothing,
    password: nothing,
    cancelPairing: nothing,
    markRead: nothing,
    attend: () => {},
    unlink: nothing,
    removeDevice: nothing,
    newClientId: () => 'unused',
    send: () => new Promise(() => {}),
    download: () => {
      throw new Error('nothing is offered')
    },
    refreshMedia: () => Promise.resolve(null),
    changeGroup: () => Promise.resolve({ address: null, link: null }),
    listDevices: () => Promise.resolve([]),
    translate: () => [],
    ...script,
  }
}

/** Answers what is handed over in turn, and remembers it; what no answer is left for gets none. `all`: the last answer was asked for. */
export function answeringChannel(
  repeatsSafely: boolean,
  answers: SendOutcome[],
): { channel: ProviderChannel; handed: SendRequest[]; all: Promise<void> } {
  const handed: SendRequest[] = []
  let done: () => void
  const all = new Promise<void>((resolve) => (done = resolve))
  const channel = scriptedChannel({
    repeatsSafely,
    send: (request) => {
      handed.push(request)
      const answer = answers[handed.length - 1]
      if (answers.length === handed.length) setImmediate(() => done())
      return answer ? Promise.resolve(answer) : new Promise(() => {})
    },
  })
  return { channel, handed, all }
}
