/** Nodes with a recovery sheet, and what its owner would hand to them. */
import { join } from 'node:path'
import { fromHex } from '../../src/base/bytes.ts'
import { dueForRecovery, dueForRotation } from '../../src/cli/due-keys.ts'
import { randomSeed } from '../../src/node/native-crypto.ts'
import type { AipNode } from '../../src/node/node.ts'
import { createIdentity, lastEpoch, type OwnIdentity } from '../../src/node/own-identity.ts'
import type { RecoverOrder, RotateOrder } from '../../src/node/use/rotating.ts'
import { headLog } from '../../src/node/use/rotating.ts'

export interface SheetIdentity {
  readonly identity: OwnIdentity
  readonly secret: Uint8Array
}

/** An identity in this home that a sheet can rotate and recover. */
export async function identityWithSheet(
  home: string,
  options: { readonly hasColdRoot?: boolean } = {},
): Promise<SheetIdentity> {
  const secret = randomSeed()
  const identity = await createIdentity(join(home, 'keys', 'operational.key'), {
    workBits: 0,
    recoverySecret: secret,
    ...options,
  })
  return { identity, secret }
}

export function rotationBy(
  secret: Uint8Array,
  node: AipNode,
  change: Partial<RotateOrder> = {},
): RotateOrder {
  const due = dueForRotation({ secret, did: undefined }, lastEpoch(headLog(node)))
  return {
    authority: fromHex(due.authority),
    rotationKey: fromHex(due.rotationKey),
    isCompromised: false,
    ...change,
  }
}

export function recoveryBy(
  secret: Uint8Array,
  node: AipNode,
  change: Partial<RecoverOrder> = {},
): RecoverOrder {
  const due = dueForRecovery({ secret, did: undefined }, lastEpoch(headLog(node)))
  return {
    authority: fromHex(due.authority),
    rotationKey: fromHex(due.rotationKey),
    recoveryKey: fromHex(due.recoveryKey),
    isCompromised: false,
    ...change,
  }
}
