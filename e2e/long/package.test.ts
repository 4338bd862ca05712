/** The Debian package on this machine: made twice, installed, started and enrolled by an ordinary user, removed. */
import { createHash } from 'node:crypto'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startVirtualDisplay, type VirtualDisplay } from '../../scripts/virtual-display.ts'
import { eventually } from '../harness/eventually.ts'
import {
  Installed,
  cardHeight,
  closeNamespaces,
  findTraces,
  makeUser,
  readInk,
  type InstalledOptions,
  type OrdinaryUser,
} from '../harness/installed.ts'
import { makePackage, runToEnd, type MadePackage } from '../harness/package.ts'
import type { JsonProcess, Line } from '../harness/process.ts'
import { readScreen, type Area } from '../harness/screenshot.ts'
import { addEmployee, adminLines, enrolmentCode, initVault, startVault } from '../harness/vault.ts'

const name = 'sealdesk-test'
const title = 'Sealdesk TEST'
const program = `/usr/bin/${name}`
const folder = `/opt/${name}`
const pin = 'k7-2931'
const exitConfig = 78
/** The window is 1240 wide in the middle of a screen of 1280 × 800. */
const aroundCard: Area[] = [
  { x: 20, y: 0, width: 1240, height: 140 },
  { x: 20, y: 150, width: 380, height: 500 },
  { x: 880, y: 150, width: 380, height: 500 },
]

let work: string
let made: MadePackage

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'sd-install-'))
  chmodSync(work, 0o711)
  made = await makePackage('deb', join(work, 'first'))
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

describe('the package file', () => {
  test('the same commit gives the same bytes', async () => {
    const again = await makePackage('deb', join(work, 'second'))
    const hash = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')
    expect(hash(again.path)).toBe(hash(made.path))
  })

  test('it says what it is and what it needs', () => {
    const field = (key: string): string => execFileSync('dpkg-deb', ['-f', made.path, key], { encoding: 'utf8' }).trim()
    expect(field('Package')).toBe(name)
    expect(field('Version')).toMatch(/^\d+\.\d+\.\d+~test$/)
    expect(field('Description')).toContain('This is a TEST build.')
    for (const needed of [
      'libgtk-3-0',
      'libnss3',
      'libgbm1',
      'libasound2',
      'libxss1',
      'libatk-bridge2.0-0',
      'libnotify4',
    ]) {
      expect(field('Depends')).toContain(needed)
    }
  })

  test("everything is root's, nothing is writable for others, one file has the setuid bit, nothing lies elsewhere", () => {
    const list = execFileSync('dpkg-deb', ['--contents', made.path], {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    })
    const rows = list
      .trim()
      .split('\n')
      .map((line) => /^(\S+) (\S+) +\d+ (\S+ \S+) (\S+?)(?: -> .*)?$/.exec(line)!)
    expect(rows.filter((row) => row[2] !== 'root/root').map((row) => row[0])).toEqual([])
    expect(
      rows.filter((row) => !row[1]!.startsWith('l') && /^.{5}w|^.{8}w/.test(row[1]!)).map((row) => row[0]),
    ).toEqual([])
    expect(rows.filter((row) => /s/i.test(row[1]!)).map((row) => row[4])).toEqual([`./opt/${name}/chrome-sandbox`])
    expect(new Set(rows.map((row) => row[3])).size).toBe(1)
    const elsewhere = rows
      .filter((row) => !row[1]!.startsWith('d'))
      .map((row) => row[4]!.slice(1))
      .filter(
        (path) =>
          !path.startsWith(`${folder}/`) &&
          !path.startsWith(`/usr/share/${name}/`) &&
          !path.startsWith(`/usr/share/doc/${name}/`) &&
          !/^\/usr\/share\/icons\/hicolor\/\d+x\d+\/apps\/sealdesk-test\.png$/.test(path) &&
          path !== `/usr/share/applications/${name}.desktop` &&
          path !== program,
      )
    expect(elsewhere).toEqual([])
  })
})

/** Null: it can be installed and removed here without touching what somebody uses. */
function whyNotInstall(): string | null {
  if (process.getuid?.() !== 0) return 'not root'
  if (spawnSync('dpkg', ['-s', name], { stdio: 'ignore' }).status === 0) return 'the package is installed here already'
  return spawnSync('unshare', ['--user', 'true'], { stdio: 'ignore' }).status === 0 ? null : 'no user namespaces'
}
const reason = whyNotInstall()

describe.skipIf(reason !== null)(`installed${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  const closers: (() => unknown)[] = []
  let user: OrdinaryUser
  let display: VirtualDisplay
  let data: string

  beforeAll(async () => {
    data = join(work, 'vault')
    await initVault(data, 'Nordlicht Handels GmbH')
    const vault: { process: JsonProcess } = await startVault(data)
    closers.push(() => vault.process.stop())
    user = makeUser(work)
    closers.push(() => user.remove())
    display = await startVirtualDisplay('1280x800')
    closers.push(() => display.stop())
    closers.push(() => spawnSync('dpkg', ['-P', name], { stdio: 'ignore' }))
    execFileSync('dpkg', ['-i', made.path], {
      stdio: 'pipe',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  })
  afterAll(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })

  async function withProgram(
    options: Partial<InstalledOptions>,
    use: (one: Installed) => Promise<void>,
  ): Promise<void> {
    const running = new Installed({ program, user, display: display.name, ...options })
    try {
      await use(running)
    } finally {
      await running.stop()
    }
  }

  /** Waits until the white card of set-up has a height that fits. */
  const card = (fits: (height: number) => boolean): Promise<number> =>
    eventually(async () => cardHeight(readScreen(display.name)), fits, { deadlineMs: 180_000, everyMs: 300 })

  /** Waits until the vault knows this employee's workstation and has heard from it. */
  const enrolled = (employee: string): Promise<Line | undefined> =>
    eventually(
      async () => (await adminLines(data, 'workstation', 'list')).find((line) => line['employee'] === employee),
      (line) => typeof line?.['software'] === 'string',
      { deadlineMs: 180_000, everyMs: 500 },
    )

  async function newCode(employee: string): Promise<string> {
    return enrolmentCode(data, (await addEmployee(data, employee, 'salesperson', 'Sales')).employee)
  }

  test('dpkg finds it whole, and the menu entry is valid', () => {
    expect(execFileSync('dpkg', ['-V', name], { encoding: 'utf8' })).toBe('')
    execFileSync('desktop-file-validate', [`/usr/share/applications/${name}.desktop`])
    expect(readlinkSync(program)).toBe(`${folder}/${name}`)
    const handlers = readFileSync('/usr/share/applications/mimeinfo.cache', 'utf8')
    expect(handlers).toMatch(/^x-scheme-handler\/sealdesk=.*sealdesk-test\.desktop/m)
  })

  test('an ordinary user starts it in the sandbox of user namespaces, and enrols with a link', async () => {
    const code = await newCode('Julia Berg')
    await withProgram({}, async (running) => {
      const window = await running.window(title)
      // A window that has painted nothing yet is white from top to bottom.
      const asksCode = await card((height) => height > 300 && height < 600)
      // Above the card and beside it there is nothing but the mark.
      for (const area of aroundCard) {
        const { ground, inked } = readInk(readScreen(display.name), area)
        expect(Math.min(...ground)).toBeGreaterThan(230)
        expect(inked / (area.width * area.height)).toBeGreaterThan(0.005)
        expect(inked / (area.width * area.height)).toBeLessThan(0.2)
      }
      const parts = running.parts()
      expect(parts.filter((part) => / --no-sandbox( |$)/.test(part.command))).toEqual([])
      const renderer = parts.find((part) => part.type === 'renderer')!
      expect(renderer).toMatchObject({ seccomp: 2, noNewPrivs: true })
      expect(renderer.userNamespace).not.toBe(readlinkSync('/proc/self/ns/user'))
      expect(parts.some((part) => part.command.startsWith(`${folder}/chrome-sandbox`))).toBe(false)

      const second = new Installed({ program, user, display: display.name, args: [`sealdesk:enrol?code=${code}`] })
      expect(await second.exited).toBe(0)
      // The code is there already, and the card names its vault.
      await card((height) => height > asksCode + 50 && height < 750)
      running.focus(window)
      running.type(`${pin}\t${pin}\n`)
      expect(await enrolled('Julia Berg')).toMatchObject({ status: 'active', software: `sealdesk ${made.version}` })
      await card((height) => height === 0 || height > 700)
      // The fuses leave the engine the way on which it asks for a collection.
      await eventually(
        async () => running.output,
        (output) => output.includes('"memory_given_back"'),
        { deadlineMs: 60_000, everyMs: 500 },
      )
    })
  })

  test('where user namespaces are closed the setuid helper makes the sandbox; the code is typed', async () => {
    const code = await newCode('Ana Souza')
    const inside = await closeNamespaces()
    try {
      await withProgram({ inside, args: [`--profile=${join(user.home, 'other')}`] }, async (running) => {
        const window = await running.window(title)
        await card((height) => height > 300 && height < 600)
        const parts = running.parts()
        expect(parts.some((part) => part.command.startsWith(`${folder}/chrome-sandbox`))).toBe(true)
        const renderer = parts.find((part) => part.type === 'renderer')!
        expect(renderer).toMatchObject({
          seccomp: 2,
          noNewPrivs: true,
          userNamespace: readlinkSync(`/proc/${inside.pid}/ns/user`),
        })
        expect(renderer.pidNamespace).not.toBe(readlinkSync('/proc/self/ns/pid'))
        running.focus(window)
        running.type(`${code}\t${pin}\t${pin}\n`)
        expect(await enrolled('Ana Souza')).toMatchObject({ status: 'active', connected: true })
      })
    } finally {
      await inside.end()
    }
  })

  test.each([
    '--no-sandbox',
    '--remote-debugging-port=0',
    '--disable-seccomp-filter-sandbox',
    '--password-store=basic',
  ])('an ordinary user may not give %s', async (given) => {
    const who = { uid: user.uid, gid: user.gid, env: { HOME: user.home, DISPLAY: display.name } }
    expect(await runToEnd(program, [given], who)).toEqual({
      code: exitConfig,
      output: expect.stringContaining('is refused in a packaged build') as string,
    })
  })

  test("a file of Electron's that was changed ends the program soon after its start", async () => {
    const copy = join(work, 'changed')
    cpSync(folder, copy, { recursive: true })
    chmodSync(copy, 0o755)
    const changed = join(copy, 'locales', 'de.pak')
    writeFileSync(changed, Buffer.concat([readFileSync(changed), Buffer.from('x')]))
    await withProgram(
      { program: join(copy, name), args: [`--profile=${join(user.home, 'third')}`] },
      async (running) => {
        expect(await running.exited).toBe(exitConfig)
        expect(running.output).toContain('locales/de.pak is not as it was installed')
      },
    )
  })

  test('removed, nothing of it is left in the system; what the user has stays, sealed', () => {
    execFileSync('dpkg', ['-r', name], { stdio: 'pipe' })
    expect(findTraces(name).filter((path) => !path.startsWith('/var/lib/dpkg/info/'))).toEqual([])
    execFileSync('dpkg', ['-P', name], { stdio: 'pipe' })
    expect(findTraces(name)).toEqual([])
    expect(spawnSync('dpkg', ['-s', name], { stdio: 'ignore' }).status).not.toBe(0)
    expect(existsSync(join(user.home, '.local', 'share', name, 'spool'))).toBe(true)
  })
})
