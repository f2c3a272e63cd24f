/** Killing a node while records flow in, and looking at what it still has. */
import { once } from 'node:events'
import { DAY_MS } from '../../src/base/units.ts'
import type { Cast } from '../../src/cli/demo/cast.ts'
import { encodeBundle } from '../../src/records/bundle.ts'
import { Candidate } from '../../src/records/verified.ts'
import { recordIdText } from '../../src/records/wire.ts'
import { persona, sealed, vouchFor } from './hostile.ts'
import { inOneChunk, recordIds, type Actor } from './processes.ts'

/** What the operator of one node says in an hour stays below what is kept of one issuer. */
const OWN_LIMIT_COUNT = 12
const BUNDLE_RECORD_COUNT = 10
const BUNDLES_AT_ONCE = 2

export interface Round {
  /** Ids of every record that the node said it had stored, since its home was made. */
  readonly acknowledged: ReadonlySet<string>
  /** Ids acknowledged in this round. */
  readonly count: number
  readonly missing: readonly string[]
  /** Calls that the blow cut off. */
  readonly cutOff: number
  /** Author sequences of the node's own records, as they are held after the restart. */
  readonly ownSequences: readonly number[]
  readonly actor: Actor
}

/**
 * Lets records flow into the node from all sides of its interface, kills it with SIGKILL as soon as
 * `answers` calls have been answered, others being under way, and starts it again.
 *
 * @param name  of the round: no two rounds say the same.
 */
export async function killRound(
  cast: Cast,
  actor: Actor,
  round: { readonly name: string; readonly answers: number; readonly before: ReadonlySet<string> },
): Promise<Round> {
  const acknowledged = new Set(round.before)
  const flow = new AbortController()
  let answered = 0
  const note = (ids: readonly string[]): void => {
    // What is answered after the blow was struck was still answered by the node.
    for (const id of ids) acknowledged.add(id)
    if (++answered >= round.answers) flow.abort()
  }

  const sources = [
    observe(actor, flow.signal, note),
    ...Array.from({ length: BUNDLES_AT_ONCE }, async (_, at) =>
      importBundles(actor, `${round.name} ${at}`, flow.signal, note),
    ),
  ]
  const enough = once(flow.signal, 'abort')
  // Sources that all end by themselves leave the count unreached, which is said below.
  await Promise.race([enough, Promise.all(sources)])
  await cast.kill(actor)
  const cutOff = (await Promise.all(sources)).flat().filter((isCutOff) => isCutOff).length
  if (answered < round.answers) throw new Error(`only ${answered} calls were answered`)

  const again = await cast.enter(actor.name, [])
  const held = new Set(await recordIds(again))
  const own = await again.client.listRecords({ issuer: again.did, limit: 500 })
  return {
    acknowledged,
    count: acknowledged.size - round.before.size,
    missing: [...acknowledged].filter((id) => !held.has(id)),
    cutOff,
    ownSequences: own.items.map((record) => Number(record['sequence'])),
    actor: again,
  }
}

type Note = (ids: readonly string[]) => void

/** The agent's own words, several at once. Ends when the flow does, or the node. */
async function observe(actor: Actor, flow: AbortSignal, note: Note): Promise<readonly boolean[]> {
  const { did: subject } = persona('worker')
  const one = async (): Promise<void> => {
    if (flow.aborted) return
    const said = { subject, task: 'review', promised: 10, delivered: 9, share: 'public' } as const
    note([(await actor.client.createObservation(said)).id])
  }
  return Promise.all(Array.from({ length: OWN_LIMIT_COUNT }, async () => untilKilled(one)))
}

/** Other agents' words, in small bundles, one after the other. */
async function importBundles(
  actor: Actor,
  name: string,
  flow: AbortSignal,
  note: Note,
): Promise<boolean> {
  return untilKilled(async () => {
    for (let at = 0; !flow.aborted; at++) {
      const { bundle, ids } = bundleOf(`${name} ${at}`)
      const { stored } = await actor.client.importRecords({ body: inOneChunk(bundle) })
      if (stored !== ids.length) throw new Error(`of ${ids.length} records ${stored} were stored`)
      note(ids)
    }
  })
}

/**
 * Whether the work was cut off. A node that is killed breaks its connections: nothing else may go
 * wrong, and above all no answer may say that something was refused.
 */
export async function untilKilled(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return false
  } catch (error) {
    const code = error instanceof Error && 'fault' in error ? codeOf(error.fault) : undefined
    if (code === 'client/not-running' || code === 'client/answer-invalid') return true
    throw error
  }
}

function codeOf(fault: unknown): string | undefined {
  return typeof fault === 'object' && fault !== null && 'code' in fault
    ? String(fault.code)
    : undefined
}

/** Ten records by one agent of its own, so that no quota is near. */
function bundleOf(name: string): { readonly bundle: Uint8Array; readonly ids: readonly string[] } {
  const author = persona(`author ${name}`)
  const issuedAtMs = Date.now() - DAY_MS
  const records = Array.from({ length: BUNDLE_RECORD_COUNT }, (_, at) =>
    sealed(vouchFor(persona(`subject ${at}`), { issuedAtMs }), author),
  )
  return {
    bundle: encodeBundle({ identities: [author.identity], records }),
    ids: records.map((bytes) => recordIdText(Candidate.parse(bytes, { network: 'local' }).id)),
  }
}
