/**
 * The demo: five nodes find each other, say what they saw of one another, a sixth joins late, one is
 * killed and comes back; then Alice's node says whom she can rely on, and why.
 *
 * Everything is real: processes, keys, sockets, the DHT, LevelDB on disk. Only the people are made up.
 */
import type { Output as Answer } from '../../api/contract.ts'
import { SECOND_MS } from '../../base/units.ts'
import { explanationLines } from '../commands/explain.ts'
import type { Output } from '../output.ts'
import { share, shortDid } from '../text.ts'
import { Cast, converged, recordIds, type Actor } from './cast.ts'
import {
  bringInTheRing,
  promiseAndSettle,
  recallEarlierWork,
  RING_SIZE,
  vouchForOneAnother,
  type Players,
} from './story.ts'

const AGREE_LIMIT_MS = 30 * SECOND_MS
const NETWORK = 'local'

export interface DemoOptions {
  /** The script that runs a node. */
  readonly command: string
  readonly signal: AbortSignal
  readonly output: Output
  /** While the nodes are still up; told the home of Alice's. */
  readonly afterwards: (home: string) => Promise<void>
}

export async function runDemo({ command, signal, output, afterwards }: DemoOptions): Promise<void> {
  const begun = Date.now()
  let scene = 0
  const tell = (text: string): void => {
    const seconds = ((Date.now() - begun) / SECOND_MS).toFixed(1).padStart(5)
    output.note(`${seconds} s  ${text}`)
  }
  const next = (text: string): void => {
    signal.throwIfAborted()
    tell(`${++scene}. ${text}`)
  }

  await using cast = await Cast.open(command)
  next('Alice starts a node: a process of its own, with its own key and database.')
  const alice = await cast.enter('alice', [])
  const bootstrap = [alice.address]
  next('Bob, Stella, Kim and Fay start theirs, and find each other through Alice’s address.')
  const [bob, steady, keen, fading] = await Promise.all(
    ['bob', 'stella', 'kim', 'fay'].map(async (name) => cast.enter(name, bootstrap)),
  )
  if (!bob || !steady || !keen || !fading) throw new Error('a node is missing')
  const players: Players = { alice, bob, steady, keen, fading }
  const five = [alice, bob, steady, keen, fading]
  await named(alice, five)

  next('They look each other up and vouch: Alice for Bob and Stella; Bob for all three; …')
  await vouchForOneAnother(players)
  next('Stella and Kim promise Bob ten reviews each. Stella delivers ten, Kim four.')
  await promiseAndSettle(players)
  next('Alice and Bob recall two months of earlier work, signed, good and bad.')
  await recallEarlierWork(players)
  next(`Kim makes ${RING_SIZE} sock puppets that praise "Goldie", and vouches for Goldie.`)
  const goldie = await bringInTheRing(keen, NETWORK)
  await alice.client.putPin({ did: goldie, name: 'goldie' })

  const first = await converged(five, 3 * RING_SIZE + 10, AGREE_LIMIT_MS)
  tell(`   All five hold the same ${first.count} records.`)

  next('A sixth node joins late: Zoe, a stranger. It catches up.')
  const zoe = await cast.enter('zoe', bootstrap)
  await alice.client.putPin({ did: zoe.did, name: 'zoe' })
  const six = [...five, zoe]
  const later = await converged(six, first.count, AGREE_LIMIT_MS)
  tell(`   All six hold the same ${later.count} records.`)

  next('Bob’s node is killed (SIGKILL) and started again.')
  const before = await recordIds(bob)
  await cast.kill(bob)
  const bobAgain = await cast.enter('bob', bootstrap)
  const after = await recordIds(bobAgain)
  const lost = before.filter((id) => !after.includes(id))
  if (lost.length > 0) throw new Error(`Bob lost ${lost.length} records`)
  tell(`   Bob still holds all ${before.length} records, and is the same agent.`)

  next('What Alice’s node makes of it:')
  const rows = await reckoning(alice, [
    ['bob', bob.did],
    ['stella', steady.did],
    ['kim', keen.did],
    ['fay', fading.did],
    ['zoe', zoe.did],
    ['goldie', goldie],
  ])
  const explained = await alice.client.explanation({ did: fading.did })
  const names = new Map([
    ...rows.map(({ name, score }) => [score.subject, name] as const),
    [alice.did, 'you'],
  ])
  output.answer({ agents: rows, explanation: explained, tookMs: Date.now() - begun }, () => [
    '',
    ...table(rows),
    '',
    ...explanationLines(explained, names, Date.now()),
    '',
    ringLine(rows.find(({ name }) => name === 'goldie')?.score),
  ])
  await afterwards(alice.home)
}

/** Alice's names for the others, for her tables. They never leave her node. */
async function named(alice: Actor, actors: readonly Actor[]): Promise<void> {
  for (const { did, name } of actors) {
    if (did !== alice.did) await alice.client.putPin({ did, name })
  }
}

interface Row {
  readonly name: string
  readonly score: Answer<'score'>
}

async function reckoning(
  alice: Actor,
  agents: readonly (readonly [string, string])[],
): Promise<readonly Row[]> {
  return Promise.all(
    agents.map(async ([name, did]) => ({ name, score: await alice.client.score({ did }) })),
  )
}

const COLUMN_CHARS = [8, 15, 7, 8, 9]

function line(cells: readonly string[]): string {
  return `  ${cells.map((cell, at) => cell.padEnd(COLUMN_CHARS[at] ?? 0)).join(' ')}`
}

function table(rows: readonly Row[]): string[] {
  return [
    line(['agent', 'did', 'score', 'assured', 'state', 'why']),
    ...rows.map(({ name, score }) =>
      line([
        name,
        shortDid(score.subject),
        share(score.score),
        share(score.assured),
        score.state,
        score.reason,
      ]),
    ),
  ]
}

function ringLine(goldie: Answer<'score'> | undefined): string {
  const own = goldie === undefined ? '–' : share(goldie.score)
  return `Goldie has ${RING_SIZE} vouches and ${10 * RING_SIZE} perfect outcomes from the ring: ${own} here, three hops away. A path score of 0.8^hops would say 0.512 whatever Goldie did.`
}
