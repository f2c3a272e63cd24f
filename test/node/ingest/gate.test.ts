import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Gate } from '../../../src/node/ingest/gate.ts'

describe('a gate', () => {
  test('lets so many in at once, and the rest in order', async () => {
    const gate = new Gate(2)
    const entered: number[] = []
    const leave: (() => void)[] = []
    const all = [0, 1, 2, 3].map(async (one) =>
      gate.through(async () => {
        entered.push(one)
        await new Promise<void>((done) => {
          leave.push(done)
        })
        return one
      }),
    )
    await turn()
    expect(entered).toEqual([0, 1])
    expect(gate.load).toBe(4)
    leave[1]?.()
    await turn()
    expect(entered).toEqual([0, 1, 2])
    leave[0]?.()
    leave[2]?.()
    await turn()
    leave[3]?.()
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3])
    expect(gate.load).toBe(0)
  })

  test('gives a place free that ended in a fault', async () => {
    const gate = new Gate(1)
    const failing = gate.through(async () => Promise.reject(new Error('no')))
    const next = gate.through(async () => 'yes')
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe('yes')
    expect(gate.load).toBe(0)
  })

  test('is empty when the last one has left, those who waited included', async () => {
    const gate = new Gate(1)
    await gate.empty()
    const done: string[] = []
    const first = gate.through(async () => turn().then(() => done.push('first')))
    const second = gate.through(async () => turn().then(() => done.push('second')))
    await gate.empty()
    expect(done).toEqual(['first', 'second'])
    await Promise.all([first, second])
  })
})
