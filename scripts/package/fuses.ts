/** The switches in Electron's binary that a package is made with; they are set once and read back. */
import { FuseState, FuseV1Options, FuseVersion, flipFuses, getCurrentFuseWire } from '@electron/fuses'

/** On Linux Electron itself does not check the archive: there the package's own list stands (electron/main/package-files.ts). */
export const wantedFuses: ReadonlyMap<FuseV1Options, boolean> = new Map([
  [FuseV1Options.RunAsNode, false],
  [FuseV1Options.EnableCookieEncryption, true],
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable, false],
  [FuseV1Options.EnableNodeCliInspectArguments, false],
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation, true],
  [FuseV1Options.OnlyLoadAppFromAsar, true],
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot, false],
  [FuseV1Options.GrantFileProtocolExtraPrivileges, false],
])

/** Throws when the binary does not say afterwards what was wanted. */
export async function setFuses(executable: string): Promise<void> {
  await flipFuses(executable, { version: FuseVersion.V1, ...Object.fromEntries(wantedFuses) })
  const wrong = await findWrongFuses(executable)
  if (wrong.length > 0) throw new Error(`these fuses are not as they should be: ${wrong.join(', ')}`)
}

/** Names of the fuses that differ, read from the binary. */
export async function findWrongFuses(executable: string): Promise<string[]> {
  const wire = await getCurrentFuseWire(executable)
  return [...wantedFuses]
    .filter(([fuse, on]) => wire[fuse] !== (on ? FuseState.ENABLE : FuseState.DISABLE))
    .map(([fuse]) => FuseV1Options[fuse])
}
