/** The forms in which Telegram wants to be told whom a request is about; null where this account has no right to name them. */
import type { Api } from 'telegram/index.js'
import type { TelegramLibrary } from './library.ts'
import { channelIdOf, chatIdOf, type PeerStore, userIdOf } from './peers.ts'

type InputPeer = Api.InputPeerUser | Api.InputPeerChat | Api.InputPeerChannel

export function inputPeer(library: TelegramLibrary, peers: PeerStore, address: string): InputPeer | null {
  const { Api, toLong } = library
  const chat = chatIdOf(address)
  if (chat !== null) return new Api.InputPeerChat({ chatId: toLong(chat) })
  const channel = inputChannel(library, peers, address)
  if (channel) return new Api.InputPeerChannel({ channelId: channel.channelId, accessHash: channel.accessHash })
  const user = inputUser(library, peers, address)
  return user && new Api.InputPeerUser({ userId: user.userId, accessHash: user.accessHash })
}

export function inputChannel(library: TelegramLibrary, peers: PeerStore, address: string): Api.InputChannel | null {
  const { Api, toLong } = library
  const id = channelIdOf(address)
  const hash = peers.findGroup(address)?.hash
  if (id === null || !hash) return null
  return new Api.InputChannel({ channelId: toLong(id), accessHash: toLong(hash) })
}

export function inputUser(library: TelegramLibrary, peers: PeerStore, address: string): Api.InputUser | null {
  const { Api, toLong } = library
  const id = userIdOf(address)
  const hash = id === null ? null : peers.find(id)?.hash
  if (id === null || !hash) return null
  return new Api.InputUser({ userId: toLong(id), accessHash: toLong(hash) })
}
