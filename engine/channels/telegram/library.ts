/** The one place that loads the `telegram` package: only when an account connects, because it costs 40 MiB and a second. */
import { repairReading } from './tolerant-reading.ts'

async function importLibrary() {
  await repairLibrary()
  const [main, sessions, sockets, logger, keys, rsa, updates, helpers, password, network, tools] = await Promise.all([
    import('telegram/index.js'),
    import('telegram/sessions/index.js'),
    import('telegram/extensions/index.js'),
    import('telegram/extensions/Logger.js'),
    import('telegram/crypto/AuthKey.js'),
    import('telegram/crypto/RSA.js'),
    import('telegram/client/updates/index.js'),
    import('telegram/Helpers.js'),
    import('telegram/Password.js'),
    import('telegram/network/index.js'),
    import('telegram/Utils.js'),
  ])
  return {
    Api: main.Api,
    TelegramClient: main.TelegramClient,
    MemorySession: sessions.MemorySession,
    PromisedNetSockets: sockets.PromisedNetSockets,
    ConnectionTCPFull: network.ConnectionTCPFull,
    Logger: logger.Logger,
    LogLevel: logger.LogLevel,
    AuthKey: keys.AuthKey,
    rsa,
    UpdateManager: updates.UpdateManager,
    UpdateConnectionState: network.UpdateConnectionState,
    /** The library takes only its own kind of big integers. */
    toLong: helpers.returnBigInt,
    toInteger: helpers.readBigIntFromBuffer,
    expandThumbnail: (bytes: Buffer): Buffer => tools.strippedPhotoToJpg(bytes),
    computeCheck: password.computeCheck,
  }
}

/** Before anybody can make a client that reads as the library does by itself. */
async function repairLibrary(): Promise<void> {
  const [main, extensions, core, state, dispatcher, definitions] = await Promise.all([
    import('telegram/index.js'),
    import('telegram/extensions/index.js'),
    import('telegram/tl/core/index.js'),
    import('telegram/network/MTProtoState.js'),
    import('telegram/network/MtpDispatcher.js'),
    import('telegram/tl/generated/api-definitions.js'),
  ])
  repairReading({
    BinaryReader: extensions.BinaryReader,
    MessageContainer: core.MessageContainer,
    TLMessage: core.TLMessage,
    GZIPPacked: core.GZIPPacked,
    MTProtoState: state.MTProtoState,
    MtpDispatcher: dispatcher.MtpDispatcher,
    definitions: definitions.default,
    Api: main.Api,
  })
}

export type TelegramLibrary = Awaited<ReturnType<typeof importLibrary>>

let loading: Promise<TelegramLibrary> | null = null

export function loadLibrary(): Promise<TelegramLibrary> {
  loading ??= importLibrary()
  return loading
}
