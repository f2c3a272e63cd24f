/**
 * What liars do. A liar runs the product too, and breaks its word where it speaks: it withholds what it
 * said it has, sends other bytes, breaks into its own messages, forges, replays, and says two things.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/base/units.ts'
import type { Signer } from '../../../src/crypto/ed25519.ts'
import { incept } from '../../../src/identity/key-log.ts'
import { rotate } from '../../../src/identity/log-change.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import { signRecord } from '../../../src/records/verified.ts'
import type { Claim } from '../../../src/records/record.ts'
import type { Dice } from '../dice.ts'
import { signerOf, simulatedVerifier } from './keys.ts'
import { NETWORK, type Lies, type SimulatedNode } from './node.ts'

/** Bytes that went over the wire once, to be replayed: the last so many. */
const HEARD_LIMIT = 256
const FLOOD_RECORDS = 12

export function liesOf(dice: Dice): Lies {
  const spoilt = (bytes: Uint8Array): Uint8Array => {
    const copy = Uint8Array.from(bytes)
    const at = dice.below(copy.length)
    copy[at] = (copy[at] ?? 0) ^ (1 << dice.below(8))
    return copy
  }
  return {
    mangle: (bytes) => {
      if (dice.chance(0.97)) return Uint8Array.from(bytes)
      return dice.chance(0.3) ? undefined : spoilt(bytes)
    },
    source: (honest) => ({
      sets: honest.sets,
      get isReady() {
        return honest.isReady
      },
      read: async (wanted) => {
        const items = await honest.read(wanted)
        return items.map((bytes) => {
          if (bytes === undefined || dice.chance(0.8)) return bytes
          return dice.chance(0.5) ? undefined : spoilt(bytes)
        })
      },
    }),
    withholdsIdentity: () => dice.chance(0.5),
    relays: () => dice.chance(0.3),
  }
}

export interface LiarWorld {
  readonly dice: Dice
  readonly nowMs: () => number
  /** Puts bytes on the wire from the liar to one peer. */
  readonly post: (kind: 'record' | 'identity', bytes: Uint8Array, to: string) => void
  /** The liar signed these itself: whoever holds them holds what was said. */
  readonly said: (bytes: Uint8Array) => void
  readonly honest: readonly SimulatedNode[]
  readonly agents: readonly IdentityState[]
}

/** One liar: its keys, and what it has heard. */
export class Liar {
  readonly node: SimulatedNode
  readonly #world: LiarWorld
  readonly #heard: Uint8Array[] = []
  #sequence = 0
  #count = 0
  #hasForked = false

  constructor(node: SimulatedNode, world: LiarWorld) {
    this.node = node
    this.#world = world
  }

  hear(bytes: Uint8Array): void {
    if (this.#heard.length < HEARD_LIMIT) this.#heard.push(bytes)
    else this.#heard[this.#world.dice.below(HEARD_LIMIT)] = bytes
  }

  /** Something new, said under its own name. @returns what it did. */
  speak(): string {
    const { dice } = this.#world
    const acts = ['equivocate', 'fork', 'flood', 'future', 'stranger', 'tell-one'] as const
    const act = dice.pick(acts)
    switch (act) {
      case 'equivocate':
        this.#equivocate()
        break
      case 'fork':
        this.#fork()
        break
      case 'flood':
        for (let count = 0; count < FLOOD_RECORDS; count++)
          this.#all(this.#vouch(dice.below(MINUTE_MS)))
        break
      case 'future':
        this.#all(this.#vouch(-dice.between(1, 5) * MINUTE_MS))
        break
      case 'stranger':
        this.#stranger()
        break
      case 'tell-one':
        this.#one(this.#vouch(0))
        break
    }
    return act
  }

  /** Nothing that is new: forged, replayed, or no message at all. @returns what it did. */
  disturb(): string {
    const { dice, post, honest } = this.#world
    const target = dice.pick(honest).peer
    const heard = this.#heard.length === 0 ? undefined : dice.pick(this.#heard)
    const act = dice.pick(['forge', 'replay', 'garbage'] as const)
    if (act === 'garbage' || heard === undefined) {
      const garbage = Uint8Array.from({ length: dice.below(400) }, () => dice.below(256))
      post(dice.chance(0.5) ? 'record' : 'identity', garbage, target)
    } else if (act === 'replay') {
      for (const { peer } of honest) post('record', heard, peer)
    } else {
      const forged = Uint8Array.from(heard)
      const at = dice.below(forged.length)
      forged[at] = (forged[at] ?? 0) ^ 1
      post('record', forged, target)
      this.#forgeAnew(target)
    }
    return act
  }

  /** In an honest agent's name, by the liar's own key. */
  #forgeAnew(target: string): void {
    const { dice, agents, post } = this.#world
    const claim = this.#claim(0)
    const own = this.node.settings.state
    const victims = agents.filter(({ did }) => did !== own.did && did !== subjectOf(claim))
    const { signer } = this.node.settings
    const issuer = dice.pick(victims).did
    post('record', signRecord(claim, signer, { network: NETWORK, issuer }), target)
  }

  /** Two records of one number; each half of the others is told another one. */
  #equivocate(): void {
    const { honest, dice, post } = this.#world
    const sequence = ++this.#sequence
    const [one, other] = [this.#vouch(0, sequence), this.#vouch(1, sequence)]
    for (const { peer } of honest) post('record', dice.chance(0.5) ? one : other, peer)
    this.#one(one)
    this.#one(other)
  }

  /** Two successors of one key, told to different peers. */
  #fork(): void {
    if (this.#hasForked) return
    this.#hasForked = true
    const { honest, dice, post } = this.#world
    const { name, state } = this.node.settings
    const [log] = state.branches
    const heads = ['left', 'right'].map((side) =>
      IdentityState.of(
        rotate({
          log,
          authority: signerOf(`${name} rotation`),
          operationalKey: signerOf(`${name} ${side}`).publicKey,
          verifier: simulatedVerifier,
        }).log,
      ),
    )
    for (const { peer } of honest) post('identity', dice.pick(heads).bytes, peer)
    for (const { bytes } of heads) post('identity', bytes, dice.pick(honest).peer)
  }

  /** A record by a key that only a log names which nobody gets to see. */
  #stranger(): void {
    const name = `${this.node.settings.name} stranger ${this.#count++}`
    const genesis = signerOf(name)
    const { log } = incept({
      genesis,
      rotationKey: signerOf(`${name} rotation`).publicKey,
      verifier: simulatedVerifier,
    })
    const key = signerOf(`${name} next`)
    const bytes = signRecord(this.#claim(0), key, { network: NETWORK, issuer: log.did })
    this.#all(bytes)
  }

  #vouch(agoMs: number, sequence?: number): Uint8Array {
    return this.#sign(this.#claim(agoMs, sequence), this.node.settings.signer)
  }

  #claim(agoMs: number, sequence = ++this.#sequence): Claim {
    const { dice, agents, nowMs } = this.#world
    const { did, branches } = dice.pick(agents.filter((one) => one !== this.node.settings.state))
    const issuedAtMs = nowMs() - agoMs
    const expiresAtMs = issuedAtMs + dice.pick([20, 60, 300]) * DAY_MS + HOUR_MS
    const { inception } = branches[0]
    return {
      type: 'vouch',
      sequence,
      issuedAtMs,
      expiresAtMs,
      subject: did,
      inception,
      scope: 'general',
      level: dice.between(1, 1000),
    }
  }

  #sign(claim: Claim, signer: Signer): Uint8Array {
    const { did } = this.node.settings.state
    const bytes = signRecord(claim, signer, { network: NETWORK, issuer: did })
    this.#world.said(bytes)
    return bytes
  }

  #all(bytes: Uint8Array): void {
    for (const { peer } of this.#world.honest) this.#world.post('record', bytes, peer)
  }

  #one(bytes: Uint8Array): void {
    this.#world.post('record', bytes, this.#world.dice.pick(this.#world.honest).peer)
  }
}

function subjectOf(claim: Claim): string | undefined {
  return claim.type === 'vouch' ? claim.subject : undefined
}
