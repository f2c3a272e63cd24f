import { describe, expect, onTestFinished, test } from 'vitest'
import { DAY_MS, MINUTE_MS } from '../../../src/base/units.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import type { AipNode } from '../../../src/node/node.ts'
import { checkCredential, exportCredential } from '../../../src/node/use/credentials.ts'
import { exportBundle, importBundle } from '../../../src/node/use/transferring.ts'
import { revoke, vouch } from '../../../src/node/use/vouching.ts'
import { recordIdText } from '../../../src/records/wire.ts'
import { faultOf } from '../../node/fault.ts'
import { copyOf, judgedOutside } from '../../support/credentials.ts'
import { startOffline } from '../../support/nodes.ts'

async function offline(): Promise<AipNode> {
  const started = await startOffline({})
  onTestFinished(async () => started[Symbol.asyncDispose]())
  return started.node
}

/** Alice, who vouches for Bob, and Bob, who has seen her key log and nothing else of hers. */
async function pair(): Promise<{ alice: AipNode; bob: AipNode; id: string }> {
  const [alice, bob] = await Promise.all([offline(), offline()])
  await alice.writer.putIdentity(IdentityState.of(bob.identity.log))
  await bob.writer.putIdentity(IdentityState.of(alice.identity.log))
  const { id } = await vouch(alice, {
    subject: bob.did,
    scope: 'general',
    level: 800,
    expiresAtMs: alice.clock() + 90 * DAY_MS,
    statement: 'Careful.',
  })
  return { alice, bob, id }
}

describe('a credential', () => {
  test('of my vouch is believed by another node, and by a verifier that is not ours', async () => {
    const { alice, bob, id } = await pair()
    const credential = await exportCredential(alice, id)
    const { record } = await checkCredential(bob, JSON.stringify(credential))
    expect(record).toMatchObject({ issuer: alice.did, subject: bob.did, level: 800 })
    const outside = await judgedOutside(copyOf(credential), alice.identity.log, alice.clock())
    expect(outside.verified).toBe(true)
  })

  test('of a revoked vouch is refused where the revocation has arrived, and not before', async () => {
    const { alice, bob, id } = await pair()
    const text = JSON.stringify(await exportCredential(alice, id))
    await revoke(alice, id)
    await checkCredential(bob, text)
    await importBundle(bob, exportBundle(alice, {}))
    expect(await faultOf(checkCredential(bob, text))).toEqual({ code: 'credential/revoked' })
    expect(await faultOf(exportCredential(alice, id))).toEqual({
      code: 'node/already-revoked',
      id: recordIdText(id),
    })
  })

  test('is made of live vouches of mine alone', async () => {
    const { alice, bob, id } = await pair()
    await importBundle(bob, exportBundle(alice, {}))
    const shown = recordIdText(id)
    expect(await faultOf(exportCredential(bob, id))).toEqual({ code: 'node/not-mine', id: shown })
    const unknown = 'a'.repeat(64)
    expect(await faultOf(exportCredential(bob, unknown))).toEqual({
      code: 'node/record-unknown',
      id: recordIdText(unknown),
    })
    const { id: brief } = await vouch(alice, {
      subject: bob.did,
      scope: 'brief',
      level: 1,
      expiresAtMs: alice.clock() + MINUTE_MS,
    })
    const later = Object.create(alice, { clock: { value: () => Date.now() + 2 * MINUTE_MS } })
    expect(await faultOf(exportCredential(later as AipNode, brief))).toMatchObject({
      code: 'node/claim-invalid',
      reason: 'the vouch has expired',
    })
  })

  test('by an agent whom nobody knows is not judged at all', async () => {
    const { alice, id } = await pair()
    const text = JSON.stringify(await exportCredential(alice, id))
    const stranger = await offline()
    expect(await faultOf(checkCredential(stranger, text))).toEqual({
      code: 'node/did-unresolved',
      did: alice.did,
    })
  })
})
