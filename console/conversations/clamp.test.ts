/** Long, wide and hostile texts: what is shown of them, and how fast. */
import { describe, expect, test } from 'vitest'
import { clamp, clampStep, hasInvisible } from './clamp.ts'

const limit = { characters: 100, lines: 5 }

describe('clamp', () => {
  test('leaves a text alone that fits', () => {
    expect(clamp('a'.repeat(100), limit)).toEqual({ shown: 'a'.repeat(100), cut: false })
    expect(clamp('1\n2\n3\n4\n5', limit)).toEqual({ shown: '1\n2\n3\n4\n5', cut: false })
    expect(clamp('', limit)).toEqual({ shown: '', cut: false })
  })

  test('cuts at the characters and at the lines, whichever comes first', () => {
    expect(clamp('a'.repeat(101), limit)).toEqual({ shown: 'a'.repeat(100), cut: true })
    expect(clamp('1\n2\n3\n4\n5\n6', limit)).toEqual({ shown: '1\n2\n3\n4\n5', cut: true })
    expect(clamp(`${'a'.repeat(98)}\n${'b'.repeat(98)}`, limit).shown).toBe(`${'a'.repeat(98)}\nb`)
  })

  test('never splits a surrogate pair, a combined letter or a family', () => {
    expect(clamp(`${'a'.repeat(99)}😀😀`, limit).shown).toBe('a'.repeat(99))
    expect(clamp(`${'a'.repeat(99)}e\u0301${'b'.repeat(9)}`, limit).shown).toBe('a'.repeat(99))
    const family = '👩‍👩‍👧‍👦'
    expect(clamp(`${'a'.repeat(95)}${family}b`, limit).shown).toBe('a'.repeat(95))
  })

  test('does not let endless combining marks push the cut back for ever', () => {
    const { shown, cut } = clamp(`a${'\u0301'.repeat(5000)}`, limit)
    expect(cut).toBe(true)
    expect(shown.length).toBeGreaterThan(30)
    expect(shown.length).toBeLessThanOrEqual(100)
  })

  test('shows of 10 MB what it shows of their beginning: the rest plays no part', () => {
    const text = 'All work and no play. '.repeat(480_000)
    for (const step of [0, 1, 2]) {
      const most = clampStep(step)
      expect(clamp(text, most)).toEqual(clamp(text.slice(0, most.characters + 64), most))
      expect(clamp(text, most).shown.length).toBeLessThanOrEqual(most.characters)
    }
  })

  test('shows more with every step', () => {
    const text = 'x\n'.repeat(400_000)
    const lengths = [0, 1, 2, 3, 4].map((step) => clamp(text, clampStep(step)).shown.length)
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b))
    expect(new Set(lengths).size).toBe(5)
  })
})

describe('hasInvisible', () => {
  test.each([
    ['an override', 'invoice \u202egpj.exe'],
    ['an isolate', 'a\u2066b'],
    ['a zero-width space', 'pay\u200bpal'],
    ['a byte order mark', '\ufeffhello'],
    ['a bell', 'a\u0007'],
    ['a null', 'a\u0000'],
  ])('sees %s', (_name, text) => {
    expect(hasInvisible(text)).toBe(true)
  })

  test.each(['line\nbreak\ttab\r\n', '👩‍👩‍👧‍👦', 'می‌خواهم', 'مرحبا 4471', 'a\u200fb', 'Größe', '中文'])(
    'leaves %j alone',
    (text) => {
      expect(hasInvisible(text)).toBe(false)
    },
  )
})
