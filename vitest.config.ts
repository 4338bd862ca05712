/**
 * `rooms` beside the sources and `e2e` with real windows, browsers and processes, both two files at a time; one by one `timed`, the journeys
 * that hold the product to a time of the clock, and `long`.
 */
import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** On any machine: what a test may wait for is measured with one other file beside it. */
const atATime = 2

/** A lock within a second, a colleague's message within two: nothing else has the machine meanwhile. */
const timed = ['demo', 'faults', 'two-people'].map((name) => `e2e/journeys/${name}.test.ts`)

const rooms = ['shared', 'engine', 'electron', 'renderer', 'vault', 'console', 'scripts']

/**
 * By name from both ends in turn, the same in every run: the windows at the end of the alphabet stand beside what has none. Vitest's own
 * order follows what it remembers of earlier runs.
 */
class FromBothEnds extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const left = files.toSorted((a, b) => (a.moduleId < b.moduleId ? -1 : 1))
    return Promise.resolve(files.map((_, index) => (index % 2 === 0 ? left.shift()! : left.pop()!)))
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: FromBothEnds },
    projects: [
      {
        test: {
          name: 'rooms',
          include: [
            ...rooms.map((room) => `${room}/**/*.test.{ts,tsx}`),
            'e2e/{simulators,channels,fuzz}/**/*.test.ts',
          ],
          pool: 'forks',
          maxWorkers: atATime,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/journeys/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...timed],
          pool: 'forks',
          maxWorkers: atATime,
          // The twenty kills take a minute alone, and four where eight such loads share the machine.
          testTimeout: 480_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'timed',
          include: timed,
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 480_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'long',
          include: ['e2e/long/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 3_600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
})
