import { describe, expect, test } from 'vitest'
import {
  ASKED_ABOUT_LIMIT,
  ASKED_ABOUT_MS,
  AskedAbout,
} from '../../../src/node/interest/asked-about.ts'
import { didFromBytes, type Did } from '../../../src/identity/did.ts'

const [a, b, c] = [agentNumber(1), agentNumber(2), agentNumber(3)]

function agentNumber(number: number): Did {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint32(0, number)
  return didFromBytes(bytes)
}

describe('agents asked about', () => {
  test('are remembered latest first, each once', () => {
    const asked = new AskedAbout()
    expect([asked.add(a, 1), asked.add(b, 2), asked.add(c, 3), asked.add(a, 4)]).toEqual([
      true,
      true,
      true,
      false,
    ])
    expect(asked.lately(5)).toEqual([a, c, b])
  })

  test('are forgotten some days after the last question', () => {
    const asked = new AskedAbout()
    asked.add(a, 0)
    asked.add(b, 10)
    expect(asked.lately(ASKED_ABOUT_MS - 1)).toEqual([b, a])
    expect(asked.lately(ASKED_ABOUT_MS)).toEqual([b])
  })

  test('are as many as the limit, the oldest making room', () => {
    const asked = new AskedAbout()
    for (let number = 0; number < ASKED_ABOUT_LIMIT; number++)
      asked.add(agentNumber(number), number)
    expect(asked.lately(0)).toHaveLength(ASKED_ABOUT_LIMIT)
    asked.add(agentNumber(ASKED_ABOUT_LIMIT), 500)
    const lately = asked.lately(501)
    expect(lately).toHaveLength(ASKED_ABOUT_LIMIT)
    expect(lately).not.toContain(agentNumber(0))
    expect(lately).toContain(agentNumber(1))
  })
})
