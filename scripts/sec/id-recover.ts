/**
 * A stolen key on a whole mesh: its owner recovers at one node, the thief goes on signing at others.
 * Every node must come to hold what the thief says against him and count none of it, and keep what the
 * owner said before.
 */
import { toHex } from '../../src/base/bytes.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import { incept } from '../../src/identity/key-log.ts'
import { recover } from '../../src/identity/log-change.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { Candidate } from '../../src/records/verified.ts'
import { Outsider, persona, sealed, vouchFor } from '../../test/support/hostile.ts'
import { keyNamed, publicKeyOf } from '../../test/support/identity.ts'
import { eventually } from '../../test/support/mesh.ts'
import type { InProcess } from '../../test/support/nodes.ts'
import { rounded } from '../bench/parts/figures.ts'
import { count, type Attack, type Figure } from './parts/attack.ts'
import { smallMesh } from './parts/small-mesh.ts'

const NETWORK = 'local'
const RECOVERY_LIMIT_MS = 30 * SECOND_MS
/** `reach`: the key counts up to a number; `compromised`: nothing that it signed counts, whatever its number. */
const MANNERS = ['reach', 'compromised'] as const
type Manner = (typeof MANNERS)[number]
/** One peer is hung up on when it sends too much at once. */
const THEFTS_LIMIT_COUNT = 40

export const attack: Attack = {
  does: 'A key is stolen and recovered: no node counts what the thief signs, all keep what was before.',
  flags: {
    nodes: { fallback: '20', meaning: 'nodes, in this process' },
    n: { fallback: '20', meaning: 'records that the thief signs' },
  },
  gate: { nodes: '5', n: '10' },
  limitMs: 4 * MINUTE_MS,
  run: async ({ flags, progress }) => {
    const size = count(flags, 'nodes', 2, 40)
    const n = count(flags, 'n', 1, THEFTS_LIMIT_COUNT)
    await using stack = new AsyncDisposableStack()
    const nodes = await smallMesh(size, stack)
    progress(`${size} nodes`)
    const misses: string[] = []
    const figures: Record<string, Figure> = { nodes: size }
    for (const manner of MANNERS) {
      const found = await robbed(manner, nodes, n)
      figures[`${manner}: thefts that count`] = found.counted
      figures[`${manner}: nodes that count what was before`] = found.keptBefore
      figures[`${manner}: seconds until all knew`] = rounded(found.tookMs / SECOND_MS)
      const keep = manner === 'reach' ? size : 0
      if (found.counted > 0) misses.push(`${manner}: ${found.counted} thefts count`)
      if (found.keptBefore !== keep) {
        misses.push(`${manner}: ${found.keptBefore} of ${size} count what was before`)
      }
      if (!found.isHeld) misses.push(`${manner}: a node lost what was before`)
      if (found.tookMs > RECOVERY_LIMIT_MS) misses.push(`${manner}: ${rounded(found.tookMs)} ms`)
    }
    return { figures, misses }
  },
}

interface Found {
  readonly counted: number
  readonly keptBefore: number
  readonly isHeld: boolean
  readonly tookMs: number
}

async function robbed(manner: Manner, nodes: readonly InProcess[], n: number): Promise<Found> {
  await using stack = new AsyncDisposableStack()
  const nowMs = Date.now()
  const stolen = keyNamed(`stolen, ${manner}`)
  const { log } = incept({
    genesis: stolen,
    recoveryKey: publicKeyOf('from the sheet'),
    verifier: nativeVerifier,
  })
  const owner = { did: log.did, signer: stolen }
  const recovered = recover({
    log,
    authority: keyNamed('from the sheet'),
    operationalKey: publicKeyOf('safe'),
    recoveryKey: publicKeyOf('the next sheet'),
    verifier: nativeVerifier,
    compromised: manner === 'compromised',
    reach: nowMs - HOUR_MS,
  }).log
  const subject = persona('subject')
  const [first, last] = [nodes[0], nodes.at(-1)]
  if (first === undefined || last === undefined) throw new Error('no nodes')

  const mouth = stack.use(await Outsider.start())
  await mouth.join(first.address)
  for (const value of [subject.identity, IdentityState.of(log).bytes]) {
    await mouth.gossip(value, 'identities')
  }
  const issuedAtMs = nowMs - DAY_MS
  const before = sealed(vouchFor(subject, { issuedAtMs, sequence: issuedAtMs }), owner)
  await mouth.gossip(before)
  await eventually('all hold what the owner said', async () => holdAll(nodes, [before]))

  const startedAt = performance.now()
  await mouth.gossip(IdentityState.of(recovered).bytes, 'identities')
  const thief = stack.use(await Outsider.start())
  await thief.join(last.address)
  const thefts = Array.from({ length: n }, (_, at) => {
    // Whoever gave a key up as stolen need not fear what is dated back.
    const back = manner === 'compromised' && at % 2 === 0 ? DAY_MS : 0
    const sequence = nowMs + at - back
    return sealed(vouchFor(subject, { scope: `stolen.${at}`, sequence }), owner)
  })
  for (const theft of thefts) await thief.gossip(theft)
  const keyHex = toHex(stolen.publicKey)
  const counts = ({ node }: InProcess, sequence: number): boolean =>
    node.identities.get(log.did)?.place(keyHex)?.counts(sequence) === 'counts'
  await eventually(
    'all know of the recovery',
    () => nodes.every((one) => !counts(one, nowMs + 1)),
    RECOVERY_LIMIT_MS,
  )
  const tookMs = performance.now() - startedAt
  const sequences = thefts.map((bytes) => read(bytes).record.sequence)
  const counted = nodes.flatMap((one) =>
    sequences.filter((sequence) => counts(one, sequence)),
  ).length
  const keptBefore = nodes.filter((one) => counts(one, issuedAtMs)).length
  return { counted, keptBefore, isHeld: await holdAll(nodes, [before]), tookMs }
}

function read(bytes: Uint8Array): Candidate {
  return Candidate.parse(bytes, { network: NETWORK })
}

async function holdAll(
  nodes: readonly InProcess[],
  records: readonly Uint8Array[],
): Promise<boolean> {
  const held = await Promise.all(
    nodes.flatMap(({ node }) => records.map(async (bytes) => node.store.get(read(bytes).id))),
  )
  return held.every((row) => row !== undefined)
}
