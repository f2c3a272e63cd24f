/** The records of a replay, dealt out to as many bundle files as there are nodes. */
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { encodeBundleChunks, type BundleItem } from '../../src/records/bundle.ts'
import { Candidate } from '../../src/records/verified.ts'
import { bestOf, type Best, type Ranked } from './best.ts'
import { bytesName } from './nodes.ts'
import type { Person } from './people.ts'
import type { Rating } from './ratings.ts'
import { signedRatings } from './records.ts'

export interface Dealt {
  readonly files: readonly string[]
  readonly vouches: number
  readonly observations: number
  /** Of all records together. */
  readonly bytes: number
  /** What must be left of them in the end, by the names of `bytesName`. */
  readonly best: Best
}

export interface DealOptions {
  readonly directory: string
  readonly parts: number
  readonly network: string
  readonly nowMs: number
  readonly onProgress: (signed: number) => void
}

const PROGRESS_EVERY = 5_000

/** Signs and writes. Rating by rating in turn: each part has everybody's, old and new. */
export async function dealBundles(
  ratings: readonly Rating[],
  people: ReadonlyMap<string, Person>,
  options: DealOptions,
): Promise<Dealt> {
  const { directory, parts, network } = options
  const turns = new Map(ratings.map((rating, at) => [rating, at % parts]))
  const records: BundleItem[][] = Array.from({ length: parts }, () => [])
  const named = Array.from({ length: parts }, () => new Set<string>())
  const ranked: (Ranked & { readonly name: string })[] = []
  const counts = { vouch: 0, observation: 0 }
  let bytesCount = 0
  for (const { rating, type, issuedAtMs, bytes } of signedRatings(ratings, people, options)) {
    const turn = turns.get(rating) ?? 0
    records[turn]?.push({ kind: 'record', bytes })
    named[turn]?.add(rating.source).add(rating.target)
    counts[type]++
    bytesCount += bytes.length
    const { id } = Candidate.parse(bytes, { network })
    ranked.push({ id, name: bytesName(bytes), issuer: rating.source, type, issuedAtMs })
    if (ranked.length % PROGRESS_EVERY === 0) options.onProgress(ranked.length)
  }

  await mkdir(directory, { recursive: true })
  const files = records.map((_, turn) => join(directory, `part-${turn + 1}.aip`))
  for (const [turn, file] of files.entries()) {
    // Identities first: they decide about the records.
    const identities = [...(named[turn] ?? [])].flatMap((name): BundleItem[] => {
      const person = people.get(name)
      return person === undefined ? [] : [{ kind: 'identity', bytes: person.identity }]
    })
    const items = [...identities, ...(records[turn] ?? [])]
    await pipeline(encodeBundleChunks(items), createWriteStream(file))
  }
  return {
    files,
    vouches: counts.vouch,
    observations: counts.observation,
    bytes: bytesCount,
    best: bestOf(ranked),
  }
}
