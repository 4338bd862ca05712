/** A Debian package around the program's folder, made with dpkg-deb: everything is root's, and the same sources give the same bytes. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, copyFile, mkdir, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { root } from '../root.ts'
import type { Identity } from './identity.ts'
import { setTimes } from './program.ts'

/** What Electron loads. The second names are those of Debian 13 and Ubuntu 24.04. */
const depends = [
  'libc6 (>= 2.34)',
  'libgtk-3-0 | libgtk-3-0t64',
  'libnss3',
  'libgbm1',
  'libasound2 | libasound2t64',
  'libxss1',
  'libatk-bridge2.0-0 | libatk-bridge2.0-0t64',
  'libnotify4',
]
/** Without a keyring the device's secrets are files; without these fonts Chinese texts are boxes. */
const recommends = ['libsecret-1-0', 'gnome-keyring', 'xdg-utils', 'fonts-noto-cjk', 'fonts-noto-color-emoji']
const iconSizes = [16, 24, 32, 48, 64, 128, 256, 512]

export interface DebRequest {
  identity: Identity
  /** The program's folder; it is moved into the package. */
  folder: string
  work: string
  /** Absolute path of the file to be made. */
  file: string
  /** All times in the package; epoch seconds. */
  epochS: number
}

export async function makeDeb(request: DebRequest): Promise<void> {
  const { identity, work } = request
  const tree = join(work, 'deb')
  const program = join(tree, 'opt', identity.name)
  await mkdir(dirname(program), { recursive: true })
  await rename(request.folder, program)
  // Where user namespaces are closed to ordinary users this one file makes the sandbox.
  await chmod(join(program, 'chrome-sandbox'), 0o4755)
  await mkdir(join(tree, 'usr', 'bin'), { recursive: true })
  await symlink(`/opt/${identity.name}/${identity.name}`, join(tree, 'usr', 'bin', identity.name))
  await putShared(identity, tree)
  await putControl(identity, tree)
  await setTimes(tree, new Date(request.epochS * 1000))
  await mkdir(dirname(request.file), { recursive: true })
  await rm(request.file, { force: true })
  // One thread: with more the compressed bytes depend on the machine.
  const options = ['--root-owner-group', '--threads-max=1', '-Zgzip', '-z6']
  await run('dpkg-deb', [...options, '--build', tree, request.file], { SOURCE_DATE_EPOCH: String(request.epochS) })
  await rm(tree, { recursive: true })
}

/** Menu entry, icons, licence, and the AppArmor profile that postinst puts in place where it is understood. */
async function putShared(identity: Identity, tree: string): Promise<void> {
  const share = join(tree, 'usr', 'share')
  const { name } = identity
  await put(join(share, 'applications', `${name}.desktop`), await template('menu.desktop', identity), 0o644)
  await put(join(share, name, 'apparmor'), await template('apparmor', identity), 0o644)
  const copyright = `${await template('copyright', identity)}\n${await readFile(join(root, 'LICENSE'), 'utf8')}`
  await put(join(share, 'doc', name, 'copyright'), copyright, 0o644)
  for (const size of iconSizes) {
    const folder = join(share, 'icons', 'hicolor', `${size}x${size}`, 'apps')
    await mkdir(folder, { recursive: true })
    await copyFile(join(root, 'resources', 'icons', `${size}.png`), join(folder, `${name}.png`))
    await chmod(join(folder, `${name}.png`), 0o644)
  }
}

async function putControl(identity: Identity, tree: string): Promise<void> {
  const files = (await readdir(tree, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  let bytes = 0
  const sums: string[] = []
  for (const entry of files) {
    const path = join(entry.parentPath, entry.name)
    bytes += (await stat(path)).size
    // MD5 is what dpkg --verify reads; it finds damage, it proves nothing.
    const sum = createHash('md5')
      .update(await readFile(path))
      .digest('hex')
    sums.push(`${sum}  ${relative(tree, path)}\n`)
  }
  const control = join(tree, 'DEBIAN')
  const fields = {
    DEPENDS: depends.join(', '),
    RECOMMENDS: recommends.join(', '),
    KIB: String(Math.ceil(bytes / 1024)),
  }
  await put(join(control, 'control'), await template('control', identity, fields), 0o644)
  await put(join(control, 'md5sums'), sums.sort((a, b) => (a.slice(34) < b.slice(34) ? -1 : 1)).join(''), 0o644)
  for (const script of ['postinst', 'postrm']) {
    await put(join(control, script), await template(script, identity), 0o755)
  }
  await chmodFolders(tree)
}

/** Folders are made with whatever umask the builder has. */
async function chmodFolders(tree: string): Promise<void> {
  await chmod(tree, 0o755)
  for (const entry of await readdir(tree, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755)
  }
}

async function put(path: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  await chmod(path, mode)
}

/** A file of resources/deb with its @WORDS@ filled in; throws for one that nobody fills. */
async function template(file: string, identity: Identity, more: Record<string, string> = {}): Promise<string> {
  const words: Record<string, string> = {
    NAME: identity.name,
    TITLE: identity.title,
    VERSION: identity.debianVersion,
    ...more,
  }
  const text = await readFile(join(root, 'resources', 'deb', file), 'utf8')
  return text.replaceAll(/@([A-Z]+)@/g, (_whole, word: string) => {
    const value = words[word]
    if (value === undefined) throw new Error(`resources/deb/${file}: nobody fills @${word}@`)
    return value
  })
}

function run(command: string, args: string[], env: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } })
    let said = ''
    child.stderr.on('data', (part: Buffer) => (said = (said + part.toString()).slice(-2000)))
    child.once('error', () => reject(new Error(`${command} is missing: --target deb needs Debian or a relative`)))
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`${command}: ${said.trim().split('\n').at(-1) ?? ''}`))
    })
  })
}
