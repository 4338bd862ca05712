/** What a package is called. Every package of this version is a test package: releases are signed, and nothing here signs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../root.ts'

export interface Identity {
  /** Of package, program, folder and profile. */
  name: string
  /** As people read it: in the window's title and in the menu. */
  title: string
  /** Semantic version, as the program says it. */
  version: string
  /** Debian's form: sorts before the release of the same number. */
  debianVersion: string
}

export function identify(): Identity {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  return {
    name: 'sealdesk-test',
    title: 'Sealdesk TEST',
    version: `${manifest.version}-test`,
    debianVersion: `${manifest.version}~test`,
  }
}
