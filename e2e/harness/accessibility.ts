/** The accessibility rules over a page as it stands: WCAG 2.1 A and AA, of which the serious and critical violations count. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Each as rule, where, and what is wrong with it. */
export async function violations(page: Page): Promise<string[]> {
  // Colours that fade in are not what stands there; what turns for ever does not count.
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every(
        (one) => one.playState === 'finished' || one.effect?.getComputedTiming().endTime === Number.POSITIVE_INFINITY,
      ),
  )
  // Evaluated by the debugger: the page's own policy forbids it. Once per document.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  const results = await page.evaluate(
    () =>
      (window as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run({
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'],
        // What passed would come along with each of its elements, half a megabyte for a table.
        resultTypes: ['violations'],
      }) as Promise<AxeResults>,
  )
  return results.violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`))
}

/** Elements that reach further sideways than the page shows, unless they scroll by themselves. */
export function sidewaysOverflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth
    const found: string[] = []
    for (const one of document.querySelectorAll<HTMLElement>('body *')) {
      const box = one.getBoundingClientRect()
      if (box.width === 0 || box.height === 0 || one.closest('.unseen')) continue
      if (box.right > width + 1 || box.left < -1) found.push(`${one.tagName}.${one.className} ${box.left}–${box.right}`)
    }
    return found
  })
}
