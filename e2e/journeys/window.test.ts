/** The real window as hostile ground: what customers write, what a page might try, an engine that dies; under an ordinary user's sandbox. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Desktop } from '../harness/desktop.ts'
import { readScreen, unmarkedRegions } from '../harness/screenshot.ts'

const run = Math.random().toString(36).slice(2, 8)
const salesperson = 'Julia Berg'
/** Half a second on a quiet machine; beside another file on a loaded one it has taken two. */
const answeredMs = 5_000
const hugeText = 10 * 1024 * 1024

let desktop: Desktop
let page: Page
/** Hears everything that escapes to a network address of this machine. */
let listener: Server
let heard: string[]
let outside: string

beforeAll(async () => {
  heard = []
  listener = createServer((request, reply) => {
    heard.push(request.url ?? '')
    reply.end('<script>opener&&(opener.hacked=1)</script>')
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  outside = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
  desktop = await Desktop.open({ seed: 11, salesperson, pin: '736251' })
  page = desktop.window.page
  // A reload, a navigation or another page would lose it.
  await page.evaluate(() => Object.assign(window, { stillHere: true }))
})
afterAll(async () => {
  await desktop?.close()
  listener?.close()
})

async function write(name: string, text: string): Promise<void> {
  const { id } = await desktop.control.addCustomer('whatsapp', name)
  await desktop.control.say(id, desktop.simulated.id, text)
}

/** Opens a conversation by its title as it was sent; the time from the click to the sight of it, ms. */
async function open(name: string): Promise<number> {
  const row = page.locator('[data-testid="conversation-list"] [role="option"]').filter({ hasText: name }).first()
  await row.waitFor({ timeout: 20_000 })
  const clicked = Date.now()
  await row.click()
  await page.locator('[data-testid="conversation"]').filter({ hasText: name }).waitFor({ timeout: 20_000 })
  await page.getByTestId('message').first().waitFor({ timeout: 20_000 })
  return Date.now() - clicked
}

function foreignElements(): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('script, img, iframe, object, embed, a, form:not([class]), link, style')]
      .filter((one) => !(one instanceof HTMLScriptElement && one.src.startsWith('app://sealdesk/')))
      .filter((one) => !(one instanceof HTMLLinkElement && one.href.startsWith('app://sealdesk/')))
      .map((one) => one.outerHTML.slice(0, 200)),
  )
}

function hacked(): Promise<unknown> {
  return page.evaluate(() => (window as unknown as { hacked?: unknown }).hacked)
}

test('the page runs in Chromium’s sandbox, as an ordinary user', ({ skip }) => {
  const { runBy } = desktop
  if (!runBy.sandboxed) return skip(runBy.reason)
  const renderer = desktop.descendants().find(({ command }) => command.includes('--type=renderer'))!
  expect(renderer.command).not.toContain('--no-sandbox')
  const status = readFileSync(`/proc/${renderer.pid}/status`, 'utf8')
  expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).toBe(String(runBy.uid))
  expect(/^Seccomp:\s+(\d)/m.exec(status)?.[1]).toBe('2')
  expect(/^NoNewPrivs:\s+(\d)/m.exec(status)?.[1]).toBe('1')
})

describe('what a customer writes stays text', () => {
  const attack = 'globalThis.hacked=1'
  const asSent: Record<string, string> = {
    html: `<b>fett</b><img src=x onerror="${attack}"><svg/onload=${attack}> ${run}`,
    script: `<script>${attack}</script><iframe srcdoc="<script>parent.hacked=1</script>"></iframe> ${run}`,
    link: `javascript:${attack} data:text/html,<script>${attack}</script> ${run}`,
    template: `{{constructor.constructor('${attack}')()}} \${${attack}} $t(inbox.new) %s %n ${run}`,
    markdown: `[klick](javascript:${attack}) ![x](http://127.0.0.1/x.png) ${run}`,
    'zero width': `a\u200bb\u200dc\u2060d\ufeffe ${run}`,
    'right to left': `שלום \u2067עולם\u2069 ${run}`,
  }
  test.each(Object.entries(asSent))('%s is shown as it was sent', async (kind, text) => {
    await write(`Kunde ${kind} ${run}`, text)
    await open(`Kunde ${kind} ${run}`)
    expect(await page.getByTestId('message-text').innerText()).toBe(text)
    expect(await foreignElements()).toEqual([])
    expect(await hacked()).toBeUndefined()
  })

  test.each([
    [
      'overrides of direction',
      `Rechnung \u202efdp.exe\u202c \u202a1\u202b2\u202d ${run}`,
      `Rechnung fdp.exe 12 ${run}`,
    ],
    ['controls', `a\u0000b\u0007c\u001b[31md\u009b ${run}`, `abc[31md ${run}`],
    ['piled up marks', `Z${'\u0301'.repeat(400)} ${run}`, `Z${'\u0301'.repeat(8)} ${run}`],
  ])('%s act on nothing around them', async (kind, text, shown) => {
    await write(`Kunde ${kind} ${run}`, text)
    await open(`Kunde ${kind} ${run}`)
    expect((await page.getByTestId('message-text').innerText()).normalize('NFD')).toBe(shown.normalize('NFD'))
  })

  test('a hostile name is text in list, head and window title', async () => {
    const name = `<img src=x onerror="${attack}"> ${run}`
    await write(name, `hallo ${run}`)
    await open(name)
    expect(await page.locator('h1').innerText()).toBe(name)
    expect(await foreignElements()).toEqual([])
    expect(await hacked()).toBeUndefined()
    expect(await page.title()).toMatch(/^(\(\d+\) )?Sealdesk$/)
  })

  test('a text of 10 MB does not hold up the window', async () => {
    const name = `Kunde riesig ${run}`
    await write(name, `<script>${attack}</script>${'W'.repeat(hugeText)}`)
    await page.locator(`[data-title="${name}"]`).waitFor({ timeout: 30_000 })
    expect(await open(name)).toBeLessThan(answeredMs)
    expect((await page.getByTestId('message-text').innerText()).length).toBeLessThan(3_000)
    await page.getByTestId('show-all').click()
    await page.getByTestId('show-more').waitFor({ timeout: 20_000 })
    await page.getByTestId('show-more').click()
    expect(await open(`Kunde html ${run}`)).toBeLessThan(answeredMs)
    expect(await open(name)).toBeLessThan(answeredMs)
    expect(await hacked()).toBeUndefined()
  })
})

describe('the line to the engine', () => {
  /** Takes the page's own port when it next calls, posts to it what the page never would, and collects what comes back. */
  async function post(requests: { id: number; method: unknown; input: unknown; bytes?: number }[]): Promise<unknown[]> {
    await page.evaluate(() => {
      const keep = window as unknown as { line?: MessagePort }
      if (keep.line) return
      const original = Reflect.get(MessagePort.prototype, 'postMessage') as (...all: unknown[]) => void
      MessagePort.prototype.postMessage = function (...all: unknown[]) {
        const [message] = all
        if (typeof message === 'object' && message !== null && 'method' in message) keep.line = this
        original.apply(this, all)
      }
    })
    await open(`Kunde script ${run}`)
    await open(`Kunde html ${run}`)
    return page.evaluate(async (asked) => {
      const { line } = window as unknown as { line: MessagePort }
      const replies = new Map<number, unknown>()
      const all = new Promise<void>((resolve) => {
        line.addEventListener(
          'message',
          ({ data }: MessageEvent<{ re?: number; error?: { code: string }; ok?: boolean }>) => {
            if (typeof data.re === 'number' && data.re >= 1_000_000)
              replies.set(data.re, data.ok ? 'ok' : data.error?.code)
            if (asked.every(({ id }) => replies.has(id))) resolve()
          },
        )
      })
      const circle: Record<string, unknown> = {}
      circle['circle'] = circle
      for (const junk of [
        null,
        1,
        'x',
        [],
        {},
        circle,
        new Map([[1, 2]]),
        2n ** 70n,
        new Uint8Array(1e6),
        { id: 'x' },
      ]) {
        line.postMessage(junk)
      }
      line.postMessage({ id: 1_000_000, method: 'x'.repeat(5_000_000), input: {} })
      line.postMessage({ id: -1, method: 'status.get', input: {} })
      line.postMessage({ id: 1_000_001, method: 'status.get', input: {}, more: 1 })
      for (const { id, method, input, bytes } of asked) {
        const long = bytes === undefined ? undefined : 'W'.repeat(bytes)
        line.postMessage({ id, method, input: long === undefined ? input : { ...(input as object), text: long } })
      }
      await all
      return asked.map(({ id }) => replies.get(id))
    }, requests)
  }

  test('junk gets a coded answer or none, and the engine goes on', async () => {
    const engine = desktop.enginePid()
    const conversation = await page.getByTestId('conversation').getAttribute('data-id')
    const strange = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'shutdown', 'start', '']
    const requests = [
      ...strange.filter(Boolean).map((method) => ({ method, input: {}, code: 'unknown_method' })),
      { method: 'send', input: 5, code: 'bad_input' },
      { method: 'send', input: { conversation: '../../x', text: 'x' }, code: 'conversation_unknown' },
      { method: 'send', input: { conversation: 'A'.repeat(22), text: 'x' }, code: 'conversation_unknown' },
      { method: 'send', input: { conversation }, bytes: hugeText, code: 'text_too_long' },
      { method: 'search', input: {}, bytes: hugeText, code: 'bad_input' },
      { method: 'unlock', input: { pin: ['1'] }, code: 'bad_input' },
      { method: 'conversation.open', input: { conversation, limit: 1e9 }, code: 'bad_input' },
      {
        method: 'conversation.page',
        input: { conversation, before: "\0' OR 1=1 --", limit: 5 },
        code: expect.any(String),
      },
      { method: 'message.text', input: { message: null }, code: 'bad_input' },
      { method: 'status.get', input: {}, code: 'ok' },
    ].map((one, i) => ({ ...one, id: 2_000_000 + i }))
    const codes = await post(requests.map(({ code: _code, ...request }) => request))
    expect(codes).toEqual(requests.map(({ code }) => code))
    expect(codes).not.toContain('internal')
    expect(desktop.enginePid()).toBe(engine)
  })
})

describe('the page has no way out', () => {
  test('no window, no navigation, no request leaves', async () => {
    const pages = page.context().pages().length
    const tries = await page.evaluate(async (url) => {
      const settled = async (work: () => Promise<unknown>): Promise<string> => {
        try {
          await work()
          return 'went through'
        } catch {
          return 'refused'
        }
      }
      const loaded = (name: 'img' | 'script' | 'iframe', place: string): Promise<unknown> =>
        new Promise((resolve, reject) => {
          const one = document.createElement(name)
          one.onload = resolve
          one.onerror = reject
          one.src = place
          document.body.append(one)
          // A frame that is refused shows an error page and counts as loaded; what matters for it is what the listener heard.
          if (name === 'iframe') reject(new Error('not told'))
        })
      const opened = window.open(`${url}/window`)
      const answers = {
        opened: opened === null,
        fetch: await settled(() => fetch(`${url}/fetch`)),
        fetchOwn: await settled(() => fetch('app://sealdesk/index.html')),
        file: await settled(() => fetch('file:///etc/passwd')),
        image: await settled(() => loaded('img', `${url}/image.png`)),
        script: await settled(() => loaded('script', `${url}/script.js`)),
        frame: await settled(() => loaded('iframe', `${url}/frame`)),
        beacon: navigator.sendBeacon(`${url}/beacon`),
        socket: await settled(
          () =>
            new Promise((resolve, reject) => {
              const socket = new WebSocket(url.replace('http', 'ws'))
              socket.onopen = resolve
              socket.onerror = reject
            }),
        ),
        evaluated: await settled(async () => Reflect.construct(Function, ['return 1'])()),
        clipboard: await settled(() => navigator.clipboard.readText()),
        node: typeof Reflect.get(window, 'require') + typeof Reflect.get(window, 'process'),
      }
      for (const one of document.querySelectorAll('body > img, body > script[src^="http"], body > iframe')) one.remove()
      return answers
    }, outside)
    expect(tries).toMatchObject({
      opened: true,
      fetch: 'refused',
      fetchOwn: 'refused',
      file: 'refused',
      image: 'refused',
      script: 'refused',
      socket: 'refused',
      clipboard: 'refused',
      node: 'undefinedundefined',
    })
    await page.evaluate((url) => {
      const form = document.createElement('form')
      form.action = `${url}/form`
      const link = document.createElement('a')
      link.href = `${url}/link`
      const blank = document.createElement('a')
      blank.href = `${url}/blank`
      blank.target = '_blank'
      document.body.append(form, link, blank)
      form.submit()
      link.click()
      blank.click()
      window.location.href = `${url}/location`
      for (const one of [form, link, blank]) one.remove()
    }, outside)
    page = (await desktop.attachAnew()).page
    // An answered click comes after whatever a navigation would have done.
    await open(`Kunde script ${run}`)
    expect(page.context().pages().length).toBe(pages)
    expect(page.url()).toMatch(/^app:\/\/sealdesk\/index\.html/)
    expect(await page.evaluate(() => Reflect.get(window, 'stillHere'))).toBe(true)
    expect(heard).toEqual([])
  })
})

test('the keyboard comes back to where it was when the menu closes', async () => {
  const focused = (): Promise<string | null> =>
    page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? null)
  await page.getByTestId('rail-menu').focus()
  await page.keyboard.press('Enter')
  await page.getByTestId('menu').waitFor()
  expect(await focused()).toMatch(/^theme-/)
  await page.keyboard.press('Escape')
  await page.getByTestId('menu').waitFor({ state: 'detached' })
  await expect.poll(focused).toBe('rail-menu')
})

describe('the visible mark', () => {
  const markStyle = (): Promise<Record<string, string>> =>
    page.evaluate(() => {
      const style = getComputedStyle(document.documentElement, '::after')
      const { content, display, visibility, opacity, zIndex, position, transform, clipPath, filter, pointerEvents } =
        style
      const { backgroundImage, backgroundSize, width, height, maskImage, inset } = style
      const shape = {
        content,
        display,
        visibility,
        opacity,
        zIndex,
        position,
        transform,
        clipPath,
        filter,
        pointerEvents,
      }
      return { ...shape, backgroundImage, backgroundSize, width, height, maskImage, inset }
    })

  /** A page that has turned against its mark with everything that a style sheet can say, and shows nothing but white. */
  const overrule = (): Promise<void> =>
    page.evaluate(() => {
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(`
        html { background: #fff !important; opacity: 0 !important; filter: opacity(0) !important; clip-path: inset(50%) !important;
          visibility: hidden !important; transform: scale(0) !important; contain: strict !important; overflow: hidden !important }
        html::after { content: none !important; display: none !important; visibility: hidden !important; opacity: 0 !important;
          z-index: -1 !important; background: none !important; width: 0 !important; height: 0 !important; inset: auto !important;
          transform: translate(-9999px) !important; clip-path: inset(50%) !important; filter: opacity(0) !important;
          mask-image: linear-gradient(transparent, transparent) !important; position: absolute !important }
        body { visibility: hidden !important; background: #fff !important }`)
      document.adoptedStyleSheets = [sheet]
    })
  const giveWay = (): Promise<void> => page.evaluate(() => void (document.adoptedStyleSheets = []))

  test('it names employee and minute, and no style of the page overrules it', async () => {
    const before = await markStyle()
    const tile = /base64,([^"]+)"/.exec(before['backgroundImage'] ?? '')?.[1] ?? ''
    expect(Buffer.from(tile, 'base64').toString()).toMatch(
      new RegExp(`${salesperson} · .+ · \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d`),
    )
    await overrule()
    try {
      // The minute may have changed meanwhile; everything else is as it was.
      expect({ ...(await markStyle()), backgroundImage: '' }).toEqual({ ...before, backgroundImage: '' })
    } finally {
      await giveWay()
    }
  })

  test('a screenshot of the screen shows it everywhere', async () => {
    const { x, y, width, height } = await page.evaluate(() => ({
      x: window.screenX,
      y: window.screenY,
      width: window.innerWidth,
      height: window.innerHeight,
    }))
    await overrule()
    try {
      // Two frames: the style is on the screen, not only in the document.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
      await expect
        .poll(() => unmarkedRegions(readScreen(desktop.display), { x, y, width, height }), { timeout: 5_000 })
        .toEqual([])
    } finally {
      await giveWay()
    }
  })
})

// After the refused navigations above: a page that only tried one must still get the new engine's port.
test('an engine that is killed comes back without the PIN, and what arrives then is shown', async () => {
  const killed = desktop.enginePid()
  process.kill(killed, 'SIGKILL')
  await page.getByTestId('reconnecting').waitFor({ timeout: 10_000 })
  await page.getByTestId('reconnecting').waitFor({ state: 'detached', timeout: 30_000 })
  expect(desktop.enginePid()).not.toBe(killed)
  const name = `Nach dem Absturz ${run}`
  await write(name, `Noch da? ${run}`)
  await open(name)
  expect(await page.getByTestId('message-text').innerText()).toBe(`Noch da? ${run}`)
  expect(await page.getByTestId('lock-screen').count()).toBe(0)
  expect(await page.evaluate(() => Reflect.get(window, 'stillHere'))).toBe(true)
})

test('to the end nothing has reached the network and nothing of a stranger has run', async () => {
  expect(heard).toEqual([])
  expect(await hacked()).toBeUndefined()
})
