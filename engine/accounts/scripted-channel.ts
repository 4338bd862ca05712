/** For tests: the far end of the provider's interface, which does nothing but what a test says. */
import type { ProviderChannel } from '../channels/channel.ts'

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
