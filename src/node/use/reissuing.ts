/**
 * After a key was declared compromised: what lives of its records is signed again by the present one.
 *
 * Live vouches and open promises keep their words, their time of issue and their expiry, so they weigh
 * and expire as before; settled promises attest whatever became of the key. The records are set aside
 * on disk before the key goes, since a recovery may take the key out of the log and its records with
 * it. What stands there already under a later key is done: an interruption anywhere is made good by
 * the next start, and nothing is issued twice.
 */
import { equalBytes, fromHex, toHex } from '../../base/bytes.ts'
import { encodeCbor } from '../../crypto/cbor.ts'
import { RecordError } from '../../records/error.ts'
import type { AipRecord, RecordId, Undertaking, Vouch } from '../../records/record.ts'
import { decodeRecord, encodeWork } from '../../records/wire.ts'
import type { Note } from '../../store/local-state.ts'
import type { StoredRecord } from '../../store/store.ts'
import type { Unnumbered } from '../author.ts'
import type { AipNode } from '../node.ts'

/** Notes of records that are to be issued anew; their ids follow. */
const ASIDE = 'reissue/'
/** Claims signed in one go: as many vouches as one hour may have. */
const BATCH_LIMIT = 32

export interface Reissued {
  readonly vouches: number
  readonly promises: number
  /** What could not be issued anew: it is about to expire, or the issuer has too many of its kind. */
  readonly refused: number
}

export const NOTHING_REISSUED: Reissued = { vouches: 0, promises: 0, refused: 0 }

type Renewable = Vouch | Undertaking

/**
 * Sets aside, durably, what lives of the records of this key. What came here from `stolenSinceMs` on
 * may be the thief's, and is left alone.
 */
export async function planReissue(
  node: AipNode,
  keyHex: string,
  stolenSinceMs = Infinity,
): Promise<void> {
  const live = await liveRecordsBy(node, fromHex(keyHex), stolenSinceMs)
  const put = live.map(({ id, bytes }) => ({ name: `${ASIDE}${id}`, bytes }))
  await changeNotes(node, put, [])
}

/** Nothing is to be issued anew after all. */
export async function forgetReissue(node: AipNode): Promise<void> {
  await changeNotes(node, [], await notesAside(node))
}

/**
 * Issues what was set aside, if anything is. Records whose key has not been given up after all, since
 * the change of the key did not come to pass, are left as they are.
 */
export async function finishReissue(node: AipNode): Promise<Reissued> {
  const notes = await notesAside(node)
  if (notes.length === 0) return NOTHING_REISSUED
  await node.index.whenReady()
  // A key that was replaced meanwhile signs nothing; what was set aside waits for one that may.
  if (node.standing === 'retired' || node.standing === 'deactivated') return NOTHING_REISSUED
  const records = notes.map(({ bytes }) => decodeRecord(bytes).record).filter(isRenewable)
  const done = await termsByLaterKeys(node)
  const due = records.filter((record) => isGivenUp(node, record.key) && !done.has(termsOf(record)))
  const vouches = await issued(node, due, 'vouch')
  const promises = await issued(node, due, 'promise')
  await changeNotes(node, [], notes)
  return { vouches, promises, refused: due.length - vouches - promises }
}

async function notesAside(node: AipNode): Promise<readonly Note[]> {
  return (await node.store.notes.list()).filter(({ name }) => name.startsWith(ASIDE))
}

async function changeNotes(
  node: AipNode,
  put: readonly Note[],
  gone: readonly Note[],
): Promise<void> {
  if (put.length + gone.length === 0) return
  const notes = { put, delete: gone.map(({ name }) => name) }
  await node.store.commit({ notes }, { nowMs: node.clock(), durable: true })
}

/** Compromised, or dropped from the log by a recovery that did not name it. */
function isGivenUp(node: AipNode, key: Uint8Array): boolean {
  const log = node.identities.get(node.did)?.branches[0]
  const epoch = log?.epochs.find((one) => equalBytes(one.key, key))
  return log !== undefined && (epoch === undefined || epoch.retired?.compromised === true)
}

/**
 * A revocation counts here whichever key of this agent signed it, so that what was taken back stays
 * taken back; only what came since the theft is left out, on both sides.
 */
async function liveRecordsBy(
  node: AipNode,
  key: Uint8Array,
  stolenSinceMs: number,
): Promise<readonly StoredRecord[]> {
  const nowMs = node.clock()
  const revoked = new Set<RecordId>()
  const latest = new Map<string, StoredRecord>()
  for await (const stored of node.store.recordsBy(node.did)) {
    const { record } = stored
    const isByKey = equalBytes(record.key, key)
    if (isByKey && cameAt(stored) >= stolenSinceMs) continue
    if (record.type === 'revocation') revoked.add(record.vouch)
    if (!isByKey || !isRenewable(record) || record.expiresAtMs <= nowMs) continue
    const other = latest.get(termsOf(record))
    if (other === undefined || other.record.sequence < record.sequence) {
      latest.set(termsOf(record), stored)
    }
  }
  const settled = settledPromises(node)
  return [...latest.values()].filter(({ id, record }) =>
    record.type === 'promise' ? record.deadlineMs > nowMs && !settled.has(id) : !revoked.has(id),
  )
}

/** A thief can date a record back, but not bring it here before the theft. */
function cameAt({ record, storedAtMs }: StoredRecord): number {
  return Math.max(record.issuedAtMs, storedAtMs)
}

/** What the keys have said that are in force now: it need not be said again. */
async function termsByLaterKeys(node: AipNode): Promise<ReadonlySet<string>> {
  const present = fromHex(node.author.keyHex)
  const done = new Set<string>()
  for await (const { record } of node.store.recordsBy(node.did)) {
    if (isRenewable(record) && equalBytes(record.key, present)) done.add(termsOf(record))
  }
  return done
}

function settledPromises(node: AipNode): ReadonlySet<RecordId> {
  const settled = new Set<RecordId>()
  for (const { record } of node.evidence.about(node.did, 'observation')) {
    if (record.type !== 'observation') continue
    for (const { promise } of record.outcomes) if (promise !== undefined) settled.add(promise)
  }
  return settled
}

function isRenewable(record: AipRecord): record is Renewable {
  return record.type === 'vouch' || record.type === 'promise'
}

/** Of two vouches with the same terms only one can live; a promise may be made twice. */
function termsOf(record: Renewable): string {
  if (record.type === 'vouch') return `vouch ${record.subject} ${record.scope}`
  const { delegator, scope, work, deadlineMs, issuedAtMs } = record
  const words = toHex(encodeCbor([delegator, scope, encodeWork(work)]))
  return `promise ${words} ${deadlineMs} ${issuedAtMs}`
}

/** How many were stored. One that is refused keeps no other from being issued. */
async function issued(
  node: AipNode,
  records: readonly Renewable[],
  type: Renewable['type'],
): Promise<number> {
  const claims = records.filter((record) => record.type === type).map(anew)
  let count = 0
  for (let at = 0; at < claims.length; at += BATCH_LIMIT) {
    const batch = claims.slice(at, at + BATCH_LIMIT)
    if (await isIssued(node, batch)) count += batch.length
    else for (const claim of batch) if (await isIssued(node, [claim])) count++
  }
  return count
}

/** The same words, without who signed them and with which number. */
function anew(record: Renewable): Unnumbered {
  const { key: _key, issuer: _issuer, sequence: _sequence, ...claim } = record
  return claim
}

async function isIssued(node: AipNode, claims: readonly Unnumbered[]): Promise<boolean> {
  try {
    await node.author.issue(claims)
    return true
  } catch (error) {
    if (error instanceof RecordError) return false
    throw error // what was set aside stays: the next start goes on
  }
}
