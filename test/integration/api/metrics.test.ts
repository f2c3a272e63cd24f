import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Metrics } from '../../../src/api/metrics.ts'
import { startNode } from '../../support/nodes.ts'

const ROOT = join(import.meta.dirname, '../../..')
const NAME = /\baip_node_[a-z_]+\b/g
const stack = new AsyncDisposableStack()
let text = ''

beforeAll(async () => {
  const { node } = stack.use(await startNode())
  const metrics = stack.use(new Metrics(node))
  node.events.emit({ kind: 'warning', message: 'did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2' })
  node.events.emit({ kind: 'warning', message: 'again' })
  text = await metrics.text({ connectionCount: 1, requestCount: 1 })
})
afterAll(async () => stack.disposeAsync())

function namesIn(path: string): ReadonlySet<string> {
  return new Set(readFileSync(join(ROOT, path), 'utf8').match(NAME) ?? [])
}

test('every line is one of the format, with help and type before the values', () => {
  for (const line of text.trim().split('\n')) {
    expect(line).toMatch(
      /^(?:# HELP aip_node_\w+ .+|# TYPE aip_node_\w+ (?:counter|gauge)|aip_node_\w+(?:\{(?:\w+="[^"]*",?)+\})? -?[\d.e+-]+)$/,
    )
  }
  expect(text).toContain('aip_node_events_total{kind="warning"} 2\n')
  expect(text).toContain('aip_node_peers_connected 0\n')
})

test('nobody is named in it', () => {
  expect(text).not.toMatch(/did:|12D3Koo/)
})

test.each(['config/monitoring/grafana-dashboard.json', 'config/monitoring/alerts.yml'])(
  'every metric that %s names is there',
  (path) => {
    const there = new Set(text.match(NAME) ?? [])
    const named = namesIn(path)
    expect(named.size).toBeGreaterThan(0)
    expect([...named].filter((name) => !there.has(name))).toEqual([])
  },
)

test('docs/metrics.md lists each, and no other', () => {
  expect([...namesIn('docs/metrics.md')].toSorted()).toEqual(
    [...new Set(text.match(NAME) ?? [])].toSorted(),
  )
})
