/**
 * Ten rotations while 1,000 records flow between five nodes: afterwards every node holds the same records
 * and judges each alike, and none that was acknowledged is lost.
 */
import { describe, expect, onTestFinished, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { DAY_MS } from '../../src/base/units.ts'
import type { AipNode } from '../../src/node/node.ts'
import { observePublicly, promise } from '../../src/node/use/observing.ts'
import { rotateKey } from '../../src/node/use/rotating.ts'
import { vouch } from '../../src/node/use/vouching.ts'
import type { RecordId } from '../../src/records/record.ts'
import { eventually } from '../support/mesh.ts'
import { idsOnDisk, startNode, temporaryHome, type InProcess } from '../support/nodes.ts'
import { identityWithSheet, rotationBy } from '../support/own-sheet.ts'

const NODE_COUNT = 5
const RECORDS_EACH = 200
/** Of its own records, before which an agent takes a new key; the agents do so one after the other. */
const FIRST_ROTATION = 20
const SECOND_ROTATION = 110
const ROTATION_GAP = 16
const CONVERGE_LIMIT_MS = 120_000

interface Agent {
  readonly node: AipNode
  readonly secret: Uint8Array
  readonly acknowledged: RecordId[]
}

async function agents(): Promise<readonly Agent[]> {
  const stack = new AsyncDisposableStack()
  onTestFinished(async () => stack.disposeAsync())
  const made: Agent[] = []
  const hosts: InProcess[] = []
  for (let at = 0; at < NODE_COUNT; at++) {
    const home = await temporaryHome(stack)
    const { identity, secret } = await identityWithSheet(home, { hasColdRoot: at % 2 === 1 })
    const bootstrap = hosts.map(({ address }) => address)
    const host = stack.use(await startNode({ home, identity, bootstrap }))
    hosts.push(host)
    made.push({ node: host.node, secret, acknowledged: [] })
  }
  await eventually('every node knows every key log', () =>
    made.every(({ node }) => made.every((other) => node.identities.get(other.node.did))),
  )
  return made
}

/** One of three kinds in turn, spread over scopes and hours so that none is one too many. */
async function issue({ node, acknowledged }: Agent, subject: AipNode, at: number): Promise<void> {
  const nowMs = node.clock()
  const work = { kind: 'count', count: 1 + at } as const
  if (at % 8 === 0) {
    const terms = { scope: `s${at}`, level: 500, expiresAtMs: nowMs + 90 * DAY_MS }
    acknowledged.push((await vouch(node, { subject: subject.did, ...terms })).id)
  } else if (at % 4 === 1) {
    const terms = { scope: 'review', work, deadlineMs: nowMs + DAY_MS }
    acknowledged.push(await promise(node, { delegator: subject.did, ...terms }))
  } else {
    const outcome = { scope: 'review', promised: work, delivered: work, clarity: 0 } as const
    const outcomes = [{ ...outcome, observedAtMs: nowMs }]
    acknowledged.push(await observePublicly(node, subject.did, outcomes))
  }
}

function verdicts(node: AipNode): readonly string[] {
  return [...node.evidence.all()]
    .map(({ id, record }) => {
      const place = node.identities.get(record.issuer)?.place(toHex(record.key))
      return `${id} ${place?.counts(record.sequence) ?? 'no key'}`
    })
    .toSorted()
}

describe('rotation under load', () => {
  test('leaves five nodes of one mind, with every acknowledged record', async () => {
    const all = await agents()
    const rotations: Promise<unknown>[] = []
    const writing = all.map(async (agent, me) => {
      for (let at = 0; at < RECORDS_EACH; at++) {
        // Not awaited: what comes next waits for the new key, and what others write does not.
        const turn = at - me * ROTATION_GAP
        if (turn === FIRST_ROTATION || turn === SECOND_ROTATION) {
          rotations.push(rotateKey(agent.node, rotationBy(agent.secret, agent.node)))
        }
        const subject = all[(me + 1 + (at % (NODE_COUNT - 1))) % NODE_COUNT]
        if (subject === undefined) throw new Error('there are five')
        await issue(agent, subject.node, at)
      }
    })
    await Promise.all(writing)
    await Promise.all(rotations)
    const acknowledged = all.flatMap((agent) => agent.acknowledged)
    expect([rotations.length, acknowledged.length]).toEqual([10, 1_000])

    const expected = acknowledged.toSorted().join()
    await eventually(
      'all hold the same',
      () =>
        all.every(
          ({ node }) =>
            [...node.evidence.all()]
              .map(({ id }) => id)
              .toSorted()
              .join() === expected,
        ),
      CONVERGE_LIMIT_MS,
    )
    await eventually('all know the last keys', () =>
      all.every(({ node }) =>
        all.every(
          ({ node: other }) =>
            node.identities.get(other.did)?.branches[0].current?.keyHex === other.author.keyHex,
        ),
      ),
    )
    const first = verdicts(all[0]?.node ?? fail())
    expect(first.every((verdict) => verdict.endsWith(' counts'))).toBe(true)
    for (const { node } of all) {
      expect(verdicts(node)).toEqual(first)
      expect(await idsOnDisk(node)).toHaveLength(acknowledged.length)
    }
    process.stdout.write(
      `${rotations.length} rotations, ${acknowledged.length} records acknowledged; ${first.length} judged alike on ${all.length} nodes\n`,
    )
  })
})

function fail(): never {
  throw new Error('there are five')
}
