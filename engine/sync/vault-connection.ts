/** Everything between this workstation and its vault: whom to trust, the link, the spool's way up, and the policy that came down. */
import type { KeyObject } from 'node:crypto'
import type { Agent } from 'node:https'
import { CodedError } from '../../shared/contracts/contract.ts'
import { revocationLabel, revocationSchema, type Push } from '../../shared/contracts/device.ts'
import type { CaptureStatus } from '../../shared/contracts/host.ts'
import type { SignedDocument } from '../../shared/contracts/signed-document.ts'
import { policyLabel, policySchema, strictestPolicy, type Policy } from '../../shared/domain/policy.ts'
import { openTrust, openTrusted } from '../../shared/formats/trust.ts'
import type { Spool } from '../ledger/spool.ts'
import type { MediaStore } from '../media/store.ts'
import type { Profile } from '../profile.ts'
import { BlobUploader } from './blob-uploader.ts'
import { Link } from './link.ts'
import { OutboxReporter } from './outbox-report.ts'
import { createVaultAgent } from './tls.ts'
import { Uploader } from './uploader.ts'

export interface VaultConnectionOptions {
  profile: Profile
  spool: Spool
  media: MediaStore
  signingKey: KeyObject
  software: string
  capture?: CaptureStatus
  /** `now`: the vault's time, epoch ms. */
  connected(now: number): void
  disconnected(): void
  /** One that counts has come. */
  policy(): void
  /** All but the revocation and the policy, which are dealt with here. */
  push(push: Exclude<Push, { push: 'revoked' | 'policy' }>): void
  /** Signed by the company, and about this workstation. */
  revoked(): void
  acknowledged(ledger: string, upTo: number): void
  /** The open ledger; null while locked. */
  ledger(): { seq: number; acknowledged: number; waitingSince: number | null } | null
  gap(ledger: string, upTo: number): void
  /** code null: this source is well again. */
  trouble(source: string, code: string | null): void
  report(error: unknown): void
}

export class VaultConnection {
  readonly trust: ReturnType<typeof openTrust>
  readonly #options: VaultConnectionOptions
  readonly #workstation: string
  readonly #agent: Agent
  readonly #uploader: Uploader
  readonly #blobs: BlobUploader
  readonly #link: Link
  readonly #reporter: OutboxReporter
  #policy: Policy = strictestPolicy
  #isPolicyKnown = false

  /** The profile must be enrolled. Throws as openTrust. */
  constructor(options: VaultConnectionOptions) {
    this.#options = options
    const { profile } = options
    const enrolled = profile.find('enrolment.json')!
    const { workstation, ledger } = enrolled.enrolment
    this.#workstation = workstation
    this.trust = openTrust(enrolled.trust, enrolled.root)
    this.#agent = createVaultAgent(enrolled.trust.tlsCa)
    // What an earlier enrolment of this profile has left goes up by its own signature: the token is not for it.
    const token = (of: string): string | null => (of === ledger ? this.#link.token : null)
    const trouble = (source: string) => (code: string | null) => {
      options.trouble(source, code === 'vault_away' ? null : code)
      this.#reporter.changed()
    }
    this.#blobs = new BlobUploader({
      store: options.media,
      agent: this.#agent,
      gateway: enrolled.gateway,
      token,
      trouble: trouble('files'),
    })
    this.#uploader = new Uploader({
      spool: options.spool,
      agent: this.#agent,
      gateway: enrolled.gateway,
      token,
      acknowledged: (of, upTo, quarantined) => {
        if (quarantined) options.trouble('ledger', 'ledger_closed')
        options.acknowledged(of, upTo)
        this.#reporter.changed()
      },
      gap: (of, upTo) => options.gap(of, upTo),
      trouble: trouble('upload'),
    })
    this.#link = new Link({
      profile,
      agent: this.#agent,
      signingKey: options.signingKey,
      software: options.software,
      ...(options.capture ? { capture: options.capture } : {}),
      connected: ({ now }) => {
        options.trouble('link', null)
        // The welcome's upTo deletes nothing: only the answer to a batch has compared the chain.
        this.#uploader.changed()
        this.#blobs.changed()
        options.connected(now)
        this.#reporter.connected()
      },
      disconnected: () => {
        this.#isPolicyKnown = false
        options.disconnected()
      },
      push: (push) => this.#pushed(push),
      refused: (code, document) => {
        if (code === 'revoked' && document) this.#revoked(document)
        else options.trouble('link', code)
      },
    })
    this.#reporter = this.#createReporter(ledger)
  }

  #createReporter(ledger: string): OutboxReporter {
    const { spool, media } = this.#options
    // Locked, everything that was written stands in the spool.
    const open = () => this.#options.ledger() ?? { seq: spool.highest(ledger), acknowledged: 0, waitingSince: null }
    return new OutboxReporter({
      report: () => {
        const { seq, waitingSince } = open()
        const bytes = spool.list().reduce((sum, file) => sum + file.bytes, 0)
        return { head: seq, bytes, files: Math.min(media.countOut(), 1000), since: waitingSince }
      },
      isConnected: () => this.#link.isConnected,
      ledger: open,
      call: this.#link.call,
    })
  }

  start(): void {
    this.#loadPolicy()
    this.#link.start()
    this.#uploader.changed()
    this.#blobs.changed()
  }

  get isConnected(): boolean {
    return this.#link.isConnected
  }
  /** Rejects with vault_away while there is no connection, else as deviceContract says. */
  get call(): Link['call'] {
    return this.#link.call
  }
  /** The strictest until there is one that can be read. */
  get policy(): Policy {
    return this.#policy
  }

  /** The vault has told it since it was last away. */
  get isPolicyKnown(): boolean {
    return this.#isPolicyKnown
  }

  /** Call when the spool has grown. */
  spooled(): void {
    this.#uploader.changed()
    this.#reporter.changed()
  }

  /** Call when something was written that may not come into the spool (a full disk). */
  written(): void {
    this.#reporter.changed()
  }

  /** Call when a file is to go up. */
  stored(): void {
    this.#blobs.changed()
    this.#reporter.changed()
  }

  /** Resolves when the upload that runs now has ended, well or not. */
  uploaded(): Promise<void> {
    return this.#uploader.settled()
  }

  /** Asks for the policy; throws CodedError as the call. */
  async fetchPolicy(): Promise<void> {
    const { document } = await this.#link.call('policy.get', {})
    this.#applyPolicy(document)
    this.#isPolicyKnown = true
    this.#options.policy()
  }

  #loadPolicy(): void {
    try {
      const stored = this.#options.profile.find('policy.json')
      if (stored) this.#applyPolicy(stored.document)
    } catch (error) {
      // Unreadable: the strictest holds until the vault sends it again.
      this.#options.report(error)
    }
  }

  /** A policy that is unreadable, forged or older than ours changes nothing. */
  #applyPolicy(document: SignedDocument): void {
    try {
      const policy = openTrusted(policyLabel, document, this.trust.all('policy'), policySchema)
      if (this.#policy !== strictestPolicy && policy.number < this.#policy.number)
        throw new CodedError('policy_older', 'an older policy')
      this.#policy = policy
      this.#options.profile.write('policy.json', { document })
    } catch (error) {
      this.#options.report(error)
    }
  }

  #pushed(push: Push): void {
    if (push.push === 'revoked') return this.#revoked(push.document)
    if (push.push === 'policy') {
      this.#applyPolicy(push.document)
      return this.#options.policy()
    }
    this.#options.push(push)
  }

  #revoked(document: SignedDocument): void {
    try {
      const revocation = openTrusted(revocationLabel, document, this.trust.all('policy'), revocationSchema)
      if (revocation.workstation === this.#workstation) this.#options.revoked()
    } catch (error) {
      this.#options.report(error)
    }
  }

  /** Lets the upload that runs end, then closes everything. */
  async stop(): Promise<void> {
    await this.#uploader.settled()
    this.#uploader.stop()
    this.#blobs.stop()
    this.#reporter.stop()
    this.#link.stop()
    this.#agent.destroy()
  }
}
