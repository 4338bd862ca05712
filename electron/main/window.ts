/** The workstation's window: locked down, protected from capture, marked before it shows anything. */
import { BrowserWindow, MessageChannelMain, app, screen, type MessagePortMain, type Session } from 'electron'
import type { ClockSource } from '../../shared/clock/clock.ts'
import type { MarkOwner } from './mark-style.ts'
import { VisibleMark } from './mark.ts'
import { pageOrigin } from './page-files.ts'
import { portChannel } from '../port-channel.ts'

const reloadMs = 500

export interface WorkWindowOptions {
  preload: string
  session: Session
  /** The program's name, for the title. */
  name: string
  packaged: boolean
  /** `?theme=…&lang=…` for the page, without anything about content. */
  query: string
  clock: ClockSource
  owner: MarkOwner
  /** The window stands marked before the person; its program may still be loading. */
  onShown(): void
  /** The page is loaded and marked: it can take a port. */
  onPage(): void
  report(code: string): void
}

/** For every contents that ever comes to be, DevTools included: no navigation, no new window, no guest. */
export function closeContents(): void {
  app.on('web-contents-created', (_event, contents) => {
    const refuse = (event: { preventDefault(): void }): void => event.preventDefault()
    contents.on('will-navigate', refuse)
    contents.on('will-frame-navigate', refuse)
    contents.on('will-redirect', refuse)
    contents.on('will-attach-webview', refuse)
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  })
}

export class WorkWindow {
  readonly #window: BrowserWindow
  readonly #mark: VisibleMark
  readonly #options: WorkWindowOptions
  #pageReady = false
  /** True: the document that stands has its mark. */
  #marked: Promise<boolean> = Promise.resolve(false)

  constructor(options: WorkWindowOptions) {
    this.#options = options
    this.#window = createWindow(options)
    this.#window.setContentProtection(true)
    this.#window.on('show', () => this.#window.setContentProtection(true))
    this.#window.setMenuBarVisibility(false)
    // The page's title tells nothing; a lock takes the page away, but not the number.
    this.#window.on('page-title-updated', (event) => event.preventDefault())
    const contents = this.#window.webContents
    this.#mark = new VisibleMark(contents, options.clock, options.owner)
    this.#window.once('closed', () => this.#mark.close())
    // Only a new document ends the old one: a navigation that was refused has begun as well, but the page stays.
    contents.on('did-navigate', () => {
      this.#pageReady = false
    })
    // The page's program loads beside its document: the mark need not wait for it.
    contents.on('dom-ready', () => {
      this.#marked = this.#showMarked()
    })
    contents.on('did-finish-load', () => void this.#openPage())
    contents.on('render-process-gone', (_event, details) => {
      this.#pageReady = false
      options.report(`renderer_gone_${details.reason}`)
      if (details.reason !== 'clean-exit') setTimeout(() => this.#reload(), reloadMs)
    })
    this.#reload()
  }

  get pageReady(): boolean {
    return this.#pageReady
  }

  /** Hands one end of a new channel to the page; the other one is for the engine. */
  openPort(): MessagePortMain {
    const { port1, port2 } = new MessageChannelMain()
    this.#window.webContents.postMessage(portChannel, null, [port1])
    return port2
  }

  setOwner(owner: MarkOwner): void {
    this.#mark.setOwner(owner)
  }

  /** Before the name, so that a task bar with little room shows it. */
  setUnread(count: number): void {
    const { name } = this.#options
    if (!this.#window.isDestroyed()) this.#window.setTitle(count > 0 ? `(${count}) ${name}` : name)
  }

  focus(): void {
    if (this.#window.isMinimized()) this.#window.restore()
    this.#window.show()
    this.#window.focus()
  }

  #reload(): void {
    if (this.#window.isDestroyed()) return
    this.#window
      .loadURL(`${pageOrigin}/index.html${this.#options.query}`)
      .catch(() => this.#options.report('page_not_loaded'))
  }

  /** Nothing is ever shown unmarked, not even an empty page. */
  async #showMarked(): Promise<boolean> {
    try {
      await this.#mark.renew()
    } catch {
      this.#options.report('mark_not_set')
      return false
    }
    if (this.#window.isDestroyed()) return false
    if (!this.#window.isVisible()) this.#window.show()
    this.#options.onShown()
    return true
  }

  /** Content comes through the port only, and the port only after the mark. */
  async #openPage(): Promise<void> {
    if (!(await this.#marked) || this.#window.isDestroyed()) return
    this.#pageReady = true
    this.#options.onPage()
  }
}

function createWindow(options: WorkWindowOptions): BrowserWindow {
  const work = screen.getPrimaryDisplay().workAreaSize
  return new BrowserWindow({
    width: Math.min(1240, work.width),
    height: Math.min(800, work.height),
    minWidth: 760,
    minHeight: 480,
    show: false,
    title: options.name,
    backgroundColor: '#f4f5f7',
    webPreferences: {
      preload: options.preload,
      session: options.session,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      disableDialogs: true,
      spellcheck: false,
      devTools: !options.packaged,
    },
  })
}
