import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { bestOf } from '../../scripts/replay/best.ts'
import { busiest, peopleOf, personOf } from '../../scripts/replay/people.ts'
import { parseRatings, RatingsError } from '../../scripts/replay/ratings.ts'
import type { Rating } from '../../scripts/replay/ratings.ts'
import { signedRatings, SPAN_MS, timeMapOf } from '../../scripts/replay/records.ts'
import type { Made } from '../../scripts/replay/records.ts'
import { agreementOf, clearest } from '../../scripts/replay/viewpoint.ts'
import type { Scored } from '../../scripts/replay/viewpoint.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import { SignatureProof } from '../../src/crypto/ed25519.ts'
import { readNetwork } from '../../src/node/config.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { fulfilment } from '../../src/records/fulfilment.ts'
import { Replica } from '../../src/records/replica/replica.ts'
import { Candidate, judgeTime } from '../../src/records/verified.ts'

const SCRIPT = resolve(import.meta.dirname, '../../scripts/replay.ts')
const RUN_LIMIT_MS = 3 * MINUTE_MS
const NOW_MS = Date.UTC(2026, 0, 1)
const NETWORK = 'local'

function rating(source: string, target: string, value: number, atMs = 0): Rating {
  return { source, target, value, atMs }
}

function made(ratings: readonly Rating[]): readonly Made[] {
  return [...signedRatings(ratings, peopleOf(ratings), { network: NETWORK, nowMs: NOW_MS })]
}

function candidateOf({ bytes }: Made): Candidate {
  return Candidate.parse(bytes, { network: NETWORK })
}

/** So many ratings by "a" an hour, for so many hours; an hour of the data is one of the records. */
function crowd(perHour: number, hours: number): readonly Rating[] {
  const ratings = Array.from({ length: hours }, (_, hour) =>
    Array.from({ length: perHour }, (__, at) =>
      rating('a', `t${hour}-${at}`, 1, 30 * MINUTE_MS + hour * HOUR_MS),
    ),
  )
  // The last moment of the data is 300 days after the first.
  return [...ratings.flat(), rating('z', 'a', 1, SPAN_MS + 30 * MINUTE_MS)]
}

function scored(state: Scored['state'], confidence: number): Scored {
  return {
    person: 'p',
    did: 'd',
    state,
    score: 0.5,
    assured: 0.1,
    confidence,
    ratings: 5,
    meanRating: 1,
    negative: 0,
  }
}

function compared(meanRating: number, score: number) {
  return { meanRating, score, reliability: 0.5 }
}

describe('ratings', () => {
  test('come in order of time, of equal times in the order of the file', () => {
    const text = 'a,b,3,20\n\nb,a,-10,10.5\r\nc,a,10,20\n'
    expect(parseRatings(text)).toEqual([
      { source: 'b', target: 'a', value: -10, atMs: 10_500 },
      { source: 'a', target: 'b', value: 3, atMs: 20_000 },
      { source: 'c', target: 'a', value: 10, atMs: 20_000 },
    ])
  })

  test.each([
    ['a,b,1', 'Line 1: it is not'],
    ['a,b,1,1,1', 'Line 1: it is not'],
    ['a,b,1,1\n../x,b,1,1', 'Line 2: a name'],
    ['a,a,1,1', 'Line 1: a rates itself'],
    ['a,b,0,1', 'Line 1: a rating is'],
    ['a,b,11,1', 'Line 1: a rating is'],
    ['a,b,-11,1', 'Line 1: a rating is'],
    ['a,b,1.5,1', 'Line 1: a rating is'],
    ['a,b,1,yesterday', 'Line 1: a time'],
    ['', 'There is no rating'],
  ])('refuses %j', (text, sentence) => {
    expect(() => parseRatings(text)).toThrow(RatingsError)
    expect(() => parseRatings(text)).toThrow(sentence)
  })

  test('the busiest gave the most positive ratings', () => {
    const ratings = [
      rating('a', 'b', -1),
      rating('a', 'c', -1),
      rating('a', 'd', -1),
      rating('c', 'a', 1),
      rating('b', 'a', 1),
      rating('d', 'a', 1),
      rating('d', 'b', 2),
    ]
    expect(busiest(ratings, 2)).toEqual(['d', 'b'])
  })
})

describe('a person', () => {
  test('has the same key in every run, and another than anybody else', () => {
    expect(personOf('7').did).toBe(personOf('7').did)
    expect(personOf('7').did).not.toBe(personOf('8').did)
  })
})

describe('records of ratings', () => {
  test('a rating above 0 is a vouch of level r/10 and an outcome of (r + 10)/20', () => {
    const [vouch, observation, ...more] = made([rating('a', 'b', 7)]).map(candidateOf)
    expect(more).toEqual([])
    expect(vouch?.record).toMatchObject({
      type: 'vouch',
      issuer: personOf('a').did,
      subject: personOf('b').did,
      level: 700,
      inception: personOf('b').log.inception,
    })
    expect(observation?.record.type).toBe('observation')
    if (observation?.record.type !== 'observation') return
    expect(observation.record.outcomes.map(fulfilment)).toEqual([0.85])
  })

  test.each([
    [-10, 0],
    [-1, 0.45],
  ])('a rating of %i is an outcome of %d alone', (value, kept) => {
    const all = made([rating('a', 'b', value)]).map(candidateOf)
    expect(all.map(({ record }) => record.type)).toEqual(['observation'])
    const [only] = all
    if (only?.record.type !== 'observation') return
    expect(only.record.outcomes.map(fulfilment)).toEqual([kept])
  })

  test('times are mapped linearly onto the last 300 days', () => {
    const ratings = [0, 250, 1_000].map((atMs) => rating('a', 'b', 1, atMs))
    const mapped = timeMapOf(ratings, NOW_MS)
    expect([0, 250, 1_000].map(mapped)).toEqual([NOW_MS - SPAN_MS, NOW_MS - 0.75 * SPAN_MS, NOW_MS])
    expect(timeMapOf(ratings.slice(0, 1), NOW_MS)(0)).toBe(NOW_MS)
  })

  test('are sound, in time, and numbered upwards by each issuer', async () => {
    const ratings = [0, 0, 1, 2].map((atMs, at) => rating('a', `b${at}`, at - 1 || 5, atMs))
    let previous = 0
    for (const one of made(ratings)) {
      const candidate = candidateOf(one)
      expect(await SignatureProof.of(candidate.check, nativeVerifier)).toBeDefined()
      expect(judgeTime(candidate.record, NOW_MS)).toBeUndefined()
      expect(candidate.record.sequence).toBeGreaterThan(previous)
      previous = candidate.record.sequence
    }
  })
})

describe('R10, as the replay states it,', () => {
  test.each([
    { perHour: 32, hours: 8, overHour: 0, overUnit: 0 },
    { perHour: 33, hours: 2, overHour: 2, overUnit: 0 },
    { perHour: 32, hours: 9, overHour: 0, overUnit: 32 },
    // Observations have the larger limits: 64 an hour, and very many in all.
    { perHour: 65, hours: 1, overHour: 33 + 1, overUnit: 0 },
  ])('leaves what the index of a node leaves: $perHour × $hours', (one) => {
    const records = made(crowd(one.perHour, one.hours)).map((each) => ({
      each,
      candidate: candidateOf(each),
    }))
    const best = bestOf(
      records.map(({ each, candidate: { id } }) => ({
        id,
        name: id,
        issuer: each.rating.source,
        type: each.type,
        issuedAtMs: each.issuedAtMs,
      })),
    )
    expect(best).toMatchObject({ overHour: one.overHour, overUnit: one.overUnit })

    const replica = new Replica(readNetwork(NETWORK))
    const place = { generation: 0, rotation: 0, workBits: 0 }
    for (const { candidate } of records) replica.apply(candidate, place, NOW_MS)
    const held = records.filter(({ candidate: { id } }) => replica.has(id))
    expect(new Set(held.map(({ candidate: { id } }) => id))).toEqual(best.names)
  })
})

describe('a viewpoint', () => {
  test('ranks the known where there are enough, else those it has the clearest picture of', () => {
    const thin = Array.from({ length: 150 }, (_, at) => scored('thin', at / 1_000))
    const known = Array.from({ length: 20 }, () => scored('known', 0.9))
    expect(clearest([...thin, ...known])).toEqual(known)
    const chosen = clearest([...thin, ...known.slice(1)])
    expect(chosen).toHaveLength(100)
    expect(chosen).toEqual(expect.arrayContaining(known.slice(1)))
    expect(Math.min(...chosen.map(({ confidence }) => confidence))).toBe(0.069)
  })

  test('agrees with the data wholly, half or not at all', () => {
    expect(agreementOf([compared(2, 0.9), compared(1, 0.8), compared(-1, 0.1)])).toEqual({
      good: 2,
      bad: 1,
      score: 1,
      reliability: 0.5,
    })
    expect(agreementOf([compared(2, 0.1), compared(-1, 0.9)]).score).toBe(0)
    expect(agreementOf([compared(2, 0.1)]).score).toBeUndefined()
  })
})

describe('the script', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aip-replay-'))
  })
  afterEach(() => {
    rmSync(directory, { recursive: true })
  })

  function run(text: string, ...args: readonly string[]) {
    const file = join(directory, 'ratings.csv')
    writeFileSync(file, text)
    return spawnSync(process.execPath, [SCRIPT, file, ...args], {
      encoding: 'utf8',
      timeout: RUN_LIMIT_MS,
      // Its nodes keep their homes here, so that what is left over can be seen.
      env: { ...process.env, TMPDIR: directory },
    })
  }

  const Found = z.object({
    v: z.literal(1),
    data: z.looseObject({
      held: z.int(),
      isAsRuled: z.boolean(),
      vouches: z.int(),
      observations: z.int(),
      imports: z.array(z.looseObject({ person: z.string(), read: z.int(), stored: z.int() })),
      looks: z.array(
        z.looseObject({
          viewer: z.string(),
          best: z.array(z.looseObject({ person: z.string() })),
          explanation: z.array(z.string()),
        }),
      ),
    }),
  })

  test(
    'three nodes come to hold the same records, and each has its own view of them',
    () => {
      const lines =
        'a,b,8,100 b,c,7,200 c,a,9,300 a,c,5,400 b,a,6,500 ' +
        'c,b,4,600 d,a,1,700 a,d,-10,800 b,d,-8,900 c,e,3,1000'
      const { status, stdout, stderr } = run(
        lines.replaceAll(' ', '\n'),
        '--people',
        'a,b,c',
        '--json',
      )
      expect(stderr).toContain('the nodes hold 18, 18, 18 records')
      expect(status).toBe(0)
      const { data } = Found.parse(JSON.parse(stdout))
      expect(data).toMatchObject({ held: 18, isAsRuled: true, vouches: 8, observations: 10 })
      expect(data.imports.map(({ read, stored }) => [read, stored])).toEqual([
        [8, 8],
        [5, 5],
        [5, 5],
      ])
      expect(data.looks.map(({ viewer }) => viewer)).toEqual(['a', 'b', 'c'])
      const [first] = data.looks
      expect(first?.best.map(({ person }) => person).toSorted()).toEqual(['b', 'c', 'e'])
      expect(first?.explanation.join('\n')).toContain('viewed by you')
      // Without --keep nothing is left behind.
      expect(readdirSync(directory)).toEqual(['ratings.csv'])
    },
    RUN_LIMIT_MS + 10 * SECOND_MS,
  )

  test.each([
    [['nonsense'], [], 'Line 1: it is not "source,target,rating,time".'],
    [['a,b,1,1'], [], 'A replay takes 3 people who rate others: a.'],
    [['a,b,1,1'], ['--people', 'a,b,b'], 'A replay takes 3 people who rate others: a, b, b.'],
    [['a,b,1,1', 'c,b,1,1'], ['--people', 'a,b,c'], 'Nobody called "b" rates anybody.'],
    [['a,b,1,1'], ['--limit', '0'], '--limit is a number of ratings, not "0".'],
    [['a,b,1,1'], ['--what'], "Unknown option '--what'"],
  ])('refuses %j %j with exit 2, one sentence and nothing started', (lines, args, sentence) => {
    const { status, stdout, stderr } = run(lines.join('\n'), ...args)
    expect(stderr).toContain(sentence)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  })

  test('names a file that is not there', () => {
    const path = join(directory, 'nowhere.csv')
    const { status, stderr } = spawnSync(process.execPath, [SCRIPT, path], { encoding: 'utf8' })
    expect(status).toBe(2)
    expect(stderr).toContain(path)
  })
})
