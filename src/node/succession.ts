/**
 * From one key to the next on disk, so that whatever kills the process leaves one whole identity.
 *
 *     1. keys/next.key       the new seed with the new log, synced and read back
 *     2. the log is accepted: by the store, then by peers
 *     3. next.key is renamed to operational.key: the old key is gone
 *
 * A next.key without step 3 is finished by the next start, because the new log may have been seen by
 * others and cannot be taken back. Before a whole next.key there is only the old identity.
 * Specification: docs/spec/identity-files.md, "Two phases".
 */
import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { equalBytes } from '../base/bytes.ts'
import { asError } from '../base/error.ts'
import { KeyLog } from '../identity/key-log.ts'
import { IdentityState } from '../identity/state.ts'
import { syncDirectory } from '../store/durable-file.ts'
import { NodeError } from './error.ts'
import { readKeyFile, replaceKeyFile, type KeyFile } from './key-file.ts'
import { nativeVerifier } from './native-crypto.ts'

/** Where the coming key waits, beside the present one. */
export function successorPath(keyFile: string): string {
  return join(dirname(keyFile), 'next.key')
}

/** Step 1. @throws {NodeError} `node/home-not-writable`; then nothing has changed. */
export async function prepareSuccessor(keyFile: string, content: KeyFile): Promise<void> {
  const path = successorPath(keyFile)
  await replaceKeyFile(path, content)
  // Read back through the file system: a key that cannot be read again must not become the only one.
  const back = await readKeyFile(path)
  if (back === undefined || !equalBytes(back.log, content.log)) {
    throw new NodeError({ code: 'node/key-file-invalid', path, reason: 'it was not kept' })
  }
}

/** Step 3. Again is the same as once. @throws {NodeError} `node/home-not-writable`. */
export async function completeSuccession(keyFile: string): Promise<void> {
  try {
    await rename(successorPath(keyFile), keyFile)
    await syncDirectory(dirname(keyFile))
  } catch (cause) {
    const reason = asError(cause).message
    throw new NodeError(
      { code: 'node/home-not-writable', path: dirname(keyFile), reason },
      { cause },
    )
  }
}

/** Undoes step 1, while nobody can have seen the new log. */
export async function dropSuccessor(keyFile: string): Promise<void> {
  await rm(successorPath(keyFile), { force: true })
  await syncDirectory(dirname(keyFile))
}

/**
 * Finishes what a crash has interrupted. No node may run in this home meanwhile.
 *
 * @returns whether there was anything to finish.
 * @throws {NodeError} `node/key-file-invalid` when what waits there is no successor of the key.
 */
export async function finishSuccession(keyFile: string): Promise<boolean> {
  const path = successorPath(keyFile)
  const next = await readKeyFile(path)
  if (next === undefined) return false
  const present = await readKeyFile(keyFile)
  if (present !== undefined && !succeeds(next.log, present.log)) {
    const reason = 'it does not continue the key log of the key beside it; move it away'
    throw new NodeError({ code: 'node/key-file-invalid', path, reason })
  }
  await completeSuccession(keyFile)
  return true
}

/** Whether one log takes the place of the other: the join of both is the one, without a fork. */
function succeeds(next: Uint8Array, present: Uint8Array): boolean {
  try {
    const [a, b] = [KeyLog.parse(next, nativeVerifier), KeyLog.parse(present, nativeVerifier)]
    if (a.did !== b.did) return false
    const joined = IdentityState.of(a).join(IdentityState.of(b))
    return !joined.isForked && equalBytes(joined.branches[0].bytes, a.bytes)
  } catch {
    return false // one of them is no log
  }
}
