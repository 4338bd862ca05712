import { expect, test } from 'vitest'
import { makeWaveform, readWaveform } from './waveform.ts'

test('bars are brought to the wanted number, each as loud as its loudest part', () => {
  expect(readWaveform(btoa(String.fromCharCode(0, 100, 50, 255)), 2)).toEqual([1, 1])
  expect(readWaveform(btoa(String.fromCharCode(50)), 3)).toEqual([0.5, 0.5, 0.5])
})

test('no waveform and a malformed one have no bars', () => {
  for (const given of [null, '', '%%%']) expect(readWaveform(given, 10)).toBeNull()
})

test('a recording becomes 64 bars, the loudest at 100; silence stays silent', () => {
  const samples = new Float32Array(6400).map((_unused, i) => (i < 3200 ? 0.1 : 0.4) * Math.sign(Math.sin(i)))
  const bars = readWaveform(makeWaveform(samples), 64)
  expect(bars?.[0]).toBeCloseTo(0.25, 2)
  expect(bars?.[63]).toBe(1)
  expect(readWaveform(makeWaveform(new Float32Array(6400)), 64)?.every((bar) => bar === 0)).toBe(true)
  expect(makeWaveform(new Float32Array(3))).toBeNull()
})
