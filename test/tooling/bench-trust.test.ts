import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkedAgainstView } from '../../scripts/bench/trust/against-view.ts'
import { dataSet } from '../../scripts/bench/trust/data.ts'
import { fairnessGoodness, fairnessOf } from '../../scripts/bench/trust/fairness.ts'
import { fraud, leakFree } from '../../scripts/bench/trust/fraud.ts'
import { heldOut } from '../../scripts/bench/trust/held-out.ts'
import { hops } from '../../scripts/bench/trust/hops.ts'
import { leaveOneOut } from '../../scripts/bench/trust/leave-one-out.ts'
import { auc, pcc, rmse } from '../../scripts/bench/trust/metrics.ts'
import { Network, type Rating } from '../../scripts/bench/trust/network.ts'
import { oursOpen, oursStrict } from '../../scripts/bench/trust/ours.ts'
import { pagerankVote, ranks } from '../../scripts/bench/trust/pagerank.ts'
import { randomOf, shuffled } from '../../scripts/bench/trust/random.ts'
import { attackedBy, pairsOf, riseUnder } from '../../scripts/bench/trust/sybil.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const PEOPLE = 60
/** Every sixth person is bad: everybody says so but the other bad ones. */
const isBad = (person: number): boolean => person % 6 === 0

function village(seed = 1): Network {
  const random = randomOf(seed)
  const ratings: Rating[] = []
  for (let from = 0; from < PEOPLE; from++) {
    const others = shuffled(
      Array.from({ length: PEOPLE }, (_, to) => to).filter((to) => to !== from),
      random,
    ).slice(0, 12)
    for (const to of others) {
      const isGood = isBad(to) === isBad(from)
      ratings.push({ from, to, value: (isGood ? 1 : -1) * (1 + Math.floor(random() * 10)) })
    }
  }
  return new Network(PEOPLE, ratings)
}

function csv({ ratings }: Network): string {
  return ratings.map(({ from, to, value }) => `${from},${to},${value},1`).join('\n')
}

function ratingsOf(...triples: readonly (readonly [number, number, number])[]): Rating[] {
  return triples.map(([from, to, value]) => ({ from, to, value }))
}

describe('the measures', () => {
  test('AUC counts a tie as half', () => {
    expect(auc([2, 3], [0, 1])).toBe(1)
    expect(auc([0, 1], [2, 3])).toBe(0)
    expect(auc([1], [1])).toBe(0.5)
    expect(auc([1, 2], [1, 0])).toBe(0.875)
    expect(auc([], [1])).toBeUndefined()
  })

  test('RMSE and PCC are those of the textbook', () => {
    const pairs = [
      { told: 0, true: 1 },
      { told: 1, true: 2 },
      { told: 2, true: 3 },
    ]
    expect(rmse(pairs)).toBe(1)
    expect(pcc(pairs)).toBeCloseTo(1, 12)
    expect(pcc(pairs.map((pair) => ({ ...pair, told: -pair.told })))).toBeCloseTo(-1, 12)
  })
})

describe('the methods beside ours', () => {
  test('0.8^hops takes the shortest way over vouches, at most five', () => {
    const chain = ratingsOf([0, 1, 1], [1, 2, 1], [2, 3, 1], [3, 4, 1], [4, 5, 1], [5, 6, 1])
    const view = hops.prepare(new Network(8, [...chain, ...ratingsOf([0, 7, -5])])).from(0)
    expect([0, 1, 2, 5].map((person) => view.quality(person))).toEqual([1, 0.8, 0.8 ** 2, 0.8 ** 5])
    expect(view.quality(6)).toBe(0)
    expect(view.quality(7)).toBe(0)
  })

  test('PageRank sums to 1 and follows levels', () => {
    const network = new Network(4, ratingsOf([0, 1, 9], [0, 2, 3], [1, 0, 5], [3, 0, 5]))
    const found = ranks(network, 0)
    expect(found.reduce((sum, rank) => sum + rank, 0)).toBeCloseTo(1, 12)
    expect((found[1] ?? 0) / (found[2] ?? 1)).toBeCloseTo(3, 6)
    expect(found[3]).toBe(0)
  })

  test('fairness and goodness settle where each follows from the other', () => {
    const network = new Network(3, ratingsOf([0, 2, 10], [1, 2, -10]))
    const { fairness, goodness } = fairnessOf(network)
    for (const person of [0, 1]) {
      const weight = person === 0 ? 1 : -1
      expect(fairness[person]).toBeCloseTo(1 - Math.abs(weight - (goodness[2] ?? 9)) / 2, 5)
    }
    const expected = ((fairness[0] ?? 9) - (fairness[1] ?? 9)) / 2
    expect(goodness[2]).toBeCloseTo(expected, 5)
  })

  test.each([hops, pagerankVote, fairnessGoodness, oursStrict, oursOpen])(
    '$name does not know the rating that is left out',
    (method) => {
      const network = village()
      for (const rating of network.ratings.slice(0, 25)) {
        const without = new Network(
          network.size,
          network.ratings.filter((one) => one !== rating),
        )
        const excepted = method.prepare(network).from(rating.from, rating)
        const truly = method.prepare(without).from(rating.from)
        expect(excepted.rating(rating.to)).toBeCloseTo(truly.rating(rating.to), 5)
        expect(excepted.quality(rating.to)).toBeCloseTo(truly.quality(rating.to), 5)
      }
    },
  )
})

describe('ours in the benchmark', () => {
  test.each([oursStrict, oursOpen])('is what a view over records says: $name', (method) => {
    const network = village()
    for (const viewer of [0, 1, 2]) {
      expect(checkedAgainstView(network, method, viewer)).toBe(PEOPLE - 1)
    }
  })

  test('foretells a planted truth', () => {
    const network = village()
    const [found] = heldOut(network, [oursStrict], 1)
    expect(found?.quality).toBeGreaterThan(0.8)
    const left = leaveOneOut(network, oursStrict, 1_000)
    expect(left.pcc).toBeGreaterThan(0.5)
    expect(left.rmse).toBeLessThan(0.6)
  })

  test('keeps the promise under attack, and no more of them gain more', () => {
    const network = village()
    const pairs = pairsOf(network, 3, 1)
    const rises = [10, 1_000].map((sybils) =>
      riseUnder(network, { edges: 3, sybils }, { pairs, ours: [oursStrict], seed: 1 }),
    )
    for (const { ours } of rises) {
      expect(ours[0]?.promised).toBe(3 / 8)
      expect(ours[0]?.standing).toBeLessThan(3 / 8)
    }
    expect(rises[1]?.ours[0]?.score).toBeLessThanOrEqual((rises[0]?.ours[0]?.score ?? 0) + 1e-6)
  })

  test('an attack adds what it says, and changes no rating that was there', () => {
    const network = village()
    const attacked = attackedBy(
      network,
      { edges: 7, sybils: 20 },
      { viewer: 1, target: 0 },
      randomOf(1),
    )
    const added = attacked.ratings.slice(network.ratings.length)
    expect(attacked.ratings.slice(0, network.ratings.length)).toEqual(network.ratings)
    const fooled = added.filter(({ from }) => from < network.size)
    expect(fooled).toHaveLength(7)
    expect(fooled.every(({ from, to }) => from > 1 && to >= network.size)).toBe(true)
    expect(added).toHaveLength(7 + 20 * 5)
  })
})

describe('the leak-free protocol', () => {
  const labels = new Map([
    [0, false],
    [6, false],
    [1, true],
    [2, true],
  ])

  test('deletes every rating by the benign about the labelled, and no other', () => {
    const network = village()
    const kept = leakFree(network, labels).ratings
    const gone = network.ratings.filter((rating) => !kept.includes(rating))
    expect(gone.every(({ from, to }) => labels.get(from) === true && labels.has(to))).toBe(true)
    expect(kept.some(({ from, to }) => labels.get(from) === true && labels.has(to))).toBe(false)
  })

  test('tells the planted bad from the good', () => {
    const [found] = fraud(village(), labels, [oursStrict], 1)
    expect(found?.averaged).toBe(1)
    expect(found?.one).toBeGreaterThan(0.8)
  })
})

function bench(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'scripts/bench/trust.ts'), ...words],
    { encoding: 'utf8', timeout: 50_000 },
  )
  return { status, stdout, stderr }
}

describe('npm run bench:trust', () => {
  test.each([
    ['no data', [], '--data names the directory of the data.'],
    ['no such directory', ['--data', '/nowhere'], 'The data in /nowhere cannot be used'],
    ['no seeds', ['--data', '.', '--seeds', '0'], '--seeds takes a whole number from 1.'],
    ['a word it does not know', ['--data', '.', '--fast'], "Unknown option '--fast'"],
  ])('ends with 2 and says so for %s', (_, words, sentence) => {
    const { status, stderr, stdout } = bench(...words)
    expect(status).toBe(2)
    expect(stderr).toContain(sentence)
    expect(stderr).toContain('Usage: npm run bench:trust -- --data DIR')
    expect(stdout).toBe('')
  })

  test('prints one table for each data set, or one line of JSON', () => {
    const directory = mkdtempSync(join(tmpdir(), 'aip-bench-trust-'))
    try {
      writeFileSync(join(directory, 'soc-sign-bitcointown.csv'), csv(village()))
      writeFileSync(join(directory, 'town_gt.csv'), '0,-1\n6,-1\n1,+1\n2,+1\n')
      writeFileSync(join(directory, 'soc-sign-bitcoinhamlet.csv'), csv(village(2)))
      const few = ['--data', directory, '--seeds', '1', '--limit', '50']
      const told = bench(...few, '--pairs', '0', '--agents', '1000')
      expect(told.stderr).toBe('')
      expect(told.status).toBe(0)
      expect(told.stdout).toContain('Bitcoin town: 60 people, 720 ratings, 4 labelled')
      expect(told.stdout).toContain('Bitcoin hamlet: 60 people, 720 ratings, 0 labelled')
      expect(told.stdout).toMatch(/^this node, profile strict +0\.\d{4} +0\.\d{4}/m)
      expect(told.stdout).toContain('At 1000 agents and 10000 vouches, one thread:')
      expect(told.stdout).toMatch(/^same as the full computation +yes/m)
      const line = bench(...few, '--pairs', '1', '--agents', '0', '--json').stdout
      expect(line.trimEnd().split('\n')).toHaveLength(1)
      expect(JSON.parse(line)).toMatchObject({
        bench: 'trust',
        engine: null,
        data: [{ data: 'hamlet' }, { data: 'town', labelled: 4 }],
      })
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  test('reads ratings and labels, and names a line that is none', () => {
    const { network, people, labels } = dataSet('x', '7,9,-10,5\n9,7,3,4', '9,+1\n8,-1\n')
    expect(people).toEqual(['9', '7'])
    expect(network.ratings).toEqual(ratingsOf([0, 1, 3], [1, 0, -10]))
    expect([...labels]).toEqual([[0, true]])
    expect(() => dataSet('x', '7,9,-10,5', '9,2')).toThrow('line 1 of the labels')
    expect(() => dataSet('x', '7,9,11,5', '')).toThrow('Line 1')
  })
})
