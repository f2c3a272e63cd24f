import { expect, test } from 'vitest'
import { run } from './cli-run.ts'

/** A minute is promised to a machine that does nothing else; tests share theirs. */
const LIMIT_MS = 150_000

test('the demo ends by itself, and its JSON has every agent and one explanation', async () => {
  const { code, out, err } = await run(['demo', '--json'], { limitMs: LIMIT_MS })
  expect(err).not.toContain('aip-node:')
  expect(code).toBe(0)
  const { v, data } = JSON.parse(out) as {
    v: number
    data: {
      agents: readonly { name: string; score: { state: string; score: number | null } }[]
      explanation: { score: { subject: string } }
    }
  }
  expect(v).toBe(1)
  const states = new Map(data.agents.map(({ name, score }) => [name, score]))
  expect([...states.keys()]).toEqual(['bob', 'stella', 'kim', 'fay', 'zoe', 'goldie'])
  expect(states.get('zoe')).toMatchObject({ state: 'unknown', score: null })
  const scoreOf = (name: string): number => states.get(name)?.score ?? 0
  expect(scoreOf('stella')).toBeGreaterThan(scoreOf('kim'))
  expect(scoreOf('stella')).toBeGreaterThan(scoreOf('goldie'))
  expect(data.explanation.score.subject).toMatch(/^did:aip:/)
})
