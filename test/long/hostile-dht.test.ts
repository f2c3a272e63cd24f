/**
 * Twenty nodes of the DHT, six of them hostile: two answer with old values, two with garbage, two not
 * at all, and none takes a correction. Five nodes that only ask look forty agents up each.
 */
import { randomBytes } from 'node:crypto'
import { loadavg } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { equalBytes } from '../../src/base/bytes.ts'
import { SECOND_MS } from '../../src/base/units.ts'
import type { Did } from '../../src/identity/did.ts'
import type { IdentityState } from '../../src/identity/state.ts'
import { grownAgent } from '../support/dht-identity.ts'
import {
  LENIENT,
  foreignNode,
  honestNode,
  hostileNode,
  meshed,
  putBytes,
  type Answer,
  type HonestNode,
} from '../support/dht-nodes.ts'
import type { KadHost } from '../support/plain-host.ts'

const HONEST_COUNT = 14
const AGENT_COUNT = 40
/** Each looks every agent up once, so that no look-up profits from an earlier one of the same node. */
const ASKER_COUNT = 5
const LOOK_UP_COUNT = AGENT_COUNT * ASKER_COUNT
const PUBLISHERS_AT_ONCE = 4
/** A publication that fewer nodes confirm is made again, as the republisher does; so many times. */
const ENOUGH_HOLDERS = 10
const PUBLICATIONS_LIMIT = 3
/** Agents whose old value a peer that takes anything puts again. */
const ROLLED_BACK_COUNT = 4
const LOOK_UP_LIMIT_MS = 5 * SECOND_MS

const agents = Array.from({ length: AGENT_COUNT }, () => grownAgent())
const olderOf = new Map<Did, IdentityState>(agents.map(({ did, older }) => [did, older]))

const oldValue: Answer = async (did) => Promise.resolve(olderOf.get(did)?.bytes)
const garbage: Answer = async () => Promise.resolve(new Uint8Array(randomBytes(200)))
const silence: Answer = async () => new Promise(() => {})
const neverTaken = async (): Promise<void> => new Promise(() => {})

const honest: HonestNode[] = []
const askers: HonestNode[] = []
const foreign: KadHost[] = []

beforeAll(async () => {
  for (let at = 0; at < HONEST_COUNT; at++) honest.push(await honestNode())
  for (const answer of [oldValue, garbage]) {
    foreign.push(await hostileNode(answer), await hostileNode(answer))
  }
  foreign.push(await hostileNode(silence, neverTaken), await hostileNode(silence, neverTaken))
  for (let at = 0; at < ASKER_COUNT; at++) askers.push(await honestNode({ mode: 'client' }))
  const servers = [...honest.map(({ host }) => host), ...foreign]
  await meshed([...servers, ...askers.map(({ host }) => host)], { servers, part: 0.5 })
})

afterAll(async () => {
  await Promise.all([...honest, ...askers].map(async (node) => node[Symbol.asyncDispose]()))
  await Promise.all(foreign.map(async (host) => host.stop()))
})

/** Does a piece of work for each item, so many at a time. */
async function inTurns<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, at: number) => Promise<void>,
): Promise<void> {
  const waiting = [...items.entries()]
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await work(next[1], next[0])
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

test('the right document in 99 of 100 look-ups, each within 5 s, with 30 % hostile nodes', async () => {
  const startMs = performance.now()
  const held: number[] = []
  await inTurns(agents, PUBLISHERS_AT_ONCE, async ({ newer }, at) => {
    let holders = 0
    for (let tries = 0; tries < PUBLICATIONS_LIMIT && holders < ENOUGH_HOLDERS; tries++) {
      const published = await honest[at % HONEST_COUNT]?.directory.publishIdentity(newer)
      holders = Math.max(holders, published?.acknowledged ?? 0)
    }
    held.push(holders)
  })
  const publishedMs = performance.now() - startMs

  // A peer that takes anything puts the old values everywhere.
  const attacker = await foreignNode(LENIENT)
  try {
    for (const { host } of honest) await attacker.dial(host.getMultiaddrs())
    for (const { did, older } of agents.slice(0, ROLLED_BACK_COUNT)) {
      await putBytes(attacker, did, older.bytes, 6_000)
    }
  } finally {
    await attacker.stop()
  }

  const tookMs: number[] = []
  let right = 0
  let wrong = 0
  let missing = 0
  const askerMs = performance.now()
  const questions = agents.flatMap((agent) => askers.map((asker) => ({ ...agent, asker })))
  const cpuBefore = process.cpuUsage()
  await inTurns(questions, 1, async ({ did, newer, asker }) => {
    const sinceMs = performance.now()
    const found = await asker.directory.resolveIdentity(did)
    tookMs.push(performance.now() - sinceMs)
    if (found === undefined) missing++
    else if (equalBytes(found.state.bytes, newer.bytes)) right++
    else wrong++
  })
  const { user, system } = process.cpuUsage(cpuBefore)
  const cpuMs = (user + system) / 1_000 / LOOK_UP_COUNT
  const sorted = tookMs.toSorted((a, b) => a - b)
  const heldSorted = held.toSorted((a, b) => a - b)
  process.stdout.write(
    `hostile DHT: ${right} of ${LOOK_UP_COUNT} right, ${wrong} wrong, ${missing} not found; ` +
      `look-up ms p50 ${quantile(sorted, 0.5).toFixed(0)}, p99 ${quantile(sorted, 0.99).toFixed(0)}, ` +
      `worst ${sorted.at(-1)?.toFixed(0)}, CPU of all nodes ${cpuMs.toFixed(0)} each; all in ${((performance.now() - askerMs) / 1_000).toFixed(1)} s; ` +
      `load ${loadavg()[0]?.toFixed(1)}; published in ${(publishedMs / 1_000).toFixed(1)} s, held by ${heldSorted[0]} to ${heldSorted.at(-1)} nodes\n`,
  )
  expect(wrong).toBe(0)
  expect(right).toBeGreaterThanOrEqual(LOOK_UP_COUNT * 0.99)
  expect(sorted.at(-1)).toBeLessThan(LOOK_UP_LIMIT_MS)
})
