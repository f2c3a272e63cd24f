import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

const LIVE = 'test/trust/live/**/*.test.ts'
const setupFiles = ['scripts/mutation/properties.ts']

/**
 * The first test that fails kills a mutant, so those of the mutated module itself go first, and those
 * with many generated cases last.
 */
class NearestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // Which files a run is about: the mutated one.
    const { related } = this.ctx.config
    const mutated = new Set(related?.map((path) => basename(path, '.ts')))
    const cost = ({ moduleId }: TestSpecification): number => {
      if (mutated.has(basename(moduleId, '.test.ts'))) return 0
      return readFileSync(moduleId, 'utf8').includes('numRuns') ? 2 : 1
    }
    return files.toSorted((a, b) => cost(a) - cost(b))
  }
}

/**
 * The tests that judge mutants: those of the pure modules, without sockets or disk. A limit of cases
 * keeps a survivor to seconds; the live view needs all its histories, since its test also says what
 * they must have led to.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: NearestFirst },
    projects: [
      {
        test: {
          name: 'pure',
          include: ['test/{identity,records,trust}/**/*.test.ts'],
          exclude: [LIVE],
          setupFiles,
          env: { PROPERTY_LIMIT_COUNT: '200' },
          isolate: false,
          testTimeout: 60_000,
        },
      },
      {
        test: { name: 'live', include: [LIVE], setupFiles, isolate: false },
      },
    ],
  },
})
