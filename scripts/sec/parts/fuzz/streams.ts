/** Mutated bytes on streams of every protocol that a running node speaks, from a peer on loopback. */
import { multiaddr } from '@multiformats/multiaddr'
import { asError } from '../../../../src/base/error.ts'
import { MIB_BYTES, SECOND_MS } from '../../../../src/base/units.ts'
import type { Dice } from '../../../../test/simulation/dice.ts'
import { startNode } from '../../../../test/support/nodes.ts'
import { plainHost } from '../../../../test/support/plain-host.ts'
import { rounded } from '../../../bench/parts/figures.ts'
import type { Outcome } from '../attack.ts'
import { SPOKEN } from './decoders.ts'
import { residentBytes } from './memory.ts'
import { Mutator } from './mutator.ts'

const GROWTH_LIMIT_BYTES = 64 * MIB_BYTES
const DIAL_LIMIT_MS = 10 * SECOND_MS
const STREAM_LIMIT_MS = SECOND_MS
/** Streams by one peer before another takes its place: a node lets nobody go on for ever. */
const STREAMS_PER_PEER_COUNT = 50

/** @param count  how many streams; none starts no node. */
export async function fuzzedStreams(
  count: number,
  dice: Dice,
  progress: (sentence: string) => void,
): Promise<Outcome> {
  if (count === 0) return { figures: {}, misses: [] }
  const uncaught: string[] = []
  const note = (error: unknown): void => {
    uncaught.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
  try {
    const victim = await startNode()
    try {
      return await attacked(victim, count, new Mutator(dice), dice, progress, uncaught)
    } finally {
      await victim[Symbol.asyncDispose]()
    }
  } finally {
    process.off('uncaughtException', note)
    process.off('unhandledRejection', note)
  }
}

async function attacked(
  victim: Awaited<ReturnType<typeof startNode>>,
  count: number,
  mutator: Mutator,
  dice: Dice,
  progress: (sentence: string) => void,
  uncaught: readonly string[],
): Promise<Outcome> {
  const protocols = victim.mesh.host.libp2p.getProtocols()
  const startedAt = performance.now()
  let [opened, refused, baseBytes] = [0, 0, 0]
  let peers = 0
  for (let begun = 0; begun < count; peers++) {
    const peer = await plainHost()
    try {
      const address = multiaddr(victim.address)
      const connection = await peer.dial(address, { signal: AbortSignal.timeout(DIAL_LIMIT_MS) })
      for (let own = 0; own < STREAMS_PER_PEER_COUNT && begun < count; own++, begun++) {
        const protocol = protocols[begun % protocols.length] ?? ''
        try {
          const signal = AbortSignal.timeout(STREAM_LIMIT_MS)
          const stream = await connection.newStream(protocol, { signal })
          const bytes = mutator.mutant(dice.pick(SPOKEN), SPOKEN)
          if (bytes.length > 0) stream.send(bytes)
          if (dice.chance(0.5)) await stream.close({ signal })
          else stream.abort(new Error('gone'))
          opened++
        } catch (error) {
          refused++
          // The node hangs up on whoever goes too far; the next peer goes on.
          if (asError(error).name === 'ConnectionClosedError') break
        }
      }
    } finally {
      await peer.stop()
    }
    if (peers === 0) baseBytes = residentBytes()
  }
  const growthBytes = residentBytes() - baseBytes
  const held = victim.node.store.recordCount
  const visitor = await plainHost()
  let answersAfterwards = false
  try {
    const signal = AbortSignal.timeout(DIAL_LIMIT_MS)
    await visitor.dial(multiaddr(victim.address), { signal })
    answersAfterwards = true
  } finally {
    await visitor.stop()
  }
  progress(`${count} streams in ${rounded((performance.now() - startedAt) / SECOND_MS)} s`)
  const misses = [
    ...uncaught.slice(0, 3).map((error) => `uncaught: ${error}`),
    ...(growthBytes > GROWTH_LIMIT_BYTES ? [`RSS grew by ${growthBytes} bytes by streams`] : []),
    ...(answersAfterwards ? [] : ['nobody can dial the node afterwards']),
    ...(held > 0 ? [`${held} records are stored`] : []),
    ...(opened < count / 2 ? [`only ${opened} of ${count} streams were opened`] : []),
  ]
  const figures = {
    protocols: protocols.length,
    peers,
    'streams opened': opened,
    'streams refused': refused,
    uncaught: uncaught.length,
    'RSS growth by streams MiB': rounded(growthBytes / MIB_BYTES),
  }
  return { figures, misses }
}
