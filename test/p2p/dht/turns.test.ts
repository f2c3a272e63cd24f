import { describe, expect, test } from 'vitest'
import { DhtError } from '../../../src/p2p/dht/error.ts'
import { Turns } from '../../../src/p2p/dht/turns.ts'
import { ExchangeError } from '../../../src/p2p/query/error.ts'

const NEVER = new AbortController().signal

describe('turns', () => {
  test('are taken by so many at once, and in order after that', async () => {
    const turns = new Turns(2, 10)
    const order: number[] = []
    let inside = 0
    let most = 0
    const work = async (number: number): Promise<void> => {
      most = Math.max(most, ++inside)
      await new Promise((next) => setImmediate(next))
      order.push(number)
      inside--
    }
    await Promise.all([1, 2, 3, 4, 5].map((number) => turns.take(NEVER, () => work(number))))
    expect(most).toBe(2)
    expect(order).toEqual([1, 2, 3, 4, 5])
  })

  test('are passed on by work that fails', async () => {
    const turns = new Turns(1, 10)
    const failing = turns.take(NEVER, () => Promise.reject(new Error('no')))
    const next = turns.take(NEVER, () => Promise.resolve('yes'))
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe('yes')
  })

  test('are refused to whoever comes when enough wait', async () => {
    const turns = new Turns(1, 1)
    const { promise, resolve } = Promise.withResolvers<void>()
    const running = turns.take(NEVER, () => promise)
    const waiting = turns.take(NEVER, () => Promise.resolve())
    await expect(turns.take(NEVER, () => Promise.resolve())).rejects.toBeInstanceOf(DhtError)
    resolve()
    await Promise.all([running, waiting])
  })

  test('are waited for no longer than the signal says, and leave no gap', async () => {
    const turns = new Turns(1, 10)
    const { promise, resolve } = Promise.withResolvers<void>()
    const running = turns.take(NEVER, () => promise)
    const giving = new AbortController()
    const gaveUp = turns.take(giving.signal, () => Promise.resolve())
    const waiting = turns.take(NEVER, () => Promise.resolve('after'))
    giving.abort()
    await expect(gaveUp).rejects.toBeInstanceOf(ExchangeError)
    resolve()
    await running
    expect(await waiting).toBe('after')
  })
})
