import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLogger } from '../../src/base/log.ts'
import { DAY_MS, MINUTE_MS } from '../../src/base/units.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { createIdentity, type OwnIdentity } from '../../src/node/own-identity.ts'
import { MIGRATION_STEPS } from '../../src/store/migrations.ts'
import { repairStore } from '../../src/store/repair.ts'
import { DAMAGE_CASES } from '../integration/store/damage-cases.ts'
import { eventually } from '../support/mesh.ts'
import { idsOnDisk, startNode, temporaryHome, type InProcess } from '../support/nodes.ts'
import { agent } from '../support/records.ts'

/** Whatever the disk did to a store, all of it is there again soon after, from three peers. */
const PEERS = 3
const OBSERVATIONS_EACH = 40
const REGAINED_LIMIT_MS = 1 * MINUTE_MS

const stack = new AsyncDisposableStack()
let peers: readonly InProcess[] = []
let all: readonly string[] = []
let whole = ''
let identity: OwnIdentity

async function observe(node: InProcess, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const observedAtMs = Date.now()
    await node.node.author.issue([
      {
        type: 'observation',
        subject: agent(`subject ${n}`).did,
        expiresAtMs: observedAtMs + DAY_MS,
        outcomes: Array.from({ length: 40 }, () => ({
          scope: 'general',
          promised: { kind: 'count', count: 1 } as const,
          delivered: { kind: 'count', count: 1 } as const,
          clarity: 0 as const,
          observedAtMs,
          evidence: crypto.getRandomValues(new Uint8Array(32)),
        })),
      },
    ])
  }
}

beforeAll(async () => {
  const first = stack.use(await startNode())
  peers = [first]
  while (peers.length < PEERS) {
    peers = [...peers, stack.use(await startNode({ bootstrap: [first.address] }))]
  }
  whole = await temporaryHome(stack)
  identity = await createIdentity(join(whole, 'keys', 'operational.key'), { workBits: 0 })
  const bootstrap = peers.map(({ address }) => address)
  {
    await using ours = await startNode({ home: whole, identity, bootstrap })
    for (const node of [ours, ...peers]) await observe(node, OBSERVATIONS_EACH)
    const count = (PEERS + 1) * OBSERVATIONS_EACH
    for (const { node } of [ours, ...peers]) {
      await eventually(
        'all have all',
        async () => (await idsOnDisk(node)).length === count,
        120_000,
      )
    }
    all = await idsOnDisk(ours.node)
  }
  // Its log becomes a table, and some records come into the new log.
  await using ours = await startNode({ home: whole, identity, bootstrap })
  await observe(ours, 10)
  for (const { node } of peers) {
    await eventually(
      'all have all',
      async () => (await idsOnDisk(node)).length === all.length + 10,
      120_000,
    )
  }
  all = await idsOnDisk(ours.node)
})
afterAll(async () => stack.disposeAsync())

test.each(DAMAGE_CASES)('%s: everything is regained from three peers', async (_, damage) => {
  await using scratch = new AsyncDisposableStack()
  const home = await temporaryHome(scratch)
  await cp(whole, home, { recursive: true, filter: (path) => !path.endsWith('run') })
  await damage(home)
  const plan = { home, identity, bootstrap: peers.map(({ address }) => address) }
  let ours: InProcess
  try {
    ours = await startNode(plan)
  } catch (error) {
    // What an operator has to say: half of the store is gone.
    expect(error).toMatchObject({ fault: { code: 'store/half-written' } })
    await rm(join(home, 'run'), { recursive: true, force: true })
    await repairStore(home, {
      network: 'local',
      log: silentLogger,
      verifier: nativeVerifier,
      clock: Date.now,
      steps: MIGRATION_STEPS,
    })
    ours = await startNode(plan)
  }
  scratch.use(ours)
  const before = ours.node.author.sequence
  await eventually(
    'all is regained',
    async () => {
      const ids = new Set(await idsOnDisk(ours.node))
      return all.every((id) => ids.has(id))
    },
    REGAINED_LIMIT_MS,
  )
  // Numbers go on; none is given out twice.
  const [next] = await ours.node.author.issue([
    {
      type: 'observation',
      subject: agent('last').did,
      expiresAtMs: Date.now() + DAY_MS,
      outcomes: [
        {
          scope: 'general',
          promised: { kind: 'count', count: 1 },
          delivered: { kind: 'count', count: 1 },
          clarity: 0,
          observedAtMs: Date.now(),
        },
      ],
    },
  ])
  const sequences: number[] = []
  for await (const { record, id } of ours.node.store.recordsBy(identity.did)) {
    if (id !== next?.id) sequences.push(record.sequence)
  }
  expect(next?.record.sequence).toBeGreaterThan(Math.max(before, ...sequences))
})
