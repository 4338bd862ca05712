/** The window's line to the engine: one MessagePort at a time, each handed over by the preload; a new one replaces the old. */
import { CodedError, createCaller, type Caller, type Client } from '../../shared/contracts/contract.ts'
import { portHandover, windowContract, windowEventSchema, type WindowEvent } from '../../shared/contracts/window.ts'

export type Call = Client<typeof windowContract>

export interface EngineLine {
  /** Goes to whichever engine is connected; rejects with `engine_away` while none is. */
  call: Call
}

export interface LineListener {
  /** A new engine answers: everything is to be fetched again. */
  onConnected(): void
  onEvent(event: WindowEvent): void
  /** The engine is gone; another one follows by itself. */
  onLost(): void
}

const timers = {
  set: (run: () => void, ms: number): unknown => window.setTimeout(run, ms),
  clear: (timer: unknown): void => window.clearTimeout(Number(timer)),
}

/** Listens for ports on this window; only the preload of this page can post from its own origin. */
export function openEngineLine(listener: LineListener): EngineLine {
  let current: { port: MessagePort; caller: Caller<typeof windowContract> } | null = null

  const drop = (code: string): void => {
    const old = current
    current = null
    old?.port.close()
    old?.caller.close({ code, message: 'the engine is gone' })
  }

  const accept = (port: MessagePort): void => {
    drop('engine_away')
    const caller = createCaller(windowContract, (request) => port.postMessage(request), timers)
    current = { port, caller }
    port.addEventListener('message', (message: MessageEvent<unknown>) => {
      if (current?.port !== port || caller.receive(message.data)) return
      const event = windowEventSchema.safeParse(message.data)
      if (event.success) listener.onEvent(event.data)
      else reportError(new CodedError('event_malformed', event.error.message))
    })
    port.addEventListener('close', () => {
      if (current?.port !== port) return
      drop('engine_away')
      listener.onLost()
    })
    port.start()
    listener.onConnected()
  }

  window.addEventListener('message', (message: MessageEvent<unknown>) => {
    if (message.source !== window || message.origin !== window.location.origin) return
    const port = message.ports[0]
    if (message.data === portHandover && port) accept(port)
  })

  return {
    call: (method, input) =>
      current
        ? current.caller.call(method, input)
        : Promise.reject(new CodedError('engine_away', 'no engine is connected')),
  }
}
