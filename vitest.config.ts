import { defineConfig } from 'vitest/config'

/** Two cores are what the tests are sized for; more files at once would wait for each other. */
const WORKERS = 2

/** unit: pure rules; integration: real sockets and a real LevelDB; e2e: real processes. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/e2e/**', 'test/long/**'],
          testTimeout: 60_000,
          maxWorkers: WORKERS,
          // Nothing of the product keeps state in a module, so files share what they have loaded.
          isolate: false,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          maxWorkers: WORKERS,
          hookTimeout: 60_000,
          isolate: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          maxWorkers: WORKERS,
          globalSetup: 'test/support/built.ts',
        },
      },
    ],
  },
})
