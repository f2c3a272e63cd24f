import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SECOND_MS } from '../../../src/base/units.ts'
import { incept } from '../../../src/identity/key-log.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import { OLDER_LOGS_RATE, OlderLogs } from '../../../src/node/ingest/older-logs.ts'
import { didNumber } from '../../support/evidence.ts'
import { keyNamed, verifier } from '../../support/identity.ts'

const STATE = IdentityState.of(incept({ genesis: keyNamed('alice'), verifier }).log)
const SYNC = { via: 'sync', peer: 'p1' } as const

function logs() {
  const asked: string[] = []
  const told: IdentityState[] = []
  const older = new OlderLogs({
    identityOf: (did) => {
      asked.push(did)
      return did === STATE.did ? STATE : undefined
    },
    tell: (state) => told.push(state),
  })
  return { older, asked, told }
}

describe('a key log of which a peer holds an older value', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('is told once, as it is a second later', () => {
    const { older, told } = logs()
    older.met(STATE.did, SYNC)
    older.met(STATE.did, { via: 'sync', peer: 'p2' })
    expect(told).toEqual([])
    vi.advanceTimersByTime(SECOND_MS)
    expect(told).toEqual([STATE])
    vi.advanceTimersByTime(10 * SECOND_MS)
    expect(told).toHaveLength(1)
  })

  test.each(['gossip', 'query', 'dht'] as const)('is not told for what comes by %s', (via) => {
    const { older, told } = logs()
    older.met(STATE.did, { via, peer: 'p1' })
    vi.advanceTimersByTime(SECOND_MS)
    expect(told).toEqual([])
  })

  test('is told no more often than the rate of one peer allows, and others are heard', () => {
    const { older, asked } = logs()
    for (let at = 0; at < OLDER_LOGS_RATE.burst + 8; at++) older.met(didNumber(at), SYNC)
    older.met(STATE.did, { via: 'sync', peer: 'p2' })
    vi.advanceTimersByTime(SECOND_MS)
    expect(asked).toHaveLength(OLDER_LOGS_RATE.burst + 1)
  })

  test('is not told by a node that has closed', () => {
    const { older, told } = logs()
    older.met(STATE.did, SYNC)
    older[Symbol.dispose]()
    vi.advanceTimersByTime(SECOND_MS)
    expect(told).toEqual([])
  })
})
