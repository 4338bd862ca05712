/** The one bridge: hands the engine's port to the page. It exposes nothing and never grows. */
import { ipcRenderer } from 'electron'
import type { portHandover } from '../../shared/contracts/window.ts'
import { portChannel } from '../port-channel.ts'

/** The contract's own word, checked by the compiler: importing the value would bring all schemas into the preload. */
const handover: typeof portHandover = 'sealdesk:port'

/** This room is compiled without the DOM's types; this is all of the DOM that is used. */
declare const window: {
  readonly location: { readonly origin: string }
  postMessage(message: string, targetOrigin: string, transfer: readonly unknown[]): void
}

ipcRenderer.on(portChannel, (event) => {
  const port = event.ports[0]
  if (port) window.postMessage(handover, window.location.origin, [port])
})
