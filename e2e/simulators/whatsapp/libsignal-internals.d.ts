// The generated protobuf module of libsignal comes without types; these are the parts that the simulator uses.
declare module 'libsignal/src/protobufs.js' {
  interface PreKeyWhisperMessageFields {
    identityKey: Uint8Array
    message: Uint8Array
  }
  export const PreKeyWhisperMessage: {
    decode(bytes: Uint8Array): PreKeyWhisperMessageFields
    encode(message: PreKeyWhisperMessageFields): { finish(): Uint8Array }
  }
}
