/** The life of this node's own identity: rotate its key, recover it, end it, save what is its own. */
import { fromHex } from '../../base/bytes.ts'
import type { KeyLog } from '../../identity/key-log.ts'
import { encodePack } from '../../node/backup/pack.ts'
import { packOf } from '../../node/backup/parts.ts'
import type { AipNode } from '../../node/node.ts'
import { lastEpoch } from '../../node/own-identity.ts'
import {
  deactivateIdentity,
  recoverIdentity,
  rotateKey,
  type Changed,
  type Outgoing,
} from '../../node/use/rotating.ts'
import { peerIdOfKey } from '../../p2p/peer-id.ts'
import type { Handlers, Output } from '../contract.ts'
import type { HandlerFrame } from './frame.ts'

type Names = 'rotateIdentity' | 'recoverIdentity' | 'deactivateIdentity' | 'exportHome'

export function ownIdentityHandlers({ node }: HandlerFrame): Pick<Handlers, Names> {
  return {
    rotateIdentity: async ({ authority, rotationKey, ...rest }) =>
      shownChange(
        node,
        await rotateKey(node, {
          authority: fromHex(authority),
          ...keyIn('rotationKey', rotationKey),
          ...outgoingOf(rest),
        }),
      ),

    recoverIdentity: async ({ authority, rotationKey, recoveryKey, ...rest }) =>
      shownChange(
        node,
        await recoverIdentity(node, {
          authority: fromHex(authority),
          ...keyIn('rotationKey', rotationKey),
          ...keyIn('recoveryKey', recoveryKey),
          ...outgoingOf(rest),
        }),
      ),

    deactivateIdentity: async ({ authority, compromised }) =>
      shownChange(
        node,
        await deactivateIdentity(node, {
          authority: fromHex(authority),
          isCompromised: compromised,
        }),
      ),

    async *exportHome() {
      yield encodePack(await packOf(node))
    },
  }
}

/** The operational key as a DID URL: of an ended identity, the one that it ended with. */
export function keyIdOf(log: KeyLog): string {
  const { generation, rotation } = lastEpoch(log)
  return `${log.did}#k${generation}.${rotation}`
}

function outgoingOf({
  compromised,
  stolenSince,
}: {
  readonly compromised: boolean
  readonly stolenSince?: string | undefined
}): Outgoing {
  const isCompromised = compromised
  return stolenSince === undefined
    ? { isCompromised }
    : { isCompromised, stolenSinceMs: Date.parse(stolenSince) }
}

function keyIn<Name extends string>(
  name: Name,
  hex: string | undefined,
): { readonly [Key in Name]?: Uint8Array } {
  // One entry of the name that was given; TypeScript widens computed names.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (hex === undefined ? {} : { [name]: fromHex(hex) }) as { [Key in Name]?: Uint8Array }
}

function shownChange(
  node: AipNode,
  { previousKeyHex, acknowledged, reissued }: Changed,
): Output<'rotateIdentity'> {
  return {
    did: node.did,
    keyId: keyIdOf(node.identity.log),
    peerId: peerIdOfKey(node.identity.signer.publicKey),
    state: node.standing,
    previousKey: previousKeyHex,
    acknowledged,
    reissued: { ...reissued },
  }
}
