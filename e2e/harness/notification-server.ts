/** A desktop's notification server on a session bus of its own: what programs really show, and a person's clicks on it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@homebridge/dbus-native'
import { endProcess } from '../../scripts/virtual-display.ts'
import { eventually } from './eventually.ts'

const startMs = 10_000
const name = 'org.freedesktop.Notifications'
const path = '/org/freedesktop/Notifications'
const becamePrimaryOwner = 1
/** Reasons of the protocol for the end of a notification. */
const dismissed = 2
const closedByProgram = 3

export interface ShownNotification {
  id: number
  title: string
  /** As it came: markup for those who read it. */
  body: string
}

/** Nobody says who he is: the window's user is another one than the test's, and none that the system has a name for. */
const busConfig = (
  socket: string,
): string => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${socket}</listen>
  <auth>ANONYMOUS</auth>
  <allow_anonymous/>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
`

/** The methods of the protocol, by their names there. */
class Served extends EventEmitter {
  readonly shown = new Map<number, ShownNotification>()
  readonly all: ShownNotification[] = []

  Notify(_program: string, replaces: number, _icon: string, title: string, body: string): number {
    const id = replaces === 0 ? this.all.length + 1 : replaces
    const one = { id, title, body }
    this.all.push(one)
    this.shown.set(id, one)
    return id
  }
  CloseNotification(id: number): void {
    this.end(id, closedByProgram)
  }
  GetCapabilities(): string[] {
    return ['actions', 'body', 'body-markup']
  }
  GetServerInformation(): string[] {
    return ['e2e', 'sealdesk', '1', '1.2']
  }
  end(id: number, reason: number): void {
    if (this.shown.delete(id)) this.emit('NotificationClosed', id, reason)
  }
}

const served = {
  name,
  methods: {
    Notify: ['susssasa{sv}i', 'u'],
    CloseNotification: ['u', ''],
    GetCapabilities: ['', 'as'],
    GetServerInformation: ['', 'ssss'],
  } satisfies Record<string, [string, string]>,
  signals: {
    NotificationClosed: ['uu', 'id', 'reason'],
    ActionInvoked: ['us', 'id', 'action'],
  } satisfies Record<string, [string, ...string[]]>,
}

export class NotificationServer {
  /** For DBUS_SESSION_BUS_ADDRESS. */
  readonly address: string
  readonly #daemon: ChildProcess
  readonly #served: Served
  readonly #end: () => void

  private constructor(address: string, daemon: ChildProcess, made: Served, end: () => void) {
    this.address = address
    this.#daemon = daemon
    this.#served = made
    this.#end = end
  }

  /** `folder`: others must be able to pass through it. */
  static async start(folder: string): Promise<NotificationServer> {
    const socket = join(folder, 'bus')
    const config = join(folder, 'bus.conf')
    writeFileSync(config, busConfig(socket))
    const daemon = await startDaemon(config)
    const address = `unix:path=${socket}`
    const bus = createClient({ busAddress: address, authMethods: ['ANONYMOUS'] })
    const made = new Served()
    // The bus may end while something is still being said.
    bus.connection.on('error', () => {})
    bus.exportInterface(made, path, served)
    await new Promise<void>((resolve, reject) => {
      bus.requestName(name, 0, (error, code) => {
        if (error || code !== becamePrimaryOwner) reject(new Error(`the bus gives no name: ${String(error?.message)}`))
        else resolve()
      })
    })
    return new NotificationServer(address, daemon, made, () => bus.connection.end())
  }

  /** What stands on the desktop now, oldest first. */
  get shown(): ShownNotification[] {
    return [...this.#served.shown.values()]
  }

  /** How often something was put there. */
  get count(): number {
    return this.#served.all.length
  }

  /** Waits until exactly these stand there. */
  async until(fits: (shown: ShownNotification[]) => boolean, deadlineMs = 20_000): Promise<ShownNotification[]> {
    return eventually(() => Promise.resolve(this.shown), fits, { deadlineMs })
  }

  /** As servers do: the action first, then the end. */
  click({ id }: ShownNotification): void {
    this.#served.emit('ActionInvoked', id, 'default')
    this.#served.end(id, dismissed)
  }

  dismiss({ id }: ShownNotification): void {
    this.#served.end(id, dismissed)
  }

  async stop(): Promise<void> {
    this.#end()
    await endProcess(this.#daemon, 5_000)
  }
}

function startDaemon(config: string): Promise<ChildProcess> {
  const daemon = spawn('dbus-daemon', [`--config-file=${config}`, '--nofork', '--nopidfile', '--print-address'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  process.once('exit', () => daemon.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => reject(new Error(`the bus does not start: ${said}`)), startMs)
    daemon.stderr.on('data', (part: Buffer) => (said += part.toString()))
    daemon.once('error', () => reject(new Error('dbus-daemon is missing: apt-get install dbus-daemon')))
    daemon.once('exit', () => reject(new Error(`the bus ended: ${said}`)))
    // Its address, which it says once it listens.
    daemon.stdout.once('data', () => {
      clearTimeout(timer)
      resolve(daemon)
    })
  })
}
