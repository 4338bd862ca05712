/**
 * TEST KEY: the simulator's fixed RSA key pair. It protects nothing, is public on purpose and belongs to no real server.
 * Fixed, because some clients do not find a key whose fingerprint begins with a zero nibble.
 */
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import { TlWriter } from './tl-codec.ts'

const TEST_PRIVATE_KEY_PEM = `-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCKXXkf2PRbBOUc
92N6XLjxKJqvK0ttdI7/K4MEWNAQ531GUV0YdNIEoBQQEhdizVEWwly9HyoQhhSv
hLrC9VHdgrznM7uiVh0/Jue0MQd0WrfjIb+Z4C7++JaZRhEwqq7yf+zHKv08gzK+
6lvIdRZXeYPxuDVxY94QyzJuz3t5tMJLPeoJGEnz+H/l5lyV1ygErE1krVLs83nc
q6qxr4a6AAS37DPYrDrWkZ2WbbWiqIPCKTrP+eYMwdUChIucDra5ZE2kSSpVX5JV
t/U1yMlDrMsEUEfizGuIoYxy2anxeTntF7j7qaF5NPLN39/lLozJOstZQD+Tjqr2
zvcyxyZFAgMBAAECggEACIetLy+wlsjlOAUvUoyTUTiz2o80efW42BXOYK75+sTO
pg5fiyGujd7xhbEb1Hk8YccPMRCSBw1BCrYHznuRtbJ441b+3wnoiStkluj74Ooz
0nKS7ZFSzGC2ZhIZ/rJTETueNQQbMwcSko7/pArF2xQwdG8rCkfCGa5xOEAdyFmr
droT2beO7q0enIgAcPnzVMv3mVy4tmYhz14ctMgvpc5C5gRud5nw4fJTsTIIkBIP
E0r759RjS0egRGknBpQJi260HKC9mSnP9p0pxCPq+21F0lFj0VWWDF2VPe/3mGl1
reHIXUvMzsH+9UexyA5nnGO3aj2/0V7/KXEqd5BqQQKBgQDBmvrfclvqoDJ94P3c
0pb0J5tmTHLdP1KU5775PCUNXhXwSfaYh2AJKh5m/l4ne6/uD5wBIzYg4xi++oVS
I1xfNu6V8UKQwYp6glQFlVmCtlC+5zxi3M5EXNJ/LxRVNEd8tHfMkjtq+oh0babV
H387BxEGAFAEOzvGKRUavNJrBQKBgQC29QHqbffH8IdfKw+gic3ENAsw2/toys0H
ZOwufujXS1nSg9SIUpYno0fpfxDai3zgUOwZEiRPkTs+jJaBnF2eVbnge9Sj4URV
ZyCvNyV3ahka4xqB5QC+EmBVxBED7Y1a/OBY8lilsTOyA7xXSENSyQh4cae5wuEj
6p1GTxcyQQKBgG26gOWT0zSvhu6BTmCRmqzWpeTc/10WPp/WmQ55YCarZJPD19er
ImsPTBvjn0mReKzce/bJFiydibD0HAvprrjoUWD6VFfm2a2FoElp1EmZOzp3pGoD
64Qjd8pNzKBd+QZc4mk3mCWRyTTz0NKJ/3pdDvDvzGoZiE9PiX6V9kxhAoGALK+k
+yRG28/U0JrM41IlLuHjRdjFDDBUaZTt1uFqb4NY+gD2/SDmyeGoo9BERozBQGyj
bfAvbDu1s65U6G1PtGeN0dWM90YDEbTxl7opbYQ9g4Kqq8VKLCKC4w/TdBkmaG3R
QghXPIkOblFZRBxDTUoKxphD9iwyHzqjlVOl/8ECgYBUtogHtP/Jua9j76RX7eGF
r2llBhWfcOrTby3QTiC20mdIWLXKFX1baHEqYqP5N6mh6TgmR3T6v6y8dqCpBMr7
ii/XPLqbyezy/H4WxTzGP3AVS79zmKsfeU7TgBWD0JFf9XXY/uiy1sCLwhbuZmwV
Nr9U9nIw53ZrdgtUWIVLyA==
-----END PRIVATE KEY-----`

export const testPrivateKey = createPrivateKey(TEST_PRIVATE_KEY_PEM)

/** Public half as PEM text in the form that Telegram publishes its own keys in (PKCS #1). */
export const testPublicKeyPem = createPublicKey(testPrivateKey).export({ type: 'pkcs1', format: 'pem' }).toString()

/** Telegram's fingerprint: the low 64 bits of SHA-1 over the TL bytes of modulus and exponent. */
export const testKeyFingerprint = (() => {
  const jwk = createPublicKey(testPrivateKey).export({ format: 'jwk' })
  const parts = new TlWriter()
  for (const part of [jwk.n, jwk.e]) parts.bytes(Buffer.from(part ?? '', 'base64url'))
  return createHash('sha1').update(parts.result()).digest().readBigInt64LE(12)
})()
