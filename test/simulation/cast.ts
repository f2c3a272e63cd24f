/**
 * The agents of the simulation: real keys, real key logs, made once. Some replace their key, some
 * recover, and of some two logs are about that contradict each other.
 */
import { incept, type KeyLog } from '../../src/identity/key-log.ts'
import type { Did } from '../../src/identity/did.ts'
import { recover, rotate } from '../../src/identity/log-change.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { keyNamed, publicKeyOf, verifier } from '../support/identity.ts'

export type Story = 'plain' | 'rotated' | 'recovered' | 'forked' | 'robbed'

/** One of an agent's keys, and the value that whoever signs with it knows. */
export interface Voice {
  readonly key: Uint8Array
  readonly state: IdentityState
}

export interface Player {
  readonly did: Did
  readonly story: Story
  /** The genesis key first. */
  readonly voices: readonly [Voice, ...Voice[]]
}

const ORDINARY_COUNT = 12
const SYBIL_COUNT = 58
const STORIES: readonly Story[] = ['plain', 'rotated', 'forked', 'recovered', 'forked', 'rotated']

/** Say what agents say, of all kinds. */
export const ORDINARY: readonly Player[] = Array.from({ length: ORDINARY_COUNT }, (_, at) =>
  player(`player ${at}`, STORIES[at % STORIES.length] ?? 'plain'),
)
/** Their rotated key was stolen, and they recovered without it: what it signed leaves. */
export const ROBBED = [player('robbed 1', 'robbed'), player('robbed 2', 'robbed')] as const
/** Say much: one in an hour, one over days. */
export const FLOODS = [player('flood 1', 'plain'), player('flood 2', 'plain')] as const
/** Made by one hand, each saying little. */
export const SYBILS: readonly Player[] = Array.from({ length: SYBIL_COUNT }, (_, at) =>
  player(`sybil ${at}`, 'plain'),
)

function player(name: string, story: Story): Player {
  const { log } = incept({
    genesis: keyNamed(name),
    rotationKey: publicKeyOf(`${name} r1`),
    recoveryKey: publicKeyOf(`${name} c1`),
    verifier,
  })
  const genesis = { key: publicKeyOf(name), state: IdentityState.of(log) }
  const voices: readonly [Voice, ...Voice[]] = [genesis, ...laterVoices(name, story, log)]
  return { did: log.did, story, voices }
}

function laterVoices(name: string, story: Story, log: KeyLog): readonly Voice[] {
  const rotated = (to: string): KeyLog =>
    rotate({
      log,
      authority: keyNamed(`${name} r1`),
      operationalKey: publicKeyOf(to),
      rotationKey: publicKeyOf(`${to} r2`),
      verifier,
    }).log
  const one = rotated(`${name} k1`)
  switch (story) {
    case 'plain':
      return []
    case 'rotated':
      return [voice(`${name} k1`, one)]
    case 'forked':
      return [voice(`${name} k1`, one), voice(`${name} thief`, rotated(`${name} thief`))]
    case 'recovered':
    case 'robbed': {
      const { log: recovered } = recover({
        log: one,
        authority: keyNamed(`${name} c1`),
        compromised: story === 'robbed',
        operationalKey: publicKeyOf(`${name} k2`),
        rotationKey: publicKeyOf(`${name} r3`),
        recoveryKey: publicKeyOf(`${name} c2`),
        verifier,
      })
      return [voice(`${name} k1`, one), voice(`${name} k2`, recovered)]
    }
  }
}

function voice(keyName: string, spoken: KeyLog): Voice {
  return { key: publicKeyOf(keyName), state: IdentityState.of(spoken) }
}
