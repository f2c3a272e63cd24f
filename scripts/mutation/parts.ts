/** What is mutated together, and the tests that judge it. */

export interface Part {
  readonly name: string
  readonly tests: readonly string[]
  readonly mutate: readonly string[]
}

/** A mistake on the command line, as a sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The more special directory first: a file belongs to the first that holds it. */
const DIRECTORIES: Readonly<Record<string, Omit<Part, 'name'> & { readonly directory: string }>> = {
  identity: {
    directory: 'src/identity/',
    tests: ['test/identity/**/*.test.ts'],
    mutate: ['src/identity/**/*.ts'],
  },
  records: {
    directory: 'src/records/',
    tests: ['test/records/**/*.test.ts'],
    mutate: ['src/records/**/*.ts'],
  },
  live: {
    directory: 'src/trust/live/',
    tests: ['test/trust/live/**/*.test.ts'],
    mutate: ['src/trust/live/**/*.ts'],
  },
  trust: {
    directory: 'src/trust/',
    tests: ['test/trust/*.test.ts', 'test/trust/{engine,reference}/**/*.test.ts'],
    mutate: ['src/trust/**/*.ts', '!src/trust/live/**'],
  },
}

/**
 * The parts that are named, or those of the files that are named, with these files alone.
 *
 * @throws {UsageError}
 */
export function partsOf(named: readonly string[]): readonly Part[] {
  const wanted = named.length === 0 ? Object.keys(DIRECTORIES) : named
  const files = new Map<string, string[]>()
  const parts: Part[] = []
  for (const one of wanted) {
    const part = DIRECTORIES[one]
    if (part !== undefined) {
      parts.push({ name: one, tests: part.tests, mutate: part.mutate })
      continue
    }
    const found = Object.entries(DIRECTORIES).find(([, { directory }]) => one.startsWith(directory))
    if (found === undefined || !one.endsWith('.ts')) {
      const names = Object.keys(DIRECTORIES).join(', ')
      throw new UsageError(`"${one}" is neither a part (${names}) nor a file of one.`)
    }
    const [name] = found
    const held = files.get(name)
    if (held === undefined) files.set(name, [one])
    else held.push(one)
  }
  for (const [name, mutate] of files) {
    parts.push({ name, tests: DIRECTORIES[name]?.tests ?? [], mutate })
  }
  return parts
}
