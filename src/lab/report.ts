/** What a scenario of the attack lab finds. */
import type { Score } from '../trust/score.ts'

/** One agent at one step: from my place, and as the reference sees it on the same records. */
export interface Reading {
  readonly agent: string
  /** In [0, 1]; null where nothing is known. */
  readonly score: number | null
  readonly assured: number | null
  readonly state: Score['state']
  /** 0.8 for each hop of the shortest chain of vouches; 0 without one. */
  readonly reference: number
}

export interface Step {
  /** What the attacker has done by now, or which day it is. */
  readonly label: string
  readonly readings: readonly Reading[]
}

/** What is promised of the score under this attack, and whether it held in this run. */
export interface Check {
  readonly promise: string
  readonly found: string
  readonly holds: boolean
}

export interface LabReport {
  readonly scenario: string
  readonly title: string
  /** What happens, for somebody who reads it for the first time. */
  readonly story: string
  readonly steps: readonly Step[]
  readonly checks: readonly Check[]
  /** In one sentence. */
  readonly sentence: string
  /** What this does not protect against. */
  readonly limit: string
  readonly records: number
}
