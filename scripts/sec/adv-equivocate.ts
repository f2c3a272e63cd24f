/**
 * Mallory says one thing to one half of a mesh and another to the other half: two vouches with one
 * number, and two key logs that part. Every node must end up with both of each, and show the same proof.
 */
import { toHex } from '../../src/base/bytes.ts'
import { MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import { findEquivocations } from '../../src/records/equivocation.ts'
import { Candidate } from '../../src/records/verified.ts'
import { logOf } from '../../test/support/identity.ts'
import { Outsider, persona, sealed, vouchFor } from '../../test/support/hostile.ts'
import type { InProcess } from '../../test/support/nodes.ts'
import { rounded } from '../bench/parts/figures.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { count, type Attack } from './parts/attack.ts'
import { smallMesh } from './parts/small-mesh.ts'

const NETWORK = 'local'
const PROOF_LIMIT_MS = 10 * SECOND_MS

export const attack: Attack = {
  does: 'One number and one key log given out twice, half of the mesh each: all show one proof.',
  flags: { nodes: { fallback: '20', meaning: 'nodes, in this process' } },
  gate: { nodes: '6' },
  limitMs: 4 * MINUTE_MS,
  run: async ({ flags, progress }) => {
    const size = count(flags, 'nodes', 2, 40)
    await using stack = new AsyncDisposableStack()
    const nodes = await smallMesh(size, stack)
    progress(`${size} nodes`)

    const [mallory, subject] = [persona('mallory'), persona('subject')]
    for (const { node } of nodes) {
      await node.pipeline.offerIdentity(subject.identity, { via: 'api' })
      await node.pipeline.offerIdentity(mallory.identity, { via: 'api' })
    }
    const sequence = Date.now()
    const said = [100, 900].map((level) => sealed(vouchFor(subject, { sequence, level }), mallory))
    const logs = [1, 2].map((recovery) =>
      IdentityState.of(
        logOf({
          inception: 0,
          recoveries: [recovery],
          end: undefined,
          rotations: [],
          salt: undefined,
        }),
      ),
    )
    const expectedIds = said
      .map((bytes) => Candidate.parse(bytes, { network: NETWORK }).id)
      .toSorted()
    const [one, other] = logs
    if (one === undefined || other === undefined) throw new Error('two logs')
    const forkBytes = one.join(other).bytes

    const mouths = [stack.use(await Outsider.start()), stack.use(await Outsider.start())]
    for (const [at, { address }] of nodes.entries()) await mouths[at % 2]?.join(address)
    const startedAt = performance.now()
    for (const [half, mouth] of mouths.entries()) {
      await mouth.gossip(said[half] ?? new Uint8Array())
      await mouth.gossip(logs[half]?.bytes ?? new Uint8Array(), 'identities')
    }
    const proofs = async (): Promise<readonly string[]> => Promise.all(nodes.map(proofOf))
    const expected = `${expectedIds.join(' ')} ${toHex(forkBytes)}`
    let agreed = 0
    while (agreed < size && performance.now() - startedAt < 3 * PROOF_LIMIT_MS) {
      agreed = (await proofs()).filter((proof) => proof === expected).length
      await new Promise((next) => setTimeout(next, 50))
    }
    const tookMs = performance.now() - startedAt
    const misses: string[] = []
    if (agreed < size) misses.push(`${agreed} of ${size} nodes show the proof`)
    if (tookMs > PROOF_LIMIT_MS) misses.push(`it took ${rounded(tookMs)} ms`)
    const figures = {
      nodes: size,
      'nodes with the same proof': agreed,
      'seconds to agree': rounded(tookMs / SECOND_MS),
    }
    return { figures, misses }

    /** The two smallest ids under one number, and the fork of the key log, as one node has them. */
    async function proofOf({ node }: InProcess): Promise<string> {
      const records: { id: string; record: Candidate['record'] }[] = []
      for await (const { bytes } of node.store.records()) {
        const { id, record } = Candidate.parse(bytes, { network: NETWORK })
        records.push({ id, record })
      }
      const ids = findEquivocations(records).flatMap(({ proof }) => proof)
      const fork = node.identities.get(logs[0]?.did ?? mallory.did)
      return `${ids.join(' ')} ${fork?.isForked === true ? toHex(fork.bytes) : ''}`
    }
  },
}
