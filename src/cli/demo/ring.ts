/**
 * A Sybil ring: free identities that vouch for one another and praise one of their own.
 *
 * What one person can make at no cost in a second. Every signature in it is valid.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import { didOf } from '../../identity/did.ts'
import { incept } from '../../identity/key-log.ts'
import { IdentityState } from '../../identity/state.ts'
import { nativeSigner, nativeVerifier, randomSeed } from '../../node/native-crypto.ts'
import type { Claim } from '../../records/record.ts'
import { signRecord } from '../../records/verified.ts'

export interface Ring {
  readonly did: Did
  readonly inception: Uint8Array
  readonly identities: readonly Uint8Array[]
  readonly records: readonly Uint8Array[]
}

/** `size` puppets around one idol; `did` is the idol's. */
export function makeRing(size: number, network: string, nowMs: number): Ring {
  const agents = Array.from({ length: size + 1 }, () => {
    const signer = nativeSigner(randomSeed())
    const { log } = incept({ genesis: signer, verifier: nativeVerifier })
    return { signer, log, did: didOf(signer.publicKey), sequence: nowMs }
  })
  const [idol, ...puppets] = agents
  if (idol === undefined) throw new RangeError('a ring has an idol')
  const issuedAtMs = nowMs - MINUTE_MS
  const expiresAtMs = issuedAtMs + 90 * DAY_MS

  const records = puppets.flatMap((puppet, at) => {
    const next = puppets[(at + 1) % puppets.length] ?? idol
    const vouchFor = (subject: typeof idol): Claim => ({
      type: 'vouch',
      subject: subject.did,
      inception: subject.log.inception,
      scope: 'general',
      level: 1000,
      sequence: ++puppet.sequence,
      issuedAtMs,
      expiresAtMs,
    })
    const praise: Claim = {
      type: 'observation',
      subject: idol.did,
      outcomes: Array.from({ length: 10 }, (_, day) => ({
        scope: 'review',
        promised: { kind: 'count', count: 10 },
        delivered: { kind: 'count', count: 10 },
        clarity: 0,
        observedAtMs: issuedAtMs - day * DAY_MS - HOUR_MS,
      })),
      sequence: ++puppet.sequence,
      issuedAtMs,
      expiresAtMs,
    }
    return [vouchFor(idol), vouchFor(next), praise].map((claim) =>
      signRecord(claim, puppet.signer, { network, issuer: puppet.did }),
    )
  })
  return {
    did: idol.did,
    inception: idol.log.inception,
    identities: agents.map(({ log }) => IdentityState.of(log).bytes),
    records,
  }
}
