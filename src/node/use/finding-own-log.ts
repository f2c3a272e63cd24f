/** The key log of an agent whose key is lost: from its store, from a bundle, or from the network. */
import { access } from 'node:fs/promises'
import type { Logger } from '../../base/log.ts'
import type { Did } from '../../identity/did.ts'
import { IdentityState } from '../../identity/state.ts'
import { decodeBundle } from '../../records/bundle.ts'
import { Store } from '../../store/store.ts'
import { nativeVerifier } from '../native-crypto.ts'

/** What is held in the store of a home, if there is one. @throws {StoreError} when it does not open. */
export async function logInStore(
  did: Did,
  at: {
    readonly home: string
    readonly storeFile: string
    readonly lockFile: string
    readonly network: string
    readonly log: Logger
  },
): Promise<IdentityState | undefined> {
  const isThere = await access(at.storeFile).then(
    () => true,
    () => false,
  )
  if (!isThere) return undefined
  const { home, network, lockFile, log } = at
  await using store = await Store.open(home, { network, lockFile, log, verifier: nativeVerifier })
  return await store.identity(did)
}

/**
 * What a bundle says of an agent, joined.
 *
 * @throws {BundleError} when it is none; {IdentityError} when an identity in it is not valid.
 */
export async function logInBundle(
  did: Did,
  chunks: AsyncIterable<Uint8Array>,
  network: string,
): Promise<IdentityState | undefined> {
  let found: IdentityState | undefined
  for await (const { kind, bytes } of decodeBundle(chunks)) {
    if (kind !== 'identity') continue
    const state = IdentityState.parse(bytes, { network, verifier: nativeVerifier })
    if (state.did === did) found = found?.join(state) ?? state
  }
  return found
}
