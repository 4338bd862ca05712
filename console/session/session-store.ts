/** Who is signed in on this page, and why nobody is. */
import { create } from 'zustand'
import type { Answer } from '../app/api.ts'

export type SignedIn = Answer<'session.signIn'>

interface SessionState {
  session: SignedIn | null
  /** The session ended without the user asking for it; the sign-in screen says so. */
  ended: boolean
  begin(session: SignedIn): void
  /** `asked`: by the user's own sign-out. */
  end(asked: boolean): void
}

export const useSession = create<SessionState>((set) => ({
  session: null,
  ended: false,
  begin: (session) => set({ session, ended: false }),
  end: (asked) => set((state) => ({ session: null, ended: state.session !== null ? !asked : state.ended })),
}))
