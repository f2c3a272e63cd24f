import { describe, expect, it } from 'vitest'
import { earlyAck, firstCome, smallestIdAlone } from './planted.ts'
import { simulate } from './simulation.ts'

describe('the deterministic simulation', () => {
  it('finds nothing wrong, and a seed decides every byte of its run', async () => {
    const first = await simulate(1)
    expect(first.found).toEqual([])
    expect(first.nodes).toBeGreaterThanOrEqual(8)
    expect(first.records).toBeGreaterThanOrEqual(200)
    expect(first.faults).toBeGreaterThanOrEqual(20)
    expect(first.compared).toBeGreaterThanOrEqual(8)
    const again = await simulate(1)
    expect(again).toEqual(first)
    expect((await simulate(2, 0.5)).digest).not.toBe(first.digest)
  })
})

describe('a planted defect is found', () => {
  it.each([
    ['equivocation kept by the smallest id alone', smallestIdAlone, 'not what admission says'],
    ['an acknowledgement before the synced write', earlyAck, 'record lost in a crash'],
    ['first come, first kept', firstCome, 'sets differ'],
  ] as const)('%s', async (_, defect, violation) => {
    const found = new Set<string>()
    for (let seed = 1; seed <= 3 && !found.has(violation); seed++) {
      for (const { what } of (await simulate(seed, 0.5, defect)).found) found.add(what)
    }
    expect(found).toContain(violation)
  })
})
