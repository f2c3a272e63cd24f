import { defineConfig } from 'vitest/config'
import type { Reporter, TestModule } from 'vitest/node'

const LIMIT_MS = 600_000

/** Says last what was left out, so that a shorter run cannot pass for a whole one. */
const leftOut: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    const reasons = modules.flatMap(({ children }) =>
      [...children.allTests('skipped')].map((test) => {
        const result = test.result()
        return 'note' in result && result.note !== undefined ? result.note : test.fullName
      }),
    )
    const why = reasons.length === 0 ? '' : ` (${[...new Set(reasons)].join('; ')})`
    process.stdout.write(`not run: ${reasons.length}${why}\n`)
  },
}

/** Many rounds of what the other tests do a few times: `npm run test:long`. */
export default defineConfig({
  test: {
    include: ['test/long/**/*.test.ts'],
    globalSetup: 'test/support/built.ts',
    testTimeout: LIMIT_MS,
    hookTimeout: LIMIT_MS,
    fileParallelism: false,
    reporters: ['default', leftOut],
  },
})
