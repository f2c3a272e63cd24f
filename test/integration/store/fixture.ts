/** Stores in directories of their own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { AipError } from '../../../src/base/error.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import { Store } from '../../../src/store/store.ts'
import type { StoreOptions } from '../../../src/store/store.ts'
import { NETWORK } from './records.ts'

/** A directory that goes when the test ends. */
export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'aip-store-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

/** Closed when the test ends, if it is still open then. */
export async function openStore(home: string, options: Partial<StoreOptions> = {}): Promise<Store> {
  const store = await Store.open(home, {
    network: NETWORK,
    log: silentLogger,
    verifier: nativeVerifier,
    ...options,
  })
  onTestFinished(() => store[Symbol.asyncDispose]())
  return store
}

export async function openAndClose(home: string): Promise<void> {
  const store = await openStore(home)
  await store[Symbol.asyncDispose]()
}

export async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

export async function idsIn(store: Store): Promise<readonly string[]> {
  return (await all(store.records())).map(({ id }) => id).toSorted()
}

/** The fault of a promise that must fail. */
export async function faultOf(work: Promise<unknown>): Promise<AipError['fault']> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof Error && 'fault' in error) return error.fault as AipError['fault']
  throw new Error('expected a fault', { cause: error })
}

/** The arrival numbers of the records held, in order. */
export async function arrivalsIn(store: Store): Promise<readonly number[]> {
  const arrivals = (await all(store.records())).map(({ arrival }) => arrival)
  return arrivals.toSorted((a, b) => a - b)
}
