/** Takes pictures of a page in every theme, once nothing on it moves any more. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'

export const pictureLanguages = ['en', 'de', 'zh-CN'] as const
export type PictureLanguage = (typeof pictureLanguages)[number]
export const pictureThemes = ['light', 'dark'] as const
export type PictureTheme = (typeof pictureThemes)[number]

export interface Camera {
  page: Page
  /** One picture per theme that this camera takes, named `<language>/<theme>/<name>.png`. */
  take(name: string): Promise<void>
}

/** Everything that is drawn is drawn: fonts, pictures, transitions; what turns for ever does not count. */
async function stillness(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = (): Promise<unknown> => new Promise((done) => requestAnimationFrame(done))
    await document.fonts.ready
    await frame()
    const ending = document
      .getAnimations()
      .filter((one) => one.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY)
    await Promise.all(ending.map((one) => one.finished.catch(() => undefined)))
    await frame()
  })
}

/** `toTheme` brings the page into a theme; `taken` hears of every file. */
export function createCamera(options: {
  page: Page
  out: string
  language: PictureLanguage
  themes: readonly PictureTheme[]
  toTheme(theme: PictureTheme): Promise<void>
  taken(file: string): void
}): Camera {
  const { page, out, language, themes } = options
  return {
    page,
    async take(name) {
      for (const theme of themes) {
        await options.toTheme(theme)
        await stillness(page)
        const folder = join(out, language, theme)
        mkdirSync(folder, { recursive: true })
        const path = join(folder, `${name}.png`)
        await page.screenshot({ path })
        options.taken(path)
      }
    },
  }
}
