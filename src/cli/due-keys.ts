/**
 * Which keys of a recovery sheet are due, by the place of the present key. They are worked out here,
 * in the command: the node gets the one key that is used up by it, and public halves.
 */
import { toHex } from '../base/bytes.ts'
import { NodeError } from '../node/error.ts'
import { nativeSigner } from '../node/native-crypto.ts'
import { recoverySeed, rotationSeed, type RecoverySheet } from '../node/recovery-sheet.ts'

export interface KeyPlace {
  readonly generation: number
  readonly rotation: number
}

/** The place in a key id such as `did:aip:…#k0.1`. */
export function placeOf(keyId: string): KeyPlace {
  const [, generation, rotation] = /#k(\d+)\.(\d+)$/.exec(keyId) ?? []
  if (generation === undefined || rotation === undefined) {
    throw new RangeError(`not the id of an operational key: ${keyId}`)
  }
  return { generation: Number(generation), rotation: Number(rotation) }
}

/** @throws {NodeError} `node/sheet-other`; a sheet without a name is judged by its keys later. */
export function assertSheetOf(sheet: RecoverySheet, did: string): void {
  if (sheet.did !== undefined && sheet.did !== did) {
    throw new NodeError({ code: 'node/sheet-other', did })
  }
}

export function dueForRotation(
  { secret }: RecoverySheet,
  { generation, rotation }: KeyPlace,
): { readonly authority: string; readonly rotationKey: string } {
  return {
    authority: toHex(rotationSeed(secret, generation, rotation + 1)),
    rotationKey: publicHalf(rotationSeed(secret, generation, rotation + 2)),
  }
}

export function dueForRecovery(
  { secret }: RecoverySheet,
  { generation }: KeyPlace,
): { readonly authority: string; readonly rotationKey: string; readonly recoveryKey: string } {
  return {
    authority: toHex(recoverySeed(secret, generation + 1)),
    rotationKey: publicHalf(rotationSeed(secret, generation + 1, 1)),
    recoveryKey: publicHalf(recoverySeed(secret, generation + 2)),
  }
}

function publicHalf(seed: Uint8Array): string {
  return toHex(nativeSigner(seed).publicKey)
}
