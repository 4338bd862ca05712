/** The host of a plain Node engine: secrets as 0600 files in the profile, which count for nothing against a disk thief. */
import type { Profile } from '../profile.ts'
import type { EngineHost } from '../workstation.ts'

export function fileHost(profile: Profile): EngineHost {
  return {
    kind: 'node',
    secrets: () => {
      const stored = profile.find('device.json')
      if (!stored) return null
      return {
        deviceShare: Buffer.from(stored.deviceShare, 'base64url'),
        signingKey: Buffer.from(stored.signingKey, 'base64url'),
      }
    },
    keep: ({ deviceShare, signingKey }) =>
      profile.write('device.json', {
        deviceShare: deviceShare.toString('base64url'),
        signingKey: signingKey.toString('base64url'),
      }),
    // Nobody outlives this process: after a crash the vault must open it again.
    keepKey: () => {},
    lockChanged: () => {},
    drained: () => {},
    mark: () => {},
  }
}
