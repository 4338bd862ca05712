import { expect, test } from 'vitest'
import { markStyle, markText } from './mark-style.ts'

const at = new Date(2026, 10, 23, 9, 5)

function tileOf(style: string): string {
  return Buffer.from(/base64,([^"]+)"/.exec(style)?.[1] ?? '', 'base64').toString()
}

test('the mark names employee, workstation and minute; before anybody is known the machine', () => {
  expect(markText({ employee: 'E-1042', workstation: 'K7QF' }, at)).toBe('E-1042 · K7QF · 2026-11-23 09:05')
  expect(markText({ employee: null, workstation: 'desk-4' }, at)).toBe('desk-4 · 2026-11-23 09:05')
})

test('every declaration is pinned: none could be overridden by the page', () => {
  const style = markStyle('E-1042')
  const shown = style.replace(/url\("[^"]*"\)/g, 'url()')
  const declarations = [...shown.matchAll(/[{;]\s*([a-z-]+):\s*([^;{}]+)(?=;)/g)]
  expect(declarations.length).toBeGreaterThan(50)
  for (const [, name, value] of declarations) expect(`${name}: ${value}`).toMatch(/ !important$/)
  for (const name of ['visibility', 'opacity', 'display', 'content', 'transform', 'clip-path', 'filter', 'z-index'])
    expect(style).toContain(`${name}: `)
})

test('a name cannot leave its tile or the style', () => {
  const tile = tileOf(markStyle(markText({ employee: '</text><script>"};html{}', workstation: 'w' }, at)))
  expect(tile).not.toContain('<script')
  expect(tile.match(/<text/g)).toHaveLength(6)
})
