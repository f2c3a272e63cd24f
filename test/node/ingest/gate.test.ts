import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Gate, type GateLimits } from '../../../src/node/ingest/gate.ts'

const ROOMY: GateLimits = {
  inAll: 100,
  perSource: 100,
  waitingPerSource: 100,
  reserved: 0,
  light: 0,
}

/** A gate with work that ends when it is told to, and the order in which it began. */
function stage(limits: Partial<GateLimits>) {
  const gate = new Gate({ ...ROOMY, ...limits })
  const entered: string[] = []
  const ends = new Map<string, () => void>()
  const offer = async (source: string, name: string) =>
    gate.through(source, async () => {
      entered.push(name)
      await new Promise<void>((end) => {
        ends.set(name, end)
      })
      return name
    })
  const end = async (name: string) => {
    ends.get(name)?.()
    await turn()
  }
  return { gate, entered, offer, end }
}

describe('a gate', () => {
  test('lets so many in at once, and the rest in order', async () => {
    const { gate, entered, offer, end } = stage({ inAll: 2 })
    const all = ['0', '1', '2', '3'].map(async (name) => offer('a', name))
    await turn()
    expect(entered).toEqual(['0', '1'])
    expect(gate.load).toBe(4)
    await end('1')
    expect(entered).toEqual(['0', '1', '2'])
    await end('0')
    await end('2')
    await end('3')
    expect(await Promise.all(all)).toEqual(['0', '1', '2', '3'])
    expect(gate.load).toBe(0)
  })

  test('lets sources take turns, however many one of them has waiting', async () => {
    const { entered, offer, end } = stage({ inAll: 1 })
    for (let at = 0; at < 50; at++) void offer('flood', `flood ${at}`)
    for (let at = 0; at < 2; at++) void offer('alice', `alice ${at}`)
    void offer('bob', 'bob 0')
    await end('flood 0')
    for (let at = 1; at < 7; at++) await end(entered.at(-1) ?? '')
    expect(entered.slice(1, 7)).toEqual([
      'flood 1',
      'alice 0',
      'bob 0',
      'flood 2',
      'alice 1',
      'flood 3',
    ])
  })

  test('keeps room for others when one source has all that it may have', async () => {
    const { entered, offer, end } = stage({ inAll: 3, perSource: 2 })
    for (let at = 0; at < 5; at++) void offer('flood', `flood ${at}`)
    expect(entered).toEqual(['flood 0', 'flood 1'])
    void offer('alice', 'alice 0')
    expect(entered).toEqual(['flood 0', 'flood 1', 'alice 0'])
    // A place for all is free, but not for this source.
    await end('alice 0')
    expect(entered).toHaveLength(3)
    await end('flood 0')
    expect(entered.at(-1)).toBe('flood 2')
  })

  test('keeps places for sources with little inside: the limit is on both sides', async () => {
    const { gate, entered, offer, end } = stage({ inAll: 6, reserved: 2, light: 2 })
    for (let at = 0; at < 8; at++) void offer('flood', `flood ${at}`)
    expect(entered).toHaveLength(4)
    // Two of alice enter at once; with two inside she is light no more.
    for (let at = 0; at < 3; at++) void offer('alice', `alice ${at}`)
    expect(entered.slice(4)).toEqual(['alice 0', 'alice 1'])
    expect(gate.insideOf('alice')).toBe(2)
    void offer('bob', 'bob 0')
    expect(entered).toHaveLength(6)
    // The place that is free is a reserved one: bob's, though others have waited longer.
    await end('flood 0')
    expect(entered.slice(6)).toEqual(['bob 0'])
    await end('bob 0')
    expect(entered).toHaveLength(7)
    await end('flood 1')
    expect(entered).toHaveLength(7)
    // Below the reserved places there is room for all, in the order of their turns.
    await end('alice 0')
    expect(entered.slice(7)).toEqual(['flood 4', 'alice 2'])
  })

  test('turns a source away that has the limit waiting, and no other', async () => {
    const { gate, offer, end } = stage({ inAll: 1, waitingPerSource: 2 })
    void offer('flood', 'in')
    void offer('flood', 'first')
    void offer('flood', 'second')
    expect(await offer('flood', 'third')).toBeUndefined()
    void offer('alice', 'hers')
    expect(gate.load).toBe(4)
    await end('in')
    const again = offer('flood', 'fourth')
    expect(gate.load).toBe(4)
    for (const name of ['first', 'hers', 'second', 'fourth']) await end(name)
    expect(await again).toBe('fourth')
  })

  test('forgets sources of which nothing is here', async () => {
    const { gate, offer, end } = stage({ inAll: 1 })
    for (let at = 0; at < 20; at++) void offer(`source ${at}`, `${at}`)
    expect(gate.sourceCount).toBe(20)
    for (let at = 0; at < 20; at++) await end(`${at}`)
    expect(gate.sourceCount).toBe(0)
    expect(gate.load).toBe(0)
  })

  test('gives a place free that ended in a fault', async () => {
    const gate = new Gate({ ...ROOMY, inAll: 1 })
    const failing = gate.through('a', async () => Promise.reject(new Error('no')))
    const next = gate.through('a', async () => 'yes')
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe('yes')
    expect(gate.load).toBe(0)
  })

  test('is empty when the last one has left, those who waited included', async () => {
    const gate = new Gate({ ...ROOMY, inAll: 1 })
    await gate.empty()
    const done: string[] = []
    const first = gate.through('a', async () => turn().then(() => done.push('first')))
    const second = gate.through('b', async () => turn().then(() => done.push('second')))
    await gate.empty()
    expect(done).toEqual(['first', 'second'])
    await Promise.all([first, second])
  })
})
