/** The keys of the made vectors, each of 32 equal bytes, and the agents that have them. */
import { toHex } from '../../src/base/bytes.ts'
import { portableSigner, portableVerifier as verifier } from '../../src/crypto/ed25519.ts'
import { incept } from '../../src/identity/key-log.ts'
import { rotate } from '../../src/identity/log-change.ts'

export const NETWORK = 'test'
/** 2026-11-25T12:00:00.000Z. */
export const NOW_MS = 1_795_608_000_000

export function seed(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte)
}

function key(byte: number) {
  return portableSigner(seed(byte))
}

/** By what each key is for: a byte that its seed repeats. */
const SEEDS = {
  alice: 1,
  aliceRotation: 2,
  aliceRecovery: 3,
  aliceSecond: 4,
  aliceSecondRotation: 5,
  aliceRecovered: 6,
  aliceOther: 7,
  bob: 8,
  coldRoot: 9,
}

export const signers = {
  alice: key(SEEDS.alice),
  aliceRotation: key(SEEDS.aliceRotation),
  aliceRecovery: key(SEEDS.aliceRecovery),
  aliceSecond: key(SEEDS.aliceSecond),
  aliceSecondRotation: key(SEEDS.aliceSecondRotation),
  aliceRecovered: key(SEEDS.aliceRecovered),
  aliceOther: key(SEEDS.aliceOther),
  bob: key(SEEDS.bob),
  coldRoot: key(SEEDS.coldRoot),
}

export const keys = Object.fromEntries(
  Object.entries(SEEDS).map(([name, byte]) => [
    name,
    { seed: toHex(seed(byte)), publicKey: toHex(key(byte).publicKey) },
  ]),
)

export const alice = incept({
  genesis: signers.alice,
  rotationKey: signers.aliceRotation.publicKey,
  recoveryKey: signers.aliceRecovery.publicKey,
  verifier,
}).log

export const bob = incept({ genesis: signers.bob, verifier }).log

const rotation = {
  log: alice,
  authority: signers.aliceRotation,
  operationalKey: signers.aliceSecond.publicKey,
  rotationKey: signers.aliceSecondRotation.publicKey,
  verifier,
}
/** Alice's second key; the first one retired, up to a sequence, or leaked; or another second key. */
export const rotated = rotate(rotation).log
export const rotatedWithReach = rotate({ ...rotation, reach: 41 }).log
export const leaked = rotate({ ...rotation, compromised: true }).log
export const otherRotation = rotate({
  ...rotation,
  operationalKey: signers.aliceOther.publicKey,
}).log
export { verifier }
