/** Two projects: `rooms` beside the sources, `e2e` with real windows, browsers and processes, one file after the other. */
import { defineConfig } from 'vitest/config'

const rooms = ['shared', 'engine', 'electron', 'renderer', 'vault', 'console', 'scripts']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'rooms',
          include: [
            ...rooms.map((room) => `${room}/**/*.test.{ts,tsx}`),
            'e2e/{simulators,channels,fuzz}/**/*.test.ts',
          ],
          pool: 'forks',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/journeys/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 240_000,
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
