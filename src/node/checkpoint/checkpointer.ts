/**
 * Writes the scores of the moment down every so often and when the node stops, so that the next start
 * has something to answer from while it builds its view. Never in anybody's way: in slices, and given
 * up when it takes long or the view changes under it. Specification: docs/spec/checkpoint.md, K2 and K3.
 */
import type { Clock } from '../../base/clock.ts'
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../base/units.ts'
import { GENERAL_SCOPE } from '../../trust/context.ts'
import type { LiveView } from '../../trust/live/live-view.ts'
import { nextTurn } from '../building.ts'
import type { Outlook } from '../outlook.ts'
import { CHECKPOINT_LIMIT_BYTES, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts'
import type { Checkpoint, CheckpointOwner } from './checkpoint.ts'
import { readCheckpointFile, writeCheckpointFile } from './checkpoint-file.ts'
import { ROW_BYTES, RowWriter } from './rows.ts'

const CHECKPOINT_INTERVAL_MS = 10 * MINUTE_MS
/** Older scores are not given. */
export const CHECKPOINT_AGE_LIMIT_MS = 7 * DAY_MS
/** What was written within that time from the same view is not written again when the node stops. */
const FRESH_LIMIT_MS = 10 * MINUTE_MS
/** A node that stops waits no longer for it. */
const STOP_LIMIT_MS = 3 * SECOND_MS
/** Agents looked at before others have a turn: about a millisecond. */
const SLICE_AGENTS_LIMIT = 200
/** Vouches and agents looked at in one slice, as in the outlook. */
const SLICE_WORK_LIMIT = 4_000
/** How often one is begun while the view keeps changing. */
const TRIES_LIMIT = 3

export interface CheckpointerDeps {
  readonly path: string
  readonly outlook: Outlook
  readonly owner: () => Promise<CheckpointOwner>
  readonly clock: Clock
  readonly log: Logger
}

/** The scores of all of a scope's agents, in order, and what they are of. */
interface Taken {
  readonly asOfMs: number
  readonly view: string
  readonly hasView: boolean
  readonly scopes: ReadonlyMap<string, Buffer>
}

export class Checkpointer implements AsyncDisposable {
  readonly #deps: CheckpointerDeps
  readonly #timer: NodeJS.Timeout
  #writing: Promise<boolean> | undefined
  #isStopping = false
  /** What the file is of, as far as it was written here. */
  #written: { readonly of: string; readonly asOfMs: number; readonly count: number } | undefined

  constructor(deps: CheckpointerDeps, intervalMs = CHECKPOINT_INTERVAL_MS) {
    this.#deps = deps
    this.#timer = setInterval(() => {
      // What nobody asks for need not be there the sooner.
      if (deps.outlook.asked.count !== (this.#written?.count ?? 0)) void this.write()
    }, intervalMs)
    this.#timer.unref()
  }

  /**
   * Writes a checkpoint where there is a view, and it is another than what was written last.
   *
   * @returns whether one was written. What goes wrong is logged.
   */
  async write(limitMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    this.#writing ??= this.#write(performance.now() + limitMs).finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#writing
    this.#isStopping = true
    await this.write(STOP_LIMIT_MS)
  }

  async #write(untilMs: number): Promise<boolean> {
    const { outlook, path, owner, log } = this.#deps
    try {
      const { names, count } = outlook.asked
      const scopes = names.length === 0 ? [GENERAL_SCOPE] : names
      const before = await owner()
      const taken = await this.#take(scopes, untilMs)
      const after = await owner()
      // The viewer has said something meanwhile: it is in the next one.
      if (taken === undefined || after.words !== before.words) return false
      const frame = { ...after, ...taken }
      const of = [frame.view, frame.words, ...scopes].join(' ')
      if (this.#isFresh(of, taken.asOfMs)) return false
      await writeCheckpointFile(path, await encodeCheckpoint(frame, taken.scopes))
      this.#written = { of, asOfMs: taken.asOfMs, count }
      log.debug('scores were written down', { scopes: scopes.length, view: taken.view })
      return true
    } catch (error) {
      log.warn('the checkpoint of scores was not written', { reason: asError(error).message })
      return false
    }
  }

  #isFresh(of: string, asOfMs: number): boolean {
    return this.#written?.of === of && asOfMs - this.#written.asOfMs < FRESH_LIMIT_MS
  }

  /** All of one moment, or nothing. */
  async #take(scopes: readonly string[], untilMs: number): Promise<Taken | undefined> {
    for (let tries = 0; tries < TRIES_LIMIT; tries++) {
      const taken = await this.#tryToTake(scopes, untilMs)
      if (taken !== 'changed') return taken
    }
    return undefined
  }

  async #tryToTake(
    names: readonly string[],
    untilMs: number,
  ): Promise<Taken | 'changed' | undefined> {
    const { outlook, clock } = this.#deps
    const asOfMs = clock()
    const scopes = new Map<string, Buffer>()
    let about: { readonly view: string; readonly hasView: boolean } | undefined
    let roomRows = Math.floor(CHECKPOINT_LIMIT_BYTES / ROW_BYTES)
    // The one asked for last first: there may not be room for all.
    for (const name of names.toReversed()) {
      const rows = new RowWriter()
      for (let node = 0; ;) {
        const view = await outlook.viewOf(name)
        if (view === undefined || performance.now() > untilMs) return undefined
        // Between two turns something may have come in.
        if (!view.work(name, SLICE_WORK_LIMIT)) continue
        const now = { view: view.digest, hasView: view.hasView }
        if (about !== undefined && about.view !== now.view) return 'changed'
        about = now
        node = readSome(view, name, node, rows)
        if (node >= view.nodeCount) break
        if (!this.#isStopping) await pause()
        else await nextTurn()
      }
      if (rows.count >= roomRows) continue
      roomRows -= rows.count
      scopes.set(name, rows.inOrder())
    }
    return about === undefined ? undefined : { ...about, asOfMs, scopes }
  }
}

/** @returns the next node to read. */
function readSome(view: LiveView, scope: string, from: number, rows: RowWriter): number {
  const end = Math.min(view.nodeCount, from + SLICE_AGENTS_LIMIT)
  for (let node = from; node < end; node++) {
    const found = view.inputsAt(node, scope)
    if (found !== undefined) rows.add(found.did, found.inputs)
  }
  return end
}

async function pause(): Promise<void> {
  return new Promise((next) => {
    setTimeout(next, 1)
  })
}

/** The checkpoint of an earlier run, when it is of use; why not is logged. */
export async function readCheckpoint(
  path: string,
  owner: CheckpointOwner,
  { clock, log }: Pick<CheckpointerDeps, 'clock' | 'log'>,
): Promise<Checkpoint | undefined> {
  try {
    const bytes = await readCheckpointFile(path)
    if (bytes === undefined) return undefined
    const found = await decodeCheckpoint(bytes, owner)
    const reason = typeof found === 'string' ? found : flawOfAge(found.asOfMs, clock())
    if (typeof found !== 'string' && reason === undefined) return found
    log.info('the checkpoint of scores is not used', { reason })
  } catch (error) {
    log.warn('the checkpoint of scores was not read', { reason: asError(error).message })
  }
  return undefined
}

function flawOfAge(asOfMs: number, nowMs: number): 'old' | 'ahead' | undefined {
  if (asOfMs > nowMs) return 'ahead'
  return nowMs - asOfMs > CHECKPOINT_AGE_LIMIT_MS ? 'old' : undefined
}
