/** The replay itself, step by step: sign, start, import, wait until the nodes agree, look. */
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import { Cast } from '../../src/cli/demo/cast.ts'
import { dealBundles, type Dealt } from './bundles.ts'
import { agreed, COMMAND, importBundle, startNodes, stopNode, storeBytes } from './nodes.ts'
import type { Viewpoint } from './nodes.ts'
import { peopleOf, type Person } from './people.ts'
import type { Rating } from './ratings.ts'
import { RefusalCounter } from './refusals.ts'
import type { Fed, Found } from './report.ts'
import { lookFrom, type Look } from './viewpoint.ts'

export const NODE_COUNT = 3
const NETWORK = 'local'
const AGREE_LIMIT_MS = 30 * MINUTE_MS

export interface ReplayOptions {
  /** Whose nodes run. */
  readonly viewers: readonly string[]
  /** Leaves the nodes' homes, for a look at them later. */
  readonly keep: boolean
  /** Breaks the replay off; its nodes are stopped and nothing is left behind. */
  readonly signal: AbortSignal
}

type Tell = (text: string) => void

/** @throws {Error} when a node does not start, or the nodes do not come to hold the same in time. */
export async function replay(
  ratings: readonly Rating[],
  { viewers, keep, signal }: ReplayOptions,
): Promise<Found> {
  const tell = teller()
  const people = peopleOf(ratings)
  tell(`${ratings.length} ratings of ${people.size} people; the nodes are of ${viewers.join(', ')}`)

  await using cast = await Cast.open(COMMAND)
  const dealt = await dealBundles(ratings, people, {
    directory: join(cast.root, '.bundles'),
    parts: NODE_COUNT,
    network: NETWORK,
    nowMs: Date.now(),
    onProgress: (signed) => tell(`${signed} records signed`),
  })
  signal.throwIfAborted()
  const nodes = await startNodes(cast, personsOf(viewers, people))
  tell(`${nodes.length} nodes run under ${cast.root}`)
  const fed = await feed(nodes, dealt, { tell, signal })
  const looks: Look[] = []
  for (const node of nodes) {
    looks.push(await lookFrom(node, people, ratings, signal))
    tell(`person ${node.person.name} has looked at everybody`)
  }
  if (keep) {
    await Promise.all(nodes.map(stopNode))
    const kept = `${cast.root}-replay`
    await rename(cast.root, kept)
    tell(`the nodes have stopped; their homes are in ${kept}`)
  }
  return {
    ratings: ratings.length,
    people: people.size,
    from: dayOf(ratings[0]?.atMs ?? 0),
    to: dayOf(ratings.at(-1)?.atMs ?? 0),
    vouches: dealt.vouches,
    observations: dealt.observations,
    recordBytes: dealt.bytes,
    overHour: dealt.best.overHour,
    overUnit: dealt.best.overUnit,
    ...fed,
    looks,
  }
}

/** Imports a part at each node, and waits until all three hold the same. */
async function feed(
  nodes: readonly Viewpoint[],
  dealt: Dealt,
  { tell, signal }: { readonly tell: Tell; readonly signal: AbortSignal },
): Promise<
  Pick<Found, 'imports' | 'importSeconds' | 'agreeSeconds' | 'held' | 'isAsRuled' | 'nodes'>
> {
  using counting = new DisposableStack()
  const counters = nodes.map((node) => counting.use(new RefusalCounter(node)))
  const begunMs = performance.now()
  const seconds = (): number => (performance.now() - begunMs) / SECOND_MS
  const imports = await Promise.all(
    nodes.map(async (node, at): Promise<Fed> => {
      const { read, stored, known, refused } = await importBundle(
        node,
        dealt.files[at] ?? '',
        signal,
      )
      tell(`person ${node.person.name} has imported ${stored} of ${read} records`)
      const codes = Object.fromEntries(refused.map(({ code, count }) => [code, count]))
      return { person: node.person.name, read, stored, known, refused: codes, seconds: seconds() }
    }),
  )
  const importSeconds = seconds()

  const held = await agreed(nodes, {
    limitMs: AGREE_LIMIT_MS,
    signal,
    onCounts: (counts) => tell(`the nodes hold ${counts.join(', ')} records`),
  })
  if (held === undefined) throw new Error('the nodes do not hold the same records in time')
  const agreeSeconds = seconds()
  const { names } = dealt.best
  const refusals = await Promise.all(counters.map((counter) => counter.stop()))
  return {
    imports,
    importSeconds,
    agreeSeconds,
    held: held.size,
    isAsRuled: held.size === names.size && held.isSubsetOf(names),
    nodes: await Promise.all(
      nodes.map(async (node, at) => ({
        person: node.person.name,
        refused: Object.fromEntries(refusals[at]?.refused ?? []),
        evicted: refusals[at]?.evicted ?? 0,
        storeBytes: await storeBytes(node),
      })),
    ),
  }
}

function personsOf(names: readonly string[], people: ReadonlyMap<string, Person>): Person[] {
  return names.map((name) => {
    const person = people.get(name)
    if (person === undefined) throw new RangeError(`there is nobody called ${name}`)
    return person
  })
}

/** Progress goes to standard error, each line with the seconds since the start. */
function teller(): Tell {
  const begunMs = performance.now()
  return (text) => {
    const seconds = ((performance.now() - begunMs) / SECOND_MS).toFixed(1).padStart(6)
    console.error(`${seconds} s  ${text}`)
  }
}

function dayOf(atMs: number): string {
  return new Date(atMs - (atMs % DAY_MS)).toISOString().slice(0, 10)
}
