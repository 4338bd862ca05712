/** The desktop host: builds everything by hand, in order, and stays out of the way of content. */
import { mkdirSync } from 'node:fs'
import { hostname, release } from 'node:os'
import { dirname, join } from 'node:path'
import { app, nativeTheme, safeStorage } from 'electron'
import type { EngineMessage } from '../../shared/contracts/host.ts'
import { packaged } from './build-kind.ts'
import { captureStatus } from './capture-status.ts'
import type { ClockSource } from '../../shared/clock/clock.ts'
import { readConfig, type Config } from './config.ts'
import { DeviceSecretsFile } from './device-secrets.ts'
import { findLinkedCode } from './enrolment-link.ts'
import { EngineProcess } from './engine-process.ts'
import type { MarkOwner } from './mark-style.ts'
import { watchIdleness } from './idle.ts'
import { setMenu } from './menu.ts'
import { NotificationBoard } from './notifications/board.ts'
import { showOnDesktop } from './notifications/desktop.ts'
import { checkOwnFiles, checkRuntimeFiles, readManifest } from './package-files.ts'
import { openPageSession, registerPageScheme } from './pages.ts'
import { refuseSwitches } from './switches.ts'
import { openClockAtOnce } from '../../shared/clock/test-clock.ts'
import { WorkWindow, closeContents } from './window.ts'

const exitConfig = 78
/** The engine waits so long for the window: both at once would make each other late. */
const windowMs = 2_000
/** This file is dist/electron/main/index.js. */
const dist = join(import.meta.dirname, '..', '..')

/** Folder of the installed package. */
const packageFolder = dirname(process.resourcesPath)

/** Null: refused, and the reason has been printed. */
function readStart(): { config: Config; clock: ClockSource } | null {
  const args = process.argv.slice(1)
  try {
    refuseSwitches(args, packaged, process.getuid?.() === 0)
    // The checkout's starters give the program no name.
    if (!packaged) app.setName('Sealdesk')
    const config = readConfig(args, process.env, { name: app.getName(), packaged })
    const clock = openClockAtOnce(process.env)
    if (packaged) checkPackage()
    return { config, clock }
  } catch (error) {
    report(error instanceof Error ? error.message : String(error))
    return null
  }
}

function checkPackage(): void {
  // Without this the archive looks like a folder.
  process.noAsar = true
  try {
    checkOwnFiles(packageFolder, readManifest(packageFolder))
  } finally {
    process.noAsar = false
  }
}

/** A start is not held up by two hundred megabytes; a runtime that was changed does not run for long. */
async function checkRuntime(): Promise<void> {
  try {
    await checkRuntimeFiles(packageFolder, readManifest(packageFolder))
  } catch (error) {
    report(error instanceof Error ? error.message : String(error))
    app.exit(exitConfig)
  }
}

function report(code: string): void {
  process.stderr.write(`sealdesk: ${code}\n`)
}

function run(config: Config, clock: ClockSource): void {
  const ownFolder = join(config.profile, 'electron')
  mkdirSync(ownFolder, { recursive: true, mode: 0o700 })
  app.setPath('userData', ownFolder)
  app.setPath('sessionData', ownFolder)
  if (!app.requestSingleInstanceLock()) {
    report('this profile is already open')
    // From the menu or a link that is no failure: the open window has been told.
    process.exit(packaged ? 0 : 1)
  }
  for (const name of ['disable-background-networking', 'disable-component-update', 'disable-sync', 'no-pings']) {
    app.commandLine.appendSwitch(name)
  }
  registerPageScheme()
  closeContents()
  setMenu(packaged, process.platform)
  nativeTheme.themeSource = config.theme
  app.whenReady().then(
    () => {
      compose(config, clock)
      if (packaged) void checkRuntime()
    },
    () => app.exit(1),
  )
}

/** Needs the ready app: keystore, session and utility processes exist only from then on. */
function compose(config: Config, clock: ClockSource): void {
  const secrets = new DeviceSecretsFile(config.profile, safeStorage, process.platform)
  const session = openPageSession(join(dist, 'renderer'), packaged)
  // Before anybody is known the mark names the machine.
  let owner: MarkOwner = { employee: null, workstation: hostname() }
  const onMessage = (message: EngineMessage): void => {
    if (message.engine === 'keep') secrets.keep({ deviceShare: message.deviceShare, signingKey: message.signingKey })
    else if (message.engine === 'mark') {
      owner = { employee: message.employee || null, workstation: message.workstation || hostname() }
      window.setOwner(owner)
    } else if (message.engine === 'error') report(message.code)
    else if (message.engine === 'unread') {
      app.setBadgeCount(message.count)
      window.setUnread(message.count)
    } else tellBoard(board, message)
  }
  let started = false
  const startEngine = (): void => {
    if (started) return
    started = true
    clearTimeout(patience)
    engine.start()
  }
  const connect = (): void => {
    if (engine.ready && window.pageReady) engine.connect(window.openPort())
  }
  const engine = new EngineProcess({
    entry: join(dist, 'engine', 'index.js'),
    env: config.env,
    enrolmentCode: config.enrolmentCode,
    describe: () => ({
      profile: config.profile,
      platform: `${process.platform} ${release()}`.slice(0, 64),
      hostKind: 'electron',
      deviceShare: secrets.find()?.deviceShare ?? null,
      signingKey: secrets.find()?.signingKey ?? null,
      capture: captureStatus(process.platform, release()),
      software: `sealdesk ${app.getVersion()}`,
    }),
    onMessage,
    onReady: connect,
    report,
  })
  const window = new WorkWindow({
    preload: join(dist, 'electron', 'preload', 'index.cjs'),
    session,
    name: app.getName(),
    packaged,
    query: config.language ? `?lang=${encodeURIComponent(config.language)}` : '',
    clock,
    owner,
    onShown: startEngine,
    onPage: connect,
    report,
  })
  const board = new NotificationBoard({
    name: app.getName(),
    show: showOnDesktop,
    front: () => window.focus(),
    open: (conversation) => engine.show(conversation),
  })
  // A page that does not come must not keep the engine from its work.
  const patience = setTimeout(startEngine, windowMs)
  watchIdleness(!packaged && app.commandLine.hasSwitch('remote-debugging-port'), (kind) => engine.lock(kind))
  app.on('second-instance', (_event, args) => {
    const code = findLinkedCode(args)
    if (code !== null) engine.offerCode(code)
    window.focus()
  })
  app.on('window-all-closed', () => app.quit())
  quitAfterEngine(engine, clock)
}

function tellBoard(board: NotificationBoard, message: EngineMessage): void {
  if (message.engine === 'notification') board.take(message.notification)
  else if (message.engine === 'notification-over') board.over(message.conversations)
  else if (message.engine === 'lock') board.lock(message.kind !== 'open')
  // Another engine knows nothing of what the one before has told.
  else if (message.engine === 'ready') board.lock(message.locked)
}

/** The engine is given the time to drain; only then does the program end. */
function quitAfterEngine(engine: EngineProcess, clock: ClockSource): void {
  let state: 'open' | 'stopping' | 'stopped' = 'open'
  app.on('before-quit', (event) => {
    if (state === 'stopped') return
    event.preventDefault()
    if (state === 'stopping') return
    state = 'stopping'
    clock.close()
    void engine.stop().finally(() => {
      state = 'stopped'
      app.quit()
    })
  })
}

const opened = readStart()
if (opened) run(opened.config, opened.clock)
else process.exit(exitConfig)
