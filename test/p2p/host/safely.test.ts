import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import type { Logger } from '../../../src/base/log.ts'
import { libp2pLog } from '../../../src/p2p/libp2p-log.ts'
import { safely } from '../../../src/p2p/safely.ts'

/** A log that keeps what it is told. */
function kept(): { readonly log: Logger; readonly lines: [string, string, unknown][] } {
  const lines: [string, string, unknown][] = []
  const log: Logger = {
    ...silentLogger,
    debug: (message, fields) => lines.push(['debug', message, fields]),
    error: (message, fields) => lines.push(['error', message, fields]),
    child: () => log,
  }
  return { log, lines }
}

describe('a listener behind safely', () => {
  test('is called with what came', () => {
    const { log, lines } = kept()
    const seen: unknown[] = []
    safely(log, 'test', (a: number, b: string) => seen.push(a, b))(1, 'two')
    expect(seen).toEqual([1, 'two'])
    expect(lines).toEqual([])
  })

  test('throws nothing, now or later, and says what failed', async () => {
    const { log, lines } = kept()
    safely(log, 'now', () => {
      throw new Error('at once')
    })()
    safely(log, 'later', () => Promise.reject(new Error('afterwards')))()
    await Promise.resolve()
    await Promise.resolve()
    expect(lines.map(([level, message]) => [level, message])).toEqual([
      ['error', 'a listener failed: now'],
      ['error', 'a listener failed: later'],
    ])
  })
})

describe('libp2p’s log', () => {
  test('is debug for us, filled in, cut, and silent for chatter', () => {
    const { log, lines } = kept()
    const libp2p = libp2pLog(log).forComponent('libp2p:dial')
    libp2p('chatter %s', 'about nothing')
    libp2p.trace('more')
    libp2p.newScope('x').error('failed %p - %e %d', 'bob', new TypeError('no'), 7)
    libp2p.error('%s', 'long '.repeat(1_000))
    expect(lines[0]).toEqual([
      'debug',
      'failed bob - TypeError: no 7',
      { component: 'libp2p:dial:x' },
    ])
    expect(lines[1]?.[1]).toHaveLength(512)
    expect(lines).toHaveLength(2)
    expect(libp2p.enabled).toBe(false)
  })
})
