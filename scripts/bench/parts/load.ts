/** Agents and signed records, as many as a benchmark wants, all of which a replica has room for. */
import { DAY_MS, HOUR_MS } from '../../../src/base/units.ts'
import type { Signer } from '../../../src/crypto/ed25519.ts'
import type { Did } from '../../../src/identity/did.ts'
import { incept } from '../../../src/identity/key-log.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import { nativeSigner, nativeVerifier, randomSeed } from '../../../src/node/native-crypto.ts'
import type { Claim } from '../../../src/records/record.ts'
import { signRecord } from '../../../src/records/verified.ts'

export interface Agent {
  readonly did: Did
  readonly signer: Signer
  readonly state: IdentityState
}

export function makeAgent(): Agent {
  const signer = nativeSigner(randomSeed())
  const { log } = incept({ genesis: signer, verifier: nativeVerifier })
  return { did: log.did, signer, state: IdentityState.of(log) }
}

export function makeAgents(count: number): readonly Agent[] {
  return Array.from({ length: count }, makeAgent)
}

/**
 * Vouches and observations of one outcome, in turn, by all agents in turn; with `outcomes`, only
 * observations of so many. The k-th two records of an agent are k hours old: R10 takes so many an
 * hour, and so many of one agent.
 *
 * @throws {RangeError} when there are more than {@link RECORDS_PER_AGENT_LIMIT} for an agent.
 */
export function signedRecords(
  count: number,
  agents: readonly Agent[],
  context: { readonly network: string; readonly nowMs: number; readonly outcomes?: number },
): readonly Uint8Array[] {
  if (count > RECORDS_PER_AGENT_LIMIT * agents.length) {
    throw new RangeError(`${agents.length} agents have no room for ${count} records`)
  }
  const records: Uint8Array[] = []
  for (let at = 0; at < count; at++) {
    const pair = Math.floor(at / 2)
    const issuer = agents[pair % agents.length]
    const round = Math.floor(pair / agents.length)
    const subject = agents[(pair + 1 + (round % (agents.length - 1))) % agents.length]
    if (issuer === undefined || subject === undefined) throw new RangeError('two agents at least')
    const issuedAtMs = context.nowMs - round * HOUR_MS
    // Two records of one agent and hour are two records, not one twice.
    const when = issuedAtMs - (at % 2)
    const claim =
      at % 2 === 0 && context.outcomes === undefined
        ? vouch(subject, when)
        : observation(subject, when, context.outcomes ?? 1)
    records.push(signRecord(claim, issuer.signer, { ...context, issuer: issuer.did }))
  }
  return records
}

/** Two an hour, and no older than what the shortest of their lanes keeps. */
export const RECORDS_PER_AGENT_LIMIT = 400
const LIFETIME_MS = 90 * DAY_MS

function vouch({ did, state }: Agent, issuedAtMs: number): Claim {
  return {
    type: 'vouch',
    ...envelope(issuedAtMs),
    subject: did,
    inception: state.branches[0].inception,
    scope: 'general',
    level: 800,
  }
}

function observation({ did }: Agent, issuedAtMs: number, outcomes: number): Claim {
  return {
    type: 'observation',
    ...envelope(issuedAtMs),
    subject: did,
    outcomes: Array.from({ length: outcomes }, (_, at) => ({
      scope: 'review',
      promised: { kind: 'count', count: 10 },
      delivered: { kind: 'count', count: 9 },
      clarity: 0,
      observedAtMs: issuedAtMs - at,
    })),
  }
}

function envelope(issuedAtMs: number) {
  return { sequence: issuedAtMs, issuedAtMs, expiresAtMs: issuedAtMs + LIFETIME_MS }
}
