import { array, assert, constantFrom, nat, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FairQueue } from '../../../src/node/ingest/fair-queue.ts'

/** Names of lines with something in them: a letter each. */
const arrivals = array(constantFrom('a', 'b', 'c', 'd'), { maxLength: 2_000, size: 'max' })

function filled(names: readonly string[]): FairQueue<string> {
  const queue = new FairQueue<string>()
  for (const [at, name] of names.entries()) queue.push(name, `${name}${at}`)
  return queue
}

describe('a fair queue', () => {
  test('takes one of each line in turn', () => {
    const queue = filled(['a', 'a', 'a', 'b', 'c', 'b'])
    expect(queue.takeAll()).toEqual(['a0', 'b3', 'c4', 'a1', 'b5', 'a2'])
    expect(queue.shift()).toBeUndefined()
  })

  test('who comes later waits for one of each of the others, however much they have', () => {
    const queue = filled(Array.from({ length: 1_000 }, (_, at) => (at % 2 === 0 ? 'a' : 'b')))
    queue.shift()
    queue.push('late', 'late')
    expect([queue.shift(), queue.shift(), queue.shift()]).toEqual(['b1', 'a2', 'late'])
  })

  test('a line that was empty begins at the end of the turns', () => {
    const queue = filled(['a', 'b', 'b'])
    expect(queue.shift()).toBe('a0')
    queue.push('a', 'again')
    expect(queue.takeAll()).toEqual(['b1', 'again', 'b2'])
  })

  test('nothing is lost or told twice, and a line keeps its order, whatever comes and goes', () => {
    assert(
      property(arrivals, array(nat(900), { maxLength: 20 }), (names, pauses) => {
        const queue = new FairQueue<{ name: string; at: number }>()
        const taken: { name: string; at: number }[] = []
        const pausesLeft = [...pauses]
        for (const [at, name] of names.entries()) {
          queue.push(name, { name, at })
          if (at % 100 !== 99) continue
          for (let left = pausesLeft.shift() ?? 0; left > 0; left--) {
            const item = queue.shift()
            if (item !== undefined) taken.push(item)
          }
          expect(queue.length).toBe(at + 1 - taken.length)
        }
        taken.push(...queue.takeAll())
        expect(queue.length).toBe(0)
        expect(taken.map(({ at }) => at).toSorted((a, b) => a - b)).toEqual([...names.keys()])
        for (const name of new Set(names)) {
          const own = taken.filter((item) => item.name === name).map(({ at }) => at)
          expect(own).toEqual(own.toSorted((a, b) => a - b))
        }
      }),
    )
  })

  test('of two lines that are never empty neither gets ahead by more than one', () => {
    const queue = filled(Array.from({ length: 3_000 }, (_, at) => (at < 1_500 ? 'a' : 'b')))
    let ahead = 0
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      ahead += item.startsWith('a') ? 1 : -1
      expect(Math.abs(ahead)).toBeLessThanOrEqual(1)
    }
  })
})
