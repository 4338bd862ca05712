/** What content protection really does on this machine: the status bar tells nothing better. */
import type { CaptureStatus } from '../../shared/contracts/host.ts'

/**
 * `release` is the kernel's (os.release()). Windows takes the window out of captures; macOS does before 15 (Darwin 24), where
 * ScreenCaptureKit began to ignore it; Linux has nothing. Needs the real OS to be proven.
 */
export function captureStatus(platform: string, release: string): CaptureStatus {
  if (platform === 'win32') return 'enforced'
  if (platform === 'darwin') return Number.parseInt(release, 10) < 24 ? 'enforced' : 'partial'
  return 'marked-only'
}
