/**
 * The other thread's side: checks the signatures of a parcel one after another, and answers with a
 * verdict for each. Says that it is ready by an empty answer. Strictness was decided before.
 *
 * It works at a lower priority: where there are fewer free cores than threads, the one that answers
 * questions and writes to the disk goes first.
 */
import { verify } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import type { SignatureCheck } from '../../crypto/ed25519.ts'
import { KEY_CACHE_LIMIT, KeyCache } from './key-cache.ts'
import { unpackChecks, VERDICT } from './parcel.ts'

const keys = new KeyCache(KEY_CACHE_LIMIT)

function verdictOf({ message, signature, publicKey }: SignatureCheck): number {
  try {
    const { key, name } = keys.find(publicKey)
    if (!verify(null, message, key, signature)) return VERDICT.unsound
    keys.keep(name, key)
    return VERDICT.sound
  } catch {
    return VERDICT.undecided
  }
}

/** On Linux a thread has a priority of its own, by its number; elsewhere nothing is changed. */
function stepBack(): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It works all the same.
  }
}

stepBack()
const port = parentPort
if (port === null) throw new Error('this is the entry of a thread')
port.on('message', (parcel: Uint8Array) => answer(Uint8Array.from(unpackChecks(parcel), verdictOf)))
answer(new Uint8Array())

function answer(verdicts: Uint8Array): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  port?.postMessage(verdicts)
}
