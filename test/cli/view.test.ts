import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { splitFields } from '../../src/cli/lab/csv.ts'
import { parseEdges, parseObservations, timeOf } from '../../src/cli/lab/files.ts'
import { data, run, type Run } from './run.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aip-view-'))
})
afterAll(async () => {
  await rm(directory, { recursive: true })
})

let files = 0
async function file(...lines: readonly string[]): Promise<string> {
  const path = join(directory, `${++files}.csv`)
  await writeFile(path, lines.join('\n'))
  return path
}

interface Row {
  readonly id: string
  readonly did: string
  readonly state: string
  readonly score: number | null
  readonly social: number
  readonly standing: number
  readonly reliability: number | null
  readonly evidence: { readonly weight: number; readonly outcomes: number }
}

const AS_OF = '2026-01-31'

async function view(
  edges: string,
  options: { observations?: string; more?: readonly string[]; viewer?: string } = {},
): Promise<Run> {
  const { observations, more = [], viewer = 'alice' } = options
  const seen = observations === undefined ? [] : ['--observations', observations]
  const asOf = more.includes('--as-of') ? [] : ['--as-of', AS_OF]
  return run(['view', edges, '--viewer', viewer, ...seen, ...asOf, ...more], {
    connect: async () => Promise.reject(new Error('the lab asks no node')),
  })
}

async function rows(...given: Parameters<typeof view>): Promise<ReadonlyMap<string, Row>> {
  const [edges, options = {}] = given
  const result = await view(edges, { ...options, more: [...(options.more ?? []), '--json'] })
  expect(result.err).toBe('')
  expect(result.code).toBe(0)
  const { agents } = data(result) as { agents: readonly Row[] }
  return new Map(agents.map((row) => [row.id, row]))
}

describe('aip-node view', () => {
  test('gives the standing and the social trust of the specification, over vouches alone', async () => {
    const edges = await file(
      'source,target,level',
      'alice,bob,1',
      'bob,carol,1',
      'mallory,mallory2,1',
    )
    const found = await rows(edges)
    expect([...found.keys()]).toEqual(['bob', 'carol', 'mallory', 'mallory2'])
    // T6, T7 and T10: one whole, then a half of it spread over eight.
    expect(found.get('bob')).toMatchObject({ state: 'unknown', score: null, standing: 1 })
    expect(found.get('bob')?.social).toBeCloseTo(0.8, 10)
    expect(found.get('carol')?.standing).toBe(1 / 16)
    expect(found.get('carol')?.social).toBeCloseTo(0.425, 10)
    expect(found.get('mallory2')).toMatchObject({ social: 0, standing: 0, score: null })
  })

  test('T16 weighs what a friend saw, a quarter of it where no promise is attested', async () => {
    const edges = await file('alice,bob,1', 'bob,carol,1')
    const plain = await file(`bob,carol,10,9,${AS_OF}`)
    const attested = await file(
      'observer,subject,promised,delivered,time,attested',
      `bob,carol,10,9,${AS_OF},true`,
    )
    const [one, other] = [
      await rows(edges, { observations: plain }),
      await rows(edges, { observations: attested }),
    ]
    expect(one.get('carol')?.evidence).toMatchObject({ weight: 0.25, outcomes: 1 })
    expect(other.get('carol')?.evidence).toMatchObject({ weight: 1, outcomes: 1 })
    expect(one.get('carol')?.state).toBe('thin')
    expect(other.get('carol')?.state).toBe('known')
  })

  test('T15 counts half of what was seen 90 days before the date asked for', async () => {
    const edges = await file('alice,bob,1', 'bob,carol,1')
    const observations = await file('bob,carol,10,9,2025-11-02')
    expect((await rows(edges, { observations })).get('carol')?.evidence.weight).toBe(0.125)
    const earlier = await rows(edges, { observations, more: ['--as-of', '2025-11-02'] })
    expect(earlier.get('carol')?.evidence.weight).toBe(0.25)
    const before = await rows(edges, { observations, more: ['--as-of', '2025-11-01'] })
    expect(before.get('carol')?.evidence.weight).toBe(0)
  })

  test('T2 leaves out a vouch that is not yet issued, or has expired by then', async () => {
    const edges = await file('alice,bob,1,general,2026-01-01,2026-02-01', 'alice,carol,0.5')
    const standingOn = async (date: string) =>
      (await rows(edges, { more: ['--as-of', date] })).get('bob')?.standing
    expect(await standingOn('2025-12-31')).toBe(0)
    expect(await standingOn('2026-01-01')).toBe(1)
    expect(await standingOn('2026-01-31T23:59:59.999Z')).toBe(1)
    expect(await standingOn('2026-02-01')).toBe(0)
  })

  test('T5 takes the later of two vouches by time, and of equal times the later line', async () => {
    const edges = await file(
      'alice,bob,0.9,general,2026-01-02',
      'alice,bob,0.1,general,2026-01-01',
      'alice,carol,0.9',
      // Their numbers sort otherwise as plain text.
      ...Array.from({ length: 20 }, () => ''),
      'alice,carol,0.2',
    )
    const found = await rows(edges)
    expect(found.get('bob')?.standing).toBeCloseTo(0.9, 8)
    expect(found.get('carol')?.standing).toBeCloseTo(0.2, 8)
  })

  test('keeps scopes apart, and counts an observation without one for whichever is asked', async () => {
    const edges = await file('alice,bob,1,review', 'alice,carol,1')
    const observations = await file(
      `carol,dave,1,1,${AS_OF}`,
      `carol,dave,1,0,${AS_OF},false,other`,
    )
    const general = await rows(edges, { observations })
    const review = await rows(edges, { observations, more: ['--scope', 'review'] })
    expect(general.get('bob')?.standing).toBe(0)
    expect(review.get('bob')?.standing).toBe(1)
    expect(general.get('dave')?.evidence.outcomes).toBe(2)
    expect(review.get('dave')?.evidence.outcomes).toBe(1)
  })

  test('profile open lets trust travel further than strict', async () => {
    const names = ['alice', 'a', 'b', 'c', 'd', 'e']
    const edges = await file(...names.slice(1).map((name, at) => `${names[at]},${name},1`))
    const strict = await rows(edges)
    const open = await rows(edges, { more: ['--profile', 'open'] })
    expect(strict.get('e')?.standing).toBe(0)
    expect(open.get('e')?.standing).toBeGreaterThan(0)
  })

  test('answers the same whatever the order of the lines', async () => {
    const lines = ['alice,bob,0.7', 'bob,carol,0.9', 'alice,dave,1', 'dave,carol,0.4']
    const there = await rows(await file(...lines))
    const back = await rows(await file(...lines.toReversed()))
    for (const [id, row] of there) {
      expect(back.get(id)).toMatchObject({ standing: row.standing, social: row.social })
    }
  })

  test('prints a table for people, the viewer left out, with as many rows as asked', async () => {
    const edges = await file('alice,"Bob, the builder",1', 'alice,carol,0.5')
    const { out, code } = await view(edges, { more: ['--limit', '1'] })
    expect(code).toBe(0)
    expect(out).toContain('viewed by alice   scope general   method mesh/1, profile strict')
    expect(out).toMatch(/^AGENT +STATE +SCORE +ASSURED/m)
    expect(out).toMatch(/^Bob, the builder +unknown +– /m)
    expect(out).toContain('… and 1 more')
    expect(out).not.toMatch(/^alice/m)
  })

  test('says so when the viewer vouches for nobody', async () => {
    const { out, code } = await view(await file('bob,alice,1'))
    expect(code).toBe(0)
    expect(out).toContain('No view: the viewer vouches for nobody.')
  })

  test('names every bad line by its number, and answers nothing', async () => {
    const edges = await file(
      '# friends',
      '',
      'alice,bob,1',
      'alice,bob,2',
      'alice,alice,1',
      'alice,carol',
    )
    const { code, err, out } = await view(edges)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toContain('Line 4 of ')
    expect(err).toContain(
      'a level is above 0 and at most 1; line 5: alice vouches for itself; line 6:',
    )
    expect(err).toContain('[cli/line-invalid]')
  })

  test.each([
    ['a viewer whom no line names', ['--viewer', 'nobody'], 4, 'cli/agent-unknown'],
    ['a date that is none', ['--viewer', 'alice', '--as-of', '2026-02-30'], 2, 'cli/usage'],
    ['a scope that is none', ['--viewer', 'alice', '--scope', 'A b'], 2, 'cli/usage'],
    ['a limit of nothing', ['--viewer', 'alice', '--limit', '0'], 2, 'cli/usage'],
    ['a file that is not there', ['--viewer', 'alice', '--observations', '/nowhere/x'], 2, 'cli/f'],
  ])('refuses %s', async (_, words, code, fault) => {
    const result = await run(['view', await file('alice,bob,1'), ...words])
    expect(result.code).toBe(code)
    expect(result.err).toContain(`[${fault}`)
  })
})

describe('a line of the lab', () => {
  test('keeps its values whatever is in them, when they are quoted', () => {
    const value = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n]/g, ' '))
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        const line = values.map((text) => `"${text.replaceAll('"', '""')}"`).join(',')
        expect(splitFields(line)).toEqual(values)
      }),
    )
  })

  test.each(['a,"b', 'a"b,c', '"a"b,c', 'a,b",c'])(
    'with quotes that do not match is none: %s',
    (line) => {
      expect(splitFields(line)).toBeUndefined()
      expect(() => parseEdges(line)).toThrow('line 1: its quotes do not match')
    },
  )

  test.each([
    ['a,b,0', 'a level is above 0 and at most 1'],
    ['a,b,1.001', 'a level is above 0 and at most 1'],
    ['a,b,-1', 'a level is above 0 and at most 1'],
    ['a,,1', 'an agent has no name'],
    ['a,b,1,Not A Scope', '"Not A Scope" is no scope'],
    ['a,b,1,,yesterday', '"yesterday" is no time'],
    ['a,b,1,,,yesterday', '"yesterday" is no time'],
    ['a,b,1,,,,', 'it is not "source,target,level[,scope,issued,expires]"'],
    [`${'a'.repeat(257)},b,1`, 'a name has more than 256 characters'],
  ])('as an edge is refused: %s', (line, problem) => {
    expect(() => parseEdges(line)).toThrow(`line 1: ${problem}`)
  })

  test.each([
    ['a,b,x,1,2026-01-31', '"x" is no amount'],
    ['a,b,1,-1,2026-01-31', '"-1" is no amount'],
    ['a,b,1,1,', '"" is no time'],
    ['a,b,1,1,2026-01-31,maybe', 'attested is true or false, not "maybe"'],
    ['a,b,1,1', 'it is not "observer,subject,promised,delivered,time[,attested,scope]"'],
  ])('as an observation is refused: %s', (line, problem) => {
    expect(() => parseObservations(line)).toThrow(`line 1: ${problem}`)
  })

  test('has a level in thousandths, from the least to a whole one', () => {
    const levels = parseEdges('a,b,0.0001\na,c,0.0015\na,d,1').map(({ level }) => level)
    expect(levels).toEqual([1, 2, 1000])
  })

  test('has a time as a date, as RFC 3339 or in seconds since 1970', () => {
    const atMs = Date.UTC(2026, 0, 31)
    expect(timeOf('2026-01-31')).toBe(atMs)
    expect(timeOf('2026-01-31T01:00:00+01:00')).toBe(atMs)
    expect(timeOf('1769817600')).toBe(atMs)
    for (const text of ['', '31.01.2026', '2026-13-01', '2026-02-29', '-1', '9999999999999']) {
      expect(timeOf(text), text).toBeUndefined()
    }
  })
})
