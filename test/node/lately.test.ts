import { describe, expect, it } from 'vitest'
import { Lately, LATELY_LIMIT_COUNT, LATELY_LIMIT_MS } from '../../src/node/lately.ts'

function counting() {
  const clock = { nowMs: 1_000_000 }
  const lately = new Lately<number>(() => clock.nowMs)
  let count = 0
  const ask = async (question = 'a'): Promise<number> =>
    lately.answer(question, async () => {
      count += 1
      return count
    })
  return { clock, lately, ask }
}

describe('answers of the last moment', () => {
  it('are given again for a second, and not after', async () => {
    const { clock, ask } = counting()
    expect(await ask()).toBe(1)
    clock.nowMs += LATELY_LIMIT_MS - 1
    expect(await ask()).toBe(1)
    clock.nowMs += 1
    expect(await ask()).toBe(2)
  })

  it('are made anew after a change, and when the clock was set back', async () => {
    const { clock, lately, ask } = counting()
    await ask()
    lately.forget()
    expect(await ask()).toBe(2)
    clock.nowMs -= 1
    expect(await ask()).toBe(3)
  })

  it('are not kept when something changed while they were made', async () => {
    const { lately, ask } = counting()
    await lately.answer('a', async () => {
      lately.forget()
      return -1
    })
    expect(await ask()).toBe(1)
  })

  it('are each to their own question, and bounded in number', async () => {
    const { ask } = counting()
    for (let at = 0; at <= LATELY_LIMIT_COUNT; at++) expect(await ask(`q${at}`)).toBe(at + 1)
    expect(await ask('q1')).toBe(2)
    expect(await ask('q0')).toBe(LATELY_LIMIT_COUNT + 2)
  })
})
