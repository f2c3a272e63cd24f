import { describe, expect, test } from 'vitest'
import { ClientError, type ClientFault } from '../../src/sdk/error.ts'
import { clientCommands } from '../../src/cli/commands.ts'
import { EXIT_OF, exitCodeOf } from '../../src/cli/exit.ts'
import { HTTP_STATUS, httpStatusOf } from '../../src/api/status.ts'
import { run } from './run.ts'

const refused = { code: 'client/refused', status: 403, sentence: 'No.', help: undefined } as const

describe('how a command ends', () => {
  test.each<[number, ClientFault]>([
    [3, { code: 'client/not-running', where: '/run/x' }],
    [6, { code: 'client/answer-invalid', reason: 'it is no JSON' }],
    [7, { code: 'client/no-permission', where: '/run/x' }],
    [7, { ...refused, problem: 'api/token-needed' }],
    [7, { ...refused, problem: 'api/right-missing' }],
    [4, { ...refused, problem: 'node/did-unresolved' }],
    [2, { ...refused, problem: 'api/input-invalid' }],
    [1, { ...refused, problem: 'api/internal' }],
    [1, { ...refused, problem: 'newer/than-this-program' }],
    [1, { ...refused, problem: 'constructor' }],
    [124, { code: 'client/timeout', limitMs: 1 }],
    [130, { code: 'client/aborted' }],
  ])('with %i when the client says %j', async (code, fault) => {
    const connect = failing(new ClientError(fault))
    const result = await run(['status'], { connect })
    expect(result.code).toBe(code)
    expect(result.err).toContain('aip-node: ')
    expect(result.out).toBe('')
  })

  test('with 3 and the line to run when no node is there', async () => {
    const connect = failing(new ClientError({ code: 'client/not-running', where: '/run/x' }))
    expect((await run(['score', 'bob'], { connect })).err).toContain('aip-node start')
  })

  test('with 124 when the node is not ready in time', async () => {
    const connect = failing(new ClientError({ code: 'client/not-running', where: '/run/x' }))
    const result = await run(['status', '--wait', 'ready', '--timeout', '0s'], { connect })
    expect(result.code).toBe(124)
  })

  test('with 130 when it is interrupted, whatever broke then', async () => {
    const connect = failing(new Error('the connection broke'))
    const result = await run(['status'], { connect, signal: AbortSignal.abort() })
    expect(result.code).toBe(130)
  })

  test('with 1 and one sentence on an error that nobody expected', async () => {
    const connect = failing(new TypeError('x is not a function'))
    const result = await run(['status'], { connect })
    expect(result.code).toBe(1)
    expect(result.err).not.toContain('    at ')
  })

  test('asks the node again after a failed connection, so that waiting can end', async () => {
    let calls = 0
    const connect = async (): Promise<never> => {
      calls++
      throw new ClientError({
        code: calls > 1 ? 'client/no-permission' : 'client/not-running',
        where: '/',
      })
    }
    const result = await run(['status', '--wait', 'ready', '--timeout', '20s'], { connect })
    expect(calls).toBe(2)
    expect(result.code).toBe(7)
  })
})

describe('the tables of the edges', () => {
  test('both know the same faults of the node', () => {
    const answered = Object.keys(HTTP_STATUS)
    const own = Object.keys(EXIT_OF).filter((code) => !/^(?:cli|client)\//.test(code))
    expect(new Set(own)).toEqual(new Set(answered))
  })

  test('hold only exit codes and statuses that are agreed', () => {
    const agreed = [0, 1, 2, 3, 4, 5, 6, 7, 8, 124, 130]
    for (const code of Object.values(EXIT_OF)) expect(agreed).toContain(code)
    for (const status of Object.values(HTTP_STATUS)) expect(status).toBeGreaterThanOrEqual(400)
    expect(httpStatusOf('unheard/of')).toBe(500)
    expect(httpStatusOf('toString')).toBe(500)
    expect(exitCodeOf('a string')).toBe(1)
  })

  test('every command of the list is there', () => {
    const names = clientCommands.map(({ name }) => name)
    const wanted =
      'status id resolve vouch revoke promise observe score explain path agents peers watch record version'
    for (const name of wanted.split(' ')) {
      expect(names).toContain(name)
    }
  })
})

function failing(error: Error): () => Promise<never> {
  return async () => {
    throw error
  }
}
