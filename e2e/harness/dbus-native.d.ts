/** What of the library's server side its own types leave out. */
import type { EventEmitter } from 'node:events'

declare module '@homebridge/dbus-native' {
  interface ExportedInterface {
    name: string
    /** Signature of what is taken and of what is answered. */
    methods: Record<string, [string, string]>
    signals: Record<string, [string, ...string[]]>
  }
  interface BusError {
    name?: string
    message: unknown
  }
  interface ServingBus {
    connection: EventEmitter & { end(): void }
    requestName(name: string, flags: number, done: (error: BusError | null, code?: number) => void): void
    /** Methods are called by their names with what came, then the message; `emit` of a listed signal goes over the bus. */
    exportInterface(object: EventEmitter, path: string, exported: ExportedInterface): void
  }
  export function createClient(options: { busAddress: string; authMethods: string[] }): ServingBus
}
