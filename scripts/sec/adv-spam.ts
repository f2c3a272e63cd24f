/**
 * A thousand identities with sound signatures that fill a shard, and a peer that sends broken ones: what
 * is stored stays within the shard's part, honest records keep their place and get in meanwhile, and the
 * peer is silenced.
 */
import { join } from 'node:path'
import { silentLogger } from '../../src/base/log.ts'
import { MIB_BYTES, MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import { AipNode } from '../../src/node/node.ts'
import { createIdentity } from '../../src/node/own-identity.ts'
import { SCORE_THRESHOLDS } from '../../src/p2p/gossip/score.ts'
import { admissionLimits } from '../../src/records/replica/limits.ts'
import { Candidate } from '../../src/records/verified.ts'
import { Outsider, persona, sealed, vouchFor } from '../../test/support/hostile.ts'
import { keyNamed } from '../../test/support/identity.ts'
import { startNode, temporaryHome } from '../../test/support/nodes.ts'
import { percentile, rounded } from '../bench/parts/figures.ts'
import { count, type Attack } from './parts/attack.ts'

const NETWORK = 'local'
/** Room for 4,096 vouches. */
const SHARD_LIMIT_BYTES = 64 * MIB_BYTES
const HONEST_COUNT = 200
const SPAMMERS_COUNT = 16
/** Offers that each of them keeps open. */
const AT_ONCE_COUNT = 64
/** How much longer an honest record may take under spam than on a quiet node, at the 99th percentile. */
const HONEST_TIMES_MOST = 2
const SILENCE_LIMIT_MS = 30 * SECOND_MS

export const attack: Attack = {
  does: 'A thousand sound spammers and a peer with broken records: bounds hold, honest records get in.',
  flags: {
    authors: { fallback: '1000', meaning: 'identities of the spammer' },
    per: { fallback: '60', meaning: 'records by each' },
  },
  limitMs: 6 * MINUTE_MS,
  run: async ({ flags, progress }) => {
    const authors = count(flags, 'authors', 1, 3_000)
    const per = count(flags, 'per', 1, 1_000)
    await using stack = new AsyncDisposableStack()
    const node = await startSmall(stack)
    const subject = persona('subject')
    const offerHonest = async (at: number): Promise<number> => {
      const bytes = sealed(vouchFor(subject), persona(`honest ${at}`))
      const startedAt = performance.now()
      await node.pipeline.offer(bytes, { via: 'gossip', peer: 'honest' })
      return performance.now() - startedAt
    }
    const quiet: number[] = []
    for (let at = 0; at < HONEST_COUNT; at++) quiet.push(await offerHonest(at))
    const spam = Array.from({ length: authors * per }, (_, at) =>
      sealed(vouchFor(subject, { scope: `spam.${at}` }), persona(`spammer ${at % authors}`)),
    )
    progress(`${spam.length} records are signed`)

    let next = 0
    const startedAt = performance.now()
    const spamming = Array.from({ length: SPAMMERS_COUNT * AT_ONCE_COUNT }, async (_, line) => {
      for (let bytes = spam[next++]; bytes !== undefined; bytes = spam[next++]) {
        await node.pipeline.offer(bytes, {
          via: 'gossip',
          peer: `spammer ${line % SPAMMERS_COUNT}`,
        })
      }
    })
    const busy: number[] = []
    for (let at = HONEST_COUNT; at < 2 * HONEST_COUNT; at++) {
      if (next >= spam.length) break
      busy.push(await offerHonest(at))
    }
    await Promise.all(spamming)
    const spamS = (performance.now() - startedAt) / SECOND_MS
    const honestOffered = quiet.length + busy.length
    const budget = admissionLimits({
      shardBits: 0,
      shardLimitBytes: SHARD_LIMIT_BYTES,
      workBits: 0,
    }).shard.vouch
    const held = node.store.recordCount
    const honestDids = new Set(
      Array.from({ length: honestOffered }, (_, at) => persona(`honest ${at}`).did),
    )
    let honestHeld = 0
    for await (const { bytes } of node.store.records()) {
      if (honestDids.has(Candidate.parse(bytes, { network: NETWORK }).record.issuer)) honestHeld++
    }
    const silencedMs = await silenced()
    const [quietP99, busyP99] = [percentile(quiet, 0.99), percentile(busy, 0.99)]
    const misses: string[] = []
    if (held > budget) misses.push(`${held} records in a budget of ${budget}`)
    if (honestHeld !== honestOffered)
      misses.push(`${honestHeld} of ${honestOffered} honest records kept`)
    if (busyP99 > HONEST_TIMES_MOST * quietP99) {
      misses.push(`honest p99 ${rounded(busyP99)} ms, ${rounded(quietP99)} ms when quiet`)
    }
    if (silencedMs > SILENCE_LIMIT_MS) misses.push('the sender of broken records is still heard')
    const figures = {
      'spam records': spam.length,
      'spam/s': Math.round(spam.length / spamS),
      held,
      budget,
      'honest records kept': `${honestHeld} of ${honestOffered}`,
      'honest p99 ms, quiet': rounded(quietP99),
      'honest p99 ms, under spam': rounded(busyP99),
      'seconds until silenced': rounded(silencedMs / SECOND_MS),
    }
    return { figures, misses }
  },
}

/** A node that speaks with nobody, with room for little. */
async function startSmall(stack: AsyncDisposableStack): Promise<AipNode> {
  const home = await temporaryHome(stack)
  const identity = await createIdentity(join(home, 'keys', 'operational.key'), { workBits: 0 })
  return stack.use(
    await AipNode.start({
      home,
      identity,
      network: {
        v: 1,
        name: NETWORK,
        preset: 'local',
        bootstrap: [],
        shardBits: 0,
        shardLimitBytes: SHARD_LIMIT_BYTES,
        workBits: 0,
      },
      profile: 'offline',
      listen: [],
      trust: { profile: 'strict', introducers: [] },
      origins: [],
      userAgent: 'aip-node/test',
      clock: Date.now,
      log: silentLogger,
    }),
  )
}

/** How long a peer that gossips forged records is sent anything by a real node. */
async function silenced(): Promise<number> {
  await using victim = await startNode()
  await using sender = await Outsider.start()
  await sender.join(victim.address)
  const [author, subject] = [persona('author'), persona('subject')]
  const startedAt = performance.now()
  for (;;) {
    const tookMs = performance.now() - startedAt
    if (victim.mesh.gossip.score(sender.peerId) < SCORE_THRESHOLDS.publishThreshold) return tookMs
    if (tookMs > SILENCE_LIMIT_MS) return Infinity
    await sender.gossip(sealed(vouchFor(subject), author, { by: keyNamed('stranger') }))
    await new Promise((later) => setTimeout(later, 200))
  }
}
