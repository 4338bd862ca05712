/** Sign-in to the console with password and one-time code, and the sessions that follow from it. */
import { randomBytes } from 'node:crypto'
import { CodedError } from '../../../../shared/contracts/contract.ts'
import { sha256 } from '../../../../shared/formats/bytes.ts'
import { decrypt } from '../../keyring/cipher.ts'
import type { Ground } from '../../ground.ts'
import { createRateLimit } from '../../rate-limit.ts'
import type { Alerts } from '../alerts/service.ts'
import { passwordMatches } from './password.ts'
import {
  clearAttempts,
  deleteSession,
  deleteSessionsSeenBefore,
  findAttempt,
  findLogin,
  findSession,
  insertSession,
  putAttempt,
  touchSession,
  useTotpStep,
  type AttemptRow,
  type LoginRow,
} from './queries.ts'
import { loginName, type People } from './service.ts'
import { isTotpShaped, matchTotp } from './totp.ts'

const idleMs = 30 * 60_000
const longestMs = 12 * 3_600_000
const touchEveryMs = 60_000
const wrongBeforeBlock = 5
const blockMs = 15 * 60_000
const longestBlockMs = 24 * 3_600_000
const forgetAttemptsMs = 24 * 3_600_000

export interface Session {
  employee: string
  csrf: string
}
export interface Sessions {
  /** Throws CodedError 'sign_in_refused' (never said why), 'sign_in_blocked' or 'busy'. */
  signIn(input: { name: string; password: string; totp: string }): Promise<Session & { token: string }>
  /** null: unknown, idle for 30 minutes, older than 12 hours, or the employee is inactive. */
  find(token: string): Promise<Session | null>
  signOut(token: string): Promise<void>
}

function requireOpen(attempt: AttemptRow | undefined, at: number): void {
  if (attempt && attempt.blocked_until > at)
    throw new CodedError('sign_in_blocked', 'too many wrong attempts; try again later')
}

const hashToken = (token: string): Buffer => sha256(Buffer.from(token, 'utf8'))

export function createSessions(ground: Ground, people: People, raise: Alerts['raise']): Sessions {
  const { store, keyring, clock, audit } = ground
  // Stretching a password holds up the whole keeper for a third of a second: not more often than this, whoever asks.
  const pace = createRateLimit({ perSecond: 1, burst: 20 })

  const refuse = async (attempt: Buffer, login: LoginRow | undefined): Promise<never> => {
    const at = clock.now()
    await store.transaction(async (db) => {
      const before = (await findAttempt(db, attempt)) ?? { failed: 0, blocks: 0, blocked_until: 0 }
      requireOpen(before, at)
      const failed = before.failed + 1
      if (failed < wrongBeforeBlock) return putAttempt(db, attempt, { ...before, failed, at })
      const until = at + Math.min(blockMs * 2 ** before.blocks, longestBlockMs)
      await putAttempt(db, attempt, { failed: 0, blocks: before.blocks + 1, blocked_until: until, at })
      await raise(db, 'sign_in_blocked', login?.employee ?? null)
      if (login) await audit.append(db, { actor: login.employee, action: 'session.blocked', subject: null })
    })
    throw new CodedError('sign_in_refused', 'name, password or code is wrong')
  }

  return {
    async signIn(input) {
      const name = loginName(input.name)
      const attempt = keyring.lookup('sign-in', name)
      const blocked = await findAttempt(store, attempt)
      requireOpen(blocked, clock.now())
      const login = await findLogin(store, name)
      // Refused for every name alike, so it tells nothing and costs no stretching.
      if (!isTotpShaped(input.totp)) return refuse(attempt, login)
      if (!pace('')) throw new CodedError('busy', 'too many sign-ins at once; try again')
      const passwordHolds = await passwordMatches(input.password, login ?? null)
      const secret = login ? decrypt(keyring.derived('totp'), login.totp, `totp/${login.employee}`) : randomBytes(20)
      const step = matchTotp(secret, input.totp, clock.now(), login?.last_step ?? 0)
      const employee = login && (await people.find(login.employee))
      if (!login || !passwordHolds || step === null || !employee?.actor.active) return refuse(attempt, login)
      const token = randomBytes(32).toString('base64url')
      const csrf = randomBytes(32).toString('base64url')
      const at = clock.now()
      const used = await store.transaction(async (db) => {
        // Guesses that were stretched side by side count like guesses in a row: after a block none of them is answered.
        requireOpen(await findAttempt(db, attempt), at)
        if (!(await useTotpStep(db, login.employee, step))) return false
        await clearAttempts(db, attempt, at - forgetAttemptsMs)
        await deleteSessionsSeenBefore(db, at - idleMs)
        const session = { employee: login.employee, csrf, made_at: at, seen_at: at }
        await insertSession(db, hashToken(token), session)
        await audit.append(db, { actor: login.employee, action: 'session.signIn', subject: null })
        return true
      })
      return used ? { employee: login.employee, csrf, token } : refuse(attempt, login)
    },
    async find(token) {
      const hash = hashToken(token)
      const row = await findSession(store, hash)
      const at = clock.now()
      if (!row || at - row.seen_at > idleMs || at - row.made_at > longestMs) return null
      const employee = await people.find(row.employee)
      if (!employee?.actor.active) return null
      if (at - row.seen_at > touchEveryMs) await store.transaction((db) => touchSession(db, hash, at))
      return { employee: row.employee, csrf: row.csrf }
    },
    async signOut(token) {
      const hash = hashToken(token)
      await store.transaction(async (db) => {
        const row = await findSession(db, hash)
        if (!row) return
        await deleteSession(db, hash)
        await audit.append(db, { actor: row.employee, action: 'session.signOut', subject: null })
      })
    },
  }
}
