/** The purposes given since sign-in, newest first: in memory only, forgotten with the session. */
import { create } from 'zustand'

const most = 8

export const useRecentPurposes = create<{ purposes: string[] }>(() => ({ purposes: [] }))

export function rememberPurpose(purpose: string): void {
  useRecentPurposes.setState(({ purposes }) => ({
    purposes: [purpose, ...purposes.filter((one) => one !== purpose)].slice(0, most),
  }))
}

export function forgetPurposes(): void {
  useRecentPurposes.setState({ purposes: [] })
}
