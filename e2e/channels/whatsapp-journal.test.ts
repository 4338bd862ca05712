import * as baileys from '@whiskeysockets/baileys'
import type { BinaryNode, SignalKeyStoreWithTransaction } from '@whiskeysockets/baileys'
import { AsyncLocalStorage } from 'node:async_hooks'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openKeyStore } from '../../engine/channels/whatsapp/auth-state.ts'
import { hardenCurve } from '../../engine/channels/whatsapp/harden.ts'
import { libraryLogger } from '../../engine/channels/whatsapp/library-log.ts'
import { silenceSessionPrinting } from '../../engine/channels/whatsapp/session-printing.ts'
import { journalledRepository } from '../../engine/channels/whatsapp/signal-journal.ts'
import type { Envelope } from '../../engine/channels/whatsapp/signal-journal.ts'
import { Undecrypted } from '../../engine/channels/whatsapp/undecrypted.ts'
import { SqliteChannelStore } from './store.ts'

const { addTransactionCapability, generateSignalPubKey, initAuthCreds, proto, signedKeyPair } = baileys
const logger = libraryLogger({ log: () => undefined })
/** Runs in the asynchronous context of nobody's transaction, as the socket's events do. */
const elsewhere = AsyncLocalStorage.snapshot()
const once = { maxCommitRetries: 1, delayBetweenTriesMs: 0 }

/** What the library gets in place of a message that is kept already. */
const NOTHING = Buffer.from([1])

let folder: string
let devices: Device[]

/** One device with its own database; all of them speak real Signal with each other. */
class Device {
  readonly jid: string
  readonly creds = initAuthCreds()
  readonly store: SqliteChannelStore
  readonly keys: SignalKeyStoreWithTransaction
  readonly repository: ReturnType<ReturnType<typeof journalledRepository>>
  readonly #envelopes = new WeakMap<Uint8Array, Envelope>()

  constructor(jid: string) {
    this.jid = jid
    this.store = new SqliteChannelStore(join(folder, `${devices.length}.db`), () => 0)
    this.keys = addTransactionCapability(openKeyStore(baileys, this.store, () => undefined).keys, logger, once)
    const make = journalledRepository(baileys, {
      envelopes: this.#envelopes,
      undecrypted: new Undecrypted(this.store, { now: () => 0 }),
      store: this.store,
      now: () => 0,
      own: () => ({ lid: jid, number: null }),
      active: () => true,
      settled: () => undefined,
      recorded: () => undefined,
      writeFailed: () => undefined,
    })
    this.repository = make({ creds: this.creds, keys: this.keys }, logger, async () => [])
    devices.push(this)
  }

  /** Lets `peer` write to this device by its key bundle; the one-time pre-key is this device's own. */
  async introduceTo(peer: Device, keyId: number): Promise<void> {
    const { keyPair } = signedKeyPair(this.creds.signedIdentityKey, keyId)
    await this.keys.set({ 'pre-key': { [String(keyId)]: keyPair } })
    const { signedPreKey, signedIdentityKey, registrationId } = this.creds
    await peer.repository.injectE2ESession({
      jid: this.jid,
      session: {
        registrationId,
        identityKey: generateSignalPubKey(signedIdentityKey.public),
        signedPreKey: {
          keyId: signedPreKey.keyId,
          publicKey: generateSignalPubKey(signedPreKey.keyPair.public),
          signature: signedPreKey.signature,
        },
        preKey: { keyId, publicKey: generateSignalPubKey(keyPair.public) },
      },
    })
  }

  async encrypt(to: Device, text: string): Promise<{ type: 'pkmsg' | 'msg'; ciphertext: Uint8Array }> {
    const data = Buffer.concat([proto.Message.encode({ conversation: text }).finish(), Buffer.from([1])])
    return this.repository.encryptMessage({ jid: to.jid, data })
  }

  /** As the socket does it: the stanza is known before the library decrypts its content. */
  receive(from: Device, id: string, sealed: Awaited<ReturnType<Device['encrypt']>>): Promise<Uint8Array> {
    const node: BinaryNode = { tag: 'message', attrs: { from: from.jid, id } }
    this.#envelopes.set(sealed.ciphertext, { node })
    return this.repository.decryptMessage({ jid: from.jid, ...sealed })
  }

  written(): { rows: string[]; state: string } {
    const types = ['session', 'pre-key', 'identity-key', 'lid-mapping']
    return {
      rows: this.store.inbox().map(({ key }) => key),
      state: JSON.stringify(types.map((type) => this.store.listState(`key/${type}`))),
    }
  }
}

beforeEach(async () => {
  silenceSessionPrinting(console)
  await hardenCurve(baileys)
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-journal-'))
  devices = []
})

afterEach(() => {
  for (const { store } of devices) store.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('the ratchet step and its message', () => {
  test.each(['the row', 'the session', 'the pre-key'])('a failure at %s leaves nothing of either', async (place) => {
    const account = new Device('100@lid')
    const customer = new Device('200@lid')
    await account.introduceTo(customer, 7)
    const sealed = await customer.encrypt(account, 'hello')
    const before = account.written()
    account.store.sabotage = (write, name) => {
      const here = { 'the row': 'inbox', 'the session': 'key/session', 'the pre-key': 'key/pre-key' }[place]
      if (write === here || name.startsWith(`${here}/`)) throw new Error('disk full')
    }
    await expect(account.receive(customer, 'A', sealed)).rejects.toThrow('disk full')
    expect(account.written()).toEqual(before)
    account.store.sabotage = null
    await account.receive(customer, 'A', sealed)
    expect(account.written().rows).toEqual(['m||200@lid|A'])
    expect(account.store.getState('key/pre-key', '7')).toBeNull()
  })

  test('a message is decrypted and kept once, however often it comes', async () => {
    const account = new Device('100@lid')
    const customer = new Device('200@lid')
    await account.introduceTo(customer, 7)
    const first = await customer.encrypt(account, 'hello')
    await account.receive(customer, 'A', first)
    await customer.receive(account, 'B', await account.encrypt(customer, 'answer'))
    const second = await customer.encrypt(account, 'again')
    expect([first.type, second.type]).toEqual(['pkmsg', 'msg'])
    const plaintext = await account.receive(customer, 'C', second)
    const after = account.written()
    expect(await account.receive(customer, 'A', first)).toEqual(NOTHING)
    expect(await account.receive(customer, 'C', second)).toEqual(NOTHING)
    expect(plaintext).not.toEqual(NOTHING)
    expect(account.written()).toEqual(after)
    expect(account.store.listState('undecrypted')).toEqual([])
  })

  test('what cannot be decrypted is remembered until it comes in a readable form', async () => {
    const account = new Device('100@lid')
    const customer = new Device('200@lid')
    await account.introduceTo(customer, 7)
    const sealed = await customer.encrypt(account, 'hello')
    const ciphertext = Uint8Array.from(sealed.ciphertext)
    // Behind the inner message's MAC stand only the two short ids of a key exchange.
    ciphertext[ciphertext.length - 10] = (ciphertext.at(-10) ?? 0) ^ 255
    const broken = { ...sealed, ciphertext: Buffer.from(ciphertext) }
    const before = account.written()
    await expect(account.receive(customer, 'A', broken)).rejects.toThrow('Bad MAC')
    expect(account.written()).toEqual(before)
    expect(account.store.listState('undecrypted')).toHaveLength(1)
    await account.receive(customer, 'A', sealed)
    expect(account.written().rows).toEqual(['m||200@lid|A'])
    expect(account.store.listState('undecrypted')).toEqual([])
  })

  test('a send that began earlier does not undo the step of a message that came meanwhile', async () => {
    const account = new Device('100@lid')
    const customer = new Device('200@lid')
    await account.introduceTo(customer, 7)
    await account.receive(customer, 'A', await customer.encrypt(account, 'first'))
    await customer.receive(account, 'B', await account.encrypt(customer, 'answer'))
    const sealed = await customer.encrypt(account, 'second')
    const reply = await account.keys.transaction(async () => {
      // The library looks at the session at the start of a send and keeps what it saw.
      expect(await account.repository.validateSession(customer.jid)).toEqual({ exists: true })
      await elsewhere(() => account.receive(customer, 'C', sealed))
      return account.encrypt(customer, 'reply')
    }, 'me')
    expect(await account.receive(customer, 'C', sealed)).toEqual(NOTHING)
    await customer.receive(account, 'D', reply)
    expect(customer.written().rows).toHaveLength(2)
  })

  test('two accounts that hear from one person at once keep their writes apart', async () => {
    const customer = new Device('200@lid')
    const accounts = [new Device('100@lid'), new Device('101@lid')]
    const sealed: Awaited<ReturnType<Device['encrypt']>>[] = []
    for (const account of accounts) {
      await account.introduceTo(customer, 7)
      sealed.push(await customer.encrypt(account, 'hello'))
    }
    const before = accounts.map((account) => account.written())
    for (const { store } of accounts) {
      store.sabotage = (write) => {
        if (write === 'inbox') throw new Error('disk full')
      }
    }
    const received = accounts.map((account, index) => {
      const envelope = sealed[index]
      return envelope ? account.receive(customer, 'A', envelope) : Promise.resolve(null)
    })
    const results = await Promise.allSettled(received)
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(accounts.map((account) => account.written())).toEqual(before)
  })

  test('a key bundle with a forged signature opens no session', async () => {
    const account = new Device('100@lid')
    const customer = new Device('200@lid')
    account.creds.signedPreKey.signature.fill(0)
    await expect(account.introduceTo(customer, 7)).rejects.toMatchObject({ code: 'whatsapp_forged_pre_key' })
    expect(customer.store.listState('key/session')).toEqual([])
  })
})
