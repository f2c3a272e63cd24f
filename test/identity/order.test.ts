import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { alice, context, keyNamed, logOf, stateOf } from '../support/identity.ts'
import type { Way } from '../support/identity.ts'

/** Logs with contradictions at every level, in few enough variants that generated ones meet. */
const way: fc.Arbitrary<Way> = fc
  .record({
    inception: fc.nat(2),
    recoveries: fc.array(fc.nat(2), { maxLength: 3 }),
    end: fc.option(fc.nat(1), { nil: undefined, freq: 6 }),
    rotations: fc.array(fc.nat(2), { maxLength: 3 }),
    salt: fc.constantFrom(undefined, undefined, undefined, 'pepper'),
  })
  .map((found) => (found.end === undefined ? found : { ...found, rotations: [] }))

type Closeness = 'none' | 'inception' | 'generation' | 'rotation'

/** Another way that goes with `base` for a while. */
function besideOf(base: Way, path: Way, closeness: Closeness): Way {
  const { inception, recoveries } = base
  const close = { ...path, inception, recoveries, end: undefined }
  switch (closeness) {
    case 'none':
      return path
    case 'inception':
      return { ...path, inception }
    case 'generation':
      return close
    case 'rotation':
      return { ...close, rotations: [0, ...path.rotations] }
  }
}

/** Values that have as much in common as `closeness` says. */
function relatives(base: Way, closeness: Closeness): fc.Arbitrary<IdentityState> {
  const single = fc
    .tuple(way, fc.nat(3))
    .map(([path, sequence]) => stateOf(besideOf(base, path, closeness), sequence))
  // What nodes hold: values as they came, and joins of some.
  return fc
    .array(single, { minLength: 1, maxLength: 3 })
    .map(([first, ...others]) =>
      others.reduce((joined, next) => joined.join(next), first ?? never()),
    )
}

/** `size` values of one DID that have something to do with each other, and now and then a cousin. */
function family(size: number): fc.Arbitrary<IdentityState[]> {
  return fc
    .tuple(way, fc.constantFrom<Closeness[]>('none', 'inception', 'generation', 'rotation'))
    .chain(([base, closeness]) => {
      const close = relatives(base, closeness)
      const member = fc.oneof(
        { weight: 4, arbitrary: close },
        { weight: 1, arbitrary: relatives(base, 'inception') },
      )
      return fc.array(member, { minLength: size, maxLength: size })
    })
}

const pair = family(2).map(([a, b]) => [a ?? never(), b ?? never()] as const)
const triple = family(3).map(([a, b, c]) => [a ?? never(), b ?? never(), c ?? never()] as const)

function never(): never {
  throw new RangeError('an array of at least one')
}

/** The inception alone. */
const plain: Way = {
  inception: 0,
  recoveries: [],
  end: undefined,
  rotations: [],
  salt: undefined,
}

const RUNS = { numRuns: 600 }

function text(value: IdentityState): string {
  return toHex(value.bytes)
}

function joinAll(members: readonly IdentityState[]): string {
  return text(members.reduce((joined, next) => joined.join(next)))
}

describe('I14: the order of values', () => {
  test('is antisymmetric, and calls equal only what is the same to the byte', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        expect(Math.sign(a.compare(b))).toBe(0 - Math.sign(b.compare(a)))
        expect(a.compare(b) === 0).toBe(text(a) === text(b))
      }),
      RUNS,
    )
  })

  test('is transitive over every triple of generated families', () => {
    let triples = 0
    let strict = 0
    fc.assert(
      fc.property(family(30), (members) => {
        const signs = members.map((a) => members.map((b) => Math.sign(a.compare(b))))
        const sign = (i: number, j: number): number => signs[i]?.[j] ?? Number.NaN
        for (let i = 0; i < members.length; i++) {
          for (let j = 0; j < members.length; j++) {
            for (let k = 0; k < members.length; k++) {
              triples += 1
              if (sign(i, j) < 0 || sign(j, k) < 0) continue
              strict += 1
              if (sign(i, k) < Math.max(sign(i, j), sign(j, k))) throw new Error('not transitive')
            }
          }
        }
      }),
      { numRuns: 60 },
    )
    expect(triples).toBe(60 * 30 ** 3)
    expect(strict).toBeGreaterThan(triples / 8)
  })

  test('puts a longer log before a shorter one, whatever the document of the shorter', () => {
    fc.assert(
      fc.property(way, fc.nat(2), (path, next) => {
        fc.pre(path.end === undefined)
        const shorter = stateOf(path, Number.MAX_SAFE_INTEGER)
        const longer = stateOf({ ...path, rotations: [...path.rotations, next] })
        expect(longer.compare(shorter)).toBeGreaterThan(0)
        expect(text(shorter.join(longer))).toBe(text(longer))
      }),
      { numRuns: 100 },
    )
  })

  test('puts the lower hash first where two entries have one parent', () => {
    const [a, b] = [stateOf({ ...plain, rotations: [0] }), stateOf({ ...plain, rotations: [1] })]
    const isLower = toHex(a.branches[0].head) < toHex(b.branches[0].head)
    expect(a.compare(b) > 0).toBe(isLower)
  })

  test('of two values with one log prefers higher sequence, then later expiry', () => {
    expect(stateOf(plain, 2).compare(stateOf(plain, 1))).toBeGreaterThan(0)
    expect(stateOf(plain, 1).compare(stateOf(plain))).toBeGreaterThan(0)
  })

  test('sees forks at every level among what is generated', () => {
    const seen = new Set<string>()
    for (const found of fc.sample(family(8), { numRuns: 100, seed: 1 }).flat()) {
      seen.add(
        found.conflict === undefined ? 'none' : `${found.conflict.stretch} ${found.conflict.depth}`,
      )
    }
    expect([...seen].toSorted()).toEqual(
      expect.arrayContaining([
        'inceptions 0',
        'none',
        'recoveries 0',
        'recoveries 1',
        'rotations 0',
        'rotations 1',
      ]),
    )
  })
})

describe('I15: the join of values', () => {
  test('is commutative and idempotent', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        expect(text(a.join(b))).toBe(text(b.join(a)))
        expect(a.join(a)).toBe(a)
        expect(text(a.join(b).join(b))).toBe(text(a.join(b)))
      }),
      RUNS,
    )
  })

  test('is associative', () => {
    fc.assert(
      fc.property(triple, ([a, b, c]) => {
        expect(text(a.join(b).join(c))).toBe(text(a.join(b.join(c))))
      }),
      { numRuns: 2_000 },
    )
  })

  test('is never worse than what was joined', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const joined = a.join(b)
        expect(joined.compare(a)).toBeGreaterThanOrEqual(0)
        expect(joined.compare(b)).toBeGreaterThanOrEqual(0)
      }),
      RUNS,
    )
  })

  test('is a value that a stranger accepts, and reads as the same', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const joined = a.join(b)
        const parsed = IdentityState.parse(joined.bytes, context)
        expect(text(parsed)).toBe(text(joined))
        expect(parsed.conflict).toEqual(joined.conflict)
        expect(parsed.compare(joined)).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  test('a whole family comes to one value in whatever order it is told', () => {
    fc.assert(
      fc.property(
        family(8).chain((members) =>
          fc.tuple(fc.constant(members), fc.shuffledSubarray(members, { minLength: 8 })),
        ),
        ([told, retold]) => {
          expect(joinAll(told)).toBe(joinAll(retold))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('keeps the two branches with the lowest hashes of more than two', () => {
    const logs = [0, 1, 2, 3].map((choice) => logOf({ ...plain, rotations: [choice] }))
    const lowest = logs.map((log) => toHex(log.head)).toSorted((a, b) => (a < b ? -1 : 1))
    const joined = logs.map((log) => IdentityState.of(log)).reduce((a, b) => a.join(b))
    expect(joined.branches.map((log) => toHex(log.head))).toEqual(lowest.slice(0, 2))
  })

  test('keeps the best log of each branch', () => {
    const fork = stateOf({ ...plain, rotations: [0] }).join(stateOf({ ...plain, rotations: [1] }))
    const grown = fork.join(stateOf({ ...plain, rotations: [0, 2] }))
    expect(grown.branches.map((log) => log.entries.length).toSorted((a, b) => a - b)).toEqual([
      2, 3,
    ])
  })

  test('a recovery beside a rotation wins and is no fork', () => {
    const recovered = stateOf({ ...plain, recoveries: [0] }, 1)
    for (const rotations of [[0], [1, 1], [2, 0, 1]]) {
      expect(text(stateOf({ ...plain, rotations }, 9).join(recovered))).toBe(text(recovered))
    }
  })

  test('a recovery beside a deactivation is a fork', () => {
    const joined = stateOf({ ...plain, end: 0 }).join(stateOf({ ...plain, recoveries: [0] }))
    expect(joined.conflict).toEqual({ stretch: 'recoveries', depth: 0 })
  })

  test('two signatures of one entry are one log, and its document is kept', () => {
    const once: Way = { ...plain, rotations: [0] }
    const [a, b] = [stateOf(once, 2), stateOf({ ...once, salt: 'salt' }, 1)]
    expect(a.join(b).isForked).toBe(false)
    expect(a.join(b).document?.sequence).toBe(2)
    expect(a.branches[0].head).toEqual(b.branches[0].head)
    expect(text(a)).not.toBe(text(b))
  })

  test('values of two DIDs do not mix', () => {
    const carol = IdentityState.of(alice({ genesis: keyNamed('carol') }))
    expect(() => carol.join(stateOf(plain))).toThrow(/another DID/)
    expect(() => carol.compare(stateOf(plain))).toThrow(/another DID/)
  })
})
