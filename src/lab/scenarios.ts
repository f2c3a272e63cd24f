/**
 * Attacks on trust, each played on a made-up mesh and seen with the scorer of the node. Nothing in
 * them is a model of the scorer: what is shown is what a node with these records would say.
 * Specification: docs/spec/scoring.md; docs/attacks.md says what the figures mean.
 */
import { PROFILES } from '../trust/profile.ts'
import type { Check, LabReport, Reading, Step } from './report.ts'
import type { Score } from '../trust/score.ts'
import { Stage, type Seen } from './stage.ts'

export const SCENARIOS = [
  'sybil',
  'drift',
  'partition',
  'badmouthing',
  'stuffing',
  'on-off',
  'whitewashing',
  'collusion',
  'stolen-key',
] as const
export type ScenarioName = (typeof SCENARIOS)[number]

/** Attackers at most: each makes three records. */
export const LAB_SIZE_LIMIT = 10_000

type Played = Omit<LabReport, 'scenario' | 'records'>

/** @param size  How many identities the attacker makes, where the attack is one of numbers; 1 to {@link LAB_SIZE_LIMIT}. */
export function playScenario(name: ScenarioName, size: number): LabReport {
  if (!Number.isInteger(size) || size < 1 || size > LAB_SIZE_LIMIT) {
    throw new RangeError(`a scenario has 1 to ${LAB_SIZE_LIMIT} attackers`)
  }
  const stage = new Stage()
  const played = PLAYS[name](stage, size)
  return { scenario: name, ...played, records: stage.recordCount }
}

/** The last day of each story. */
const END = 80
const FRIENDS = ['alice', 'bob', 'carol', 'dora', 'emil', 'fritz'] as const
const HONEST_PER_FRIEND = 18

/**
 * Six friends whom I vouch for, each of whom vouches for eighteen others; all work for their friends,
 * well or less well. Everybody in it is honest.
 */
function honestMesh(stage: Stage): readonly string[] {
  const names: string[] = [...FRIENDS]
  for (const [at, friend] of FRIENDS.entries()) {
    stage.vouch('me', friend)
    stage.settle('me', friend, 9, 10 + at)
    for (let other = 0; other < HONEST_PER_FRIEND; other++) {
      const name = `${friend}'s ${other + 1}`
      names.push(name)
      stage.vouch(friend, name)
      stage.settle(friend, name, 4 + ((other * 7 + at) % 7), 20 + other)
      stage.settle(friend, name, 4 + ((other * 5 + at) % 7), 40 + other)
    }
  }
  return names
}

function reading(seen: Seen, agent: string): Reading {
  const { score, assured, state } = seen.score(agent)
  return { agent, score, assured, state, reference: seen.reference(agent) }
}

function step(label: string, seen: Seen, agents: readonly string[]): Step {
  return { label, readings: agents.map((agent) => reading(seen, agent)) }
}

function shareText(value: number | null): string {
  return value === null ? 'unknown' : value.toFixed(3)
}

/** Names by their score, best first; equal ones by name. */
function ranking(seen: Seen, names: readonly string[], count: number): readonly string[] {
  return names
    .map((name) => ({ name, score: seen.score(name).score ?? -1 }))
    .toSorted((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name)
}

/** The most standing that everything behind so many bought vouches can hold together. */
function standingCap(bought: number): number {
  const { passNumerator, passDenominator, dilutionFloor } = PROFILES.strict
  return (bought * passNumerator) / dilutionFloor / (passDenominator - passNumerator)
}

const RANKED = 100
/** Less than three decimals show. */
const ROUNDING = 0.0005
/** An assured score that opens no gate. */
const ASSURED_LITTLE = 0.01
/** Puppets for whom Goldie vouches in turn. */
const GANG = 8

function sybil(stage: Stage, size: number): Played {
  const honest = honestMesh(stage)
  const sizes = [...new Set([0, 10, 100, 1_000, size].filter((one) => one <= size))].toSorted(
    (a, b) => a - b,
  )
  stage.vouch('alice', 'goldie', END)
  for (let at = 0; at < Math.min(size, GANG); at++) stage.vouch('goldie', `puppet ${at}`, END)
  // What a vouch of Alice's is worth to each is less with every one that she gives: that is not the puppets' doing.
  const before = stage.view(END)
  const rankedBefore = ranking(before, honest, RANKED)
  const scoresBefore = honest.map((name) => before.score(name).score)
  const steps: Step[] = []
  let made = 0
  for (const wanted of sizes) {
    for (; made < wanted; made++) {
      stage.vouch(`puppet ${made}`, 'goldie', END)
      stage.vouch(`puppet ${made}`, `puppet ${(made + 1) % size}`, END)
      stage.claim(`puppet ${made}`, 'goldie', 10, END)
    }
    const label = wanted === 0 ? 'one vouch is bought' : `${countText(wanted)} puppets`
    steps.push(step(label, stage.view(END), ['goldie', 'puppet 0', 'alice']))
  }
  const after = stage.view(END)
  const moved = rankedBefore.filter(
    (name, at) => name !== ranking(after, honest, RANKED)[at],
  ).length
  const changed = honest.filter((name, at) => after.score(name).score !== scoresBefore[at]).length
  const invented = ['goldie', ...Array.from({ length: size }, (_, at) => `puppet ${at}`)]
  const held = invented.reduce((sum, name) => sum + after.standing(name), 0)
  const cap = standingCap(1)
  const few = steps[Math.min(1, steps.length - 1)]?.readings[0]
  const end = steps.at(-1)?.readings[0]
  return {
    title: 'Puppets that praise one of their own',
    story:
      'Goldie makes puppets, free of charge, which vouch for one another and for Goldie and report nothing but perfect work. One honest agent, a friend of mine, is talked into one vouch for Goldie.',
    steps,
    checks: [
      check(
        `my ${RANKED} best honest agents stay as they are`,
        `${moved} of ${RANKED} moved`,
        moved === 0,
      ),
      check('no honest score changes', `${changed} of ${honest.length} changed`, changed === 0),
      check(
        'Goldie and all puppets together hold no more standing than one bought vouch lets through',
        `${held.toFixed(4)} of at most ${cap.toFixed(4)}`,
        held <= cap,
      ),
      check(
        'more puppets give no higher score',
        `${shareText(few?.score ?? null)} with the first, ${shareText(end?.score ?? null)} with ${countText(size)}`,
        end?.score === few?.score,
      ),
      check(
        'nothing of it is assured',
        `assured ${shareText(end?.assured ?? null)}`,
        (end?.assured ?? 0) < ASSURED_LITTLE,
      ),
    ],
    sentence: `With ${countText(size)} puppets Goldie has ${shareText(end?.score ?? null)} here, and ${shareText(end?.reference ?? 0)} by 0.8^hops, which asks how far away somebody is and not how it behaves.`,
    limit:
      'Every honest agent that is fooled lets a little through: at most an eighth of its own standing for each vouch, whatever stands behind it.',
  }
}

function drift(stage: Stage): Played {
  stage.vouch('me', 'alice')
  stage.vouch('me', 'fay')
  for (let day = 1; day <= END; day++) {
    stage.settle('alice', 'fay', day <= 40 ? 10 : 2, day)
    stage.settle('me', 'alice', 9, day)
  }
  const steps = [10, 20, 30, 40, 45, 50, 55, 60, 70, 80].map((day) =>
    step(`day ${day}`, stage.view(day), ['fay', 'alice']),
  )
  const best = valueAt(steps, 'day 40', 'fay')
  const last = valueAt(steps, 'day 80', 'fay')
  const mark = stage.view(50).drift('fay')
  const falling = scoresFrom(steps, 'fay', 'day 40')
  const steady = steps.every(({ readings }) => readings[0]?.reference === 0.8)
  return {
    title: 'An agent that turns bad',
    story:
      'Fay works well for forty days, and then delivers two of ten things that it promised. Nobody takes a vouch back.',
    steps,
    checks: [
      check(
        'the score falls by a third at least',
        `from ${best.toFixed(3)} to ${last.toFixed(3)}`,
        last <= best * (2 / 3),
      ),
      check(
        'each step after the turn is lower than the one before',
        falling.map(shareText).join(', '),
        falling.every((score, at) => at === 0 || score < (falling[at - 1] ?? 0)),
      ),
      check('a mark of drift is there ten days after the turn', mark, mark !== 'none'),
      check('0.8^hops sees nothing of it', steady ? '0.800 on every day' : 'it moved', steady),
    ],
    sentence: `Fay's score here goes from ${best.toFixed(3)} to ${last.toFixed(3)}; 0.8^hops says 0.800 all along.`,
    limit:
      'The fall takes as many outcomes as it takes to outweigh the good ones; the assured score falls first, and the mark of drift follows within days.',
  }
}

function partition(stage: Stage): Played {
  stage.vouch('me', 'alice')
  stage.vouch('me', 'bob')
  for (const side of ['alice', 'bob']) stage.vouch(side, 'kim')
  for (let day = 1; day <= 20; day++) {
    stage.settle('alice', 'kim', 9, day)
    stage.settle('bob', 'kim', 9, day)
  }
  // From day 21 the mesh is in two: Kim works well for those in the east and badly in the west.
  for (let day = 21; day <= 40; day++) {
    stage.settle('alice', 'kim', 10, day)
    stage.settle('bob', 'kim', 1, day)
  }
  const whole = stage.view(40)
  const again = stage.view(40, { isReversed: true })
  const inEast = stage.view(40, { only: (one) => stage.reaches(one, 'alice', 20) })
  const inWest = stage.view(40, { only: (one) => stage.reaches(one, 'bob', 20) })
  const steps = [
    step('before', stage.view(20), ['kim']),
    step('cut off, in the east', inEast, ['kim']),
    step('cut off, in the west', inWest, ['kim']),
    step('healed', whole, ['kim']),
  ]
  const [, good, bad, healed] = steps.map(({ readings }) => readings[0]?.score ?? 0)
  const isBetween = (bad ?? 0) < (healed ?? 0) && (healed ?? 0) < (good ?? 0)
  return {
    title: 'A mesh in two halves',
    story:
      'The network is cut for twenty days. Kim works well for those on one side and badly on the other, and hopes that each side goes on knowing only its own half.',
    steps,
    checks: [
      check(
        'cut off, each side has its own answer',
        `${shareText(good ?? null)} and ${shareText(bad ?? null)}`,
        good !== bad,
      ),
      check('healed, the answer is between the two', shareText(healed ?? null), isBetween),
      check(
        'all who hold the same records give the same answer, to the last bit, in whatever order they came',
        whole.digest === again.digest ? 'one digest' : 'two digests',
        whole.digest === again.digest && whole.score('kim').score === again.score('kim').score,
      ),
    ],
    sentence: `Kim has ${shareText(good ?? null)} on one side and ${shareText(bad ?? null)} on the other; when the halves meet again everybody says ${shareText(healed ?? null)}.`,
    limit:
      'While the network is cut, each side decides by what it knows. Nothing can tell it what the other side has seen.',
  }
}

function badmouthing(stage: Stage, size: number): Played {
  honestMesh(stage)
  for (let day = 31; day <= 50; day++) stage.settle('me', 'bob', 9, day)
  const before = stage.view(END).score('bob')
  for (let at = 0; at < size; at++) stage.claim(`slanderer ${at}`, 'bob', 0, END)
  const strangers = stage.view(END).score('bob')
  stage.vouch('me', 'mallory', END)
  stage.claim('mallory', 'bob', 0, END, 60)
  const seen = stage.view(END)
  const one = seen.score('bob')
  const steps = [
    { label: 'before', readings: [readingOf('bob', before, 0.8)] },
    { label: `${countText(size)} strangers slander`, readings: [readingOf('bob', strangers, 0.8)] },
    step('and one friend of mine does', seen, ['bob']),
  ]
  const lost = (before.score ?? 0) - (one.score ?? 0)
  return {
    title: 'Slander',
    story: `Strangers report that Bob, whom I trust, delivered nothing; then somebody whom I vouched for does so too, sixty times.`,
    steps,
    checks: [
      check(
        'strangers change nothing',
        `${shareText(before.score)} before, ${shareText(strangers.score)} after`,
        strangers.score === before.score,
      ),
      check(
        'one friend who lies takes less than half of it',
        `${lost.toFixed(3)} lost`,
        lost < (before.score ?? 0) / 2,
      ),
    ],
    sentence: `${countText(size)} slanderers whom I do not know take nothing from Bob; one whom I vouched for takes ${lost.toFixed(3)}.`,
    limit:
      'Somebody whom I trust is heard when he lies. The explanation names him, and a pin ends it.',
  }
}

function stuffing(stage: Stage, size: number): Played {
  honestMesh(stage)
  stage.vouch("alice's 1", 'goldie', END)
  stage.settle("alice's 1", 'goldie', 3, END)
  const before = stage.view(END).score('goldie')
  for (let at = 0; at < size; at++) stage.claim(`fan ${at}`, 'goldie', 10, END, 60)
  const fans = stage.view(END).score('goldie')
  for (let at = 0; at < 100; at++) stage.claim("alice's 1", 'goldie', 10, END, 60)
  const seen = stage.view(END)
  const bought = seen.score('goldie')
  const steps: readonly Step[] = [
    { label: 'before', readings: [readingOf('goldie', before, seen.reference('goldie'))] },
    {
      label: `${countText(size)} fans`,
      readings: [readingOf('goldie', fans, seen.reference('goldie'))],
    },
    step('6,000 bought outcomes', seen, ['goldie']),
  ]
  for (let at = 0; at < 900; at++) stage.claim("alice's 1", 'goldie', 10, END, 60)
  const tenfold = stage.view(END).score('goldie')
  return {
    title: 'A stuffed ballot box',
    story:
      'Fans whom nobody vouches for report perfect work of Goldie, sixty outcomes each. Then the one agent that did vouch for Goldie is paid to report six thousand more.',
    steps,
    checks: [
      check(
        'fans whom nobody vouches for change nothing',
        `${shareText(before.score)} before, ${shareText(fans.score)} after`,
        fans.score === before.score,
      ),
      check(
        'sixty thousand bought outcomes give no more than six thousand',
        `${shareText(bought.score)} and ${shareText(tenfold.score)}`,
        Math.abs((tenfold.score ?? 0) - (bought.score ?? 0)) < ROUNDING,
      ),
      check(
        'nothing of it is assured',
        `assured ${shareText(bought.assured)}`,
        (bought.assured ?? 0) < ASSURED_LITTLE,
      ),
    ],
    sentence: `${countText(size)} fans give Goldie nothing; six thousand bought outcomes lift it from ${shareText(before.score)} to ${shareText(bought.score)}, since behaviour can never outdo standing.`,
    limit: 'An observer with standing that lies is believed as far as its standing goes.',
  }
}

function onOff(stage: Stage): Played {
  stage.vouch('me', 'alice')
  for (const one of ['flip', 'steady']) stage.vouch('alice', one)
  for (let day = 1; day <= END; day++) {
    stage.settle('alice', 'flip', Math.floor(day / 10) % 2 === 0 ? 10 : 0, day)
    stage.settle('alice', 'steady', 8, day)
  }
  const steps = [10, 20, 30, 40, 50, 60, 70, 80].map((day) =>
    step(`day ${day}`, stage.view(day), ['flip', 'steady']),
  )
  const flips = steps.slice(2).map(({ readings }) => readings[0]?.score ?? 0)
  const steadies = steps.slice(2).map(({ readings }) => readings[1]?.score ?? 0)
  const isAlwaysBelow = flips.every((flip, at) => flip < (steadies[at] ?? 0))
  return {
    title: 'On and off',
    story:
      'Flip delivers everything for ten days and nothing for ten days, in turn. Steady delivers eight of ten throughout.',
    steps,
    checks: [
      check(
        'from day 30 on Flip stays below Steady',
        `${Math.max(...flips).toFixed(3)} at best, Steady ${Math.min(...steadies).toFixed(3)} at least`,
        isAlwaysBelow,
      ),
    ],
    sentence: `Flip never gets back above ${Math.max(...flips).toFixed(3)}; Steady never falls below ${Math.min(...steadies).toFixed(3)}. 0.8^hops has both at ${shareText(steps[0]?.readings[0]?.reference ?? 0)}.`,
    limit:
      'The good days are paid for: an agent that does honest work nine days in ten looks like one that is ninety per cent reliable, which it is.',
  }
}

function whitewashing(stage: Stage): Played {
  stage.vouch('me', 'alice')
  stage.vouch('alice', 'rex')
  for (let day = 1; day <= 30; day++) stage.settle('alice', 'rex', 1, day)
  const old = stage.view(30)
  stage.vouch('rex', 'rex anew', 31)
  stage.claim('rex', 'rex anew', 10, 31, 60)
  const seen = stage.view(31)
  const alone = step('a new name, before anybody vouches', stage.view(30), ['rex anew'])
  const steps = [
    step('the old name', old, ['rex']),
    alone,
    step('the old name vouches for the new', seen, ['rex', 'rex anew']),
  ]
  const anew = seen.score('rex anew')
  const rex = seen.score('rex')
  return {
    title: 'A new name after a bad record',
    story:
      'Rex has worked badly for a month. It makes a new identity, which has no past, and vouches for it with the old one.',
    steps,
    checks: [
      check(
        'a new name is unknown, and not as good as new',
        alone.readings[0]?.state ?? '',
        alone.readings[0]?.score === null,
      ),
      check(
        'vouched for by the old name it has at most an eighth of its standing',
        `${seen.standing('rex anew').toFixed(4)} of ${seen.standing('rex').toFixed(4)}`,
        seen.standing('rex anew') <= seen.standing('rex') / 8,
      ),
    ],
    sentence: `The new name has ${shareText(anew.score)}, the old one ${shareText(rex.score)}; 0.8^hops gives the new one ${shareText(seen.reference('rex anew'))}.`,
    limit:
      'A new name is a new start: whoever trusts unknown agents can be met by the same one again and again. Gates should go by "assured".',
  }
}

function collusion(stage: Stage): Played {
  honestMesh(stage)
  const steps: Step[] = []
  const fooled = FRIENDS.slice(0, 5)
  steps.push(step('nobody is fooled', stage.view(END), ['goldie']))
  for (const [at, friend] of fooled.entries()) {
    stage.vouch(friend, 'goldie', END)
    stage.claim(friend, 'goldie', 10, END, 60)
    const who = at === 0 ? 'one friend' : `${at + 1} friends`
    steps.push(step(who, stage.view(END), ['goldie']))
  }
  const scores = steps.map(({ readings }) => readings[0]?.score ?? 0)
  const grows = scores.every((score, at) => at === 0 || score >= (scores[at - 1] ?? 0))
  const first = steps[1]?.readings[0]
  return {
    title: 'Friends of mine that collude',
    story:
      'Goldie talks my own friends, one after another, into a vouch and sixty perfect outcomes that never were.',
    steps,
    checks: [
      check('it costs one real friend for each step', scores.map(shareText).join(', '), grows),
      check(
        'nobody fooled: unknown',
        steps[0]?.readings[0]?.state ?? '',
        steps[0]?.readings[0]?.score === null,
      ),
      check(
        'one fooled friend does not make an assured agent',
        `assured ${shareText(first?.assured ?? null)}`,
        (first?.assured ?? 0) < 0.5,
      ),
    ],
    sentence: `One fooled friend gives Goldie ${shareText(scores[1] ?? null)}, five give ${shareText(scores[5] ?? null)}; 0.8^hops gives ${shareText(first?.reference ?? 0)} from the first one on.`,
    limit:
      'If most of my friends lie in concert, I believe them. The explanation says how many would have to be wrong.',
  }
}

function stolenKey(stage: Stage): Played {
  honestMesh(stage)
  const before = step('before', stage.view(END - 20), ['goldie', 'alice'])
  for (let at = 0; at < 20; at++) stage.vouch('alice', `loot ${at}`, END - 10)
  stage.vouch('alice', 'goldie', END - 10)
  stage.claim('alice', 'goldie', 10, END - 10, 60)
  const during = step('the thief signs as Alice', stage.view(END - 5), ['goldie', 'alice'])
  stage.stolen('alice')
  for (let other = 0; other < HONEST_PER_FRIEND; other++)
    stage.vouch('alice', `alice's ${other + 1}`, END)
  const seen = stage.view(END)
  const after = step('Alice gives the key up', seen, ['goldie', 'alice'])
  const goldie = after.readings[0]
  return {
    title: 'A stolen key',
    story:
      'A thief gets the key of Alice, a friend of mine, vouches for Goldie with it and reports perfect work. Ten days later Alice gives the key up as compromised, by her rotation key, and signs again what she had said herself.',
    steps: [before, during, after],
    checks: [
      check(
        'once the key is given up nothing of the thief counts',
        goldie?.state ?? '',
        goldie?.score === null,
      ),
      check(
        'Alice is the same agent, and my vouch for her stands',
        `standing ${seen.standing('alice').toFixed(3)}`,
        seen.standing('alice') === stage.view(END - 20).standing('alice'),
      ),
    ],
    sentence: `The thief gets ${shareText(during.readings[0]?.score ?? null)} for Goldie while the key is good, and nothing afterwards; 0.8^hops still says ${shareText(goldie?.reference ?? 0)}.`,
    limit:
      'Until the theft is noticed the thief is Alice. Rotation keys that lie offline are what ends it.',
  }
}

const PLAYS: Readonly<Record<ScenarioName, (stage: Stage, size: number) => Played>> = {
  sybil,
  drift,
  partition,
  badmouthing,
  stuffing,
  'on-off': onOff,
  whitewashing,
  collusion,
  'stolen-key': stolenKey,
}

function readingOf(agent: string, { score, assured, state }: Score, reference: number): Reading {
  return { agent, score, assured, state, reference }
}

function scoresOf(steps: readonly Step[], agent: string): readonly number[] {
  return steps.map(({ readings }) => readings.find((one) => one.agent === agent)?.score ?? 0)
}

function valueAt(steps: readonly Step[], label: string, agent: string): number {
  return (
    scoresOf(
      steps.filter((one) => one.label === label),
      agent,
    )[0] ?? 0
  )
}

/** The scores of an agent from a step on. */
function scoresFrom(steps: readonly Step[], agent: string, label: string): readonly number[] {
  return scoresOf(steps.slice(steps.findIndex((one) => one.label === label)), agent)
}

function countText(count: number): string {
  return count.toLocaleString('en')
}

function check(promise: string, found: string, holds: boolean): Check {
  return { promise, found, holds }
}
