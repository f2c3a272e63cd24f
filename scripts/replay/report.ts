/** What a replay found, for people. `replay.ts --json` prints the same facts as they are. */
import { counted, share, table } from '../../src/cli/text.ts'
import type { Look, Row } from './viewpoint.ts'

export interface Fed {
  readonly person: string
  readonly read: number
  readonly stored: number
  readonly known: number
  /** By code. */
  readonly refused: Readonly<Record<string, number>>
  readonly seconds: number
}

export interface Kept {
  readonly person: string
  /** By "via code", over the whole run. */
  readonly refused: Readonly<Record<string, number>>
  readonly evicted: number
  readonly storeBytes: number
}

export interface Found {
  readonly ratings: number
  readonly people: number
  /** Days, first and last moment of the data. */
  readonly from: string
  readonly to: string
  readonly vouches: number
  readonly observations: number
  readonly recordBytes: number
  readonly imports: readonly Fed[]
  /** From the first import's start to the last one's end, and until all held the same. */
  readonly importSeconds: number
  readonly agreeSeconds: number
  /** What all nodes hold, and whether it is what the rule of best K leaves. */
  readonly held: number
  readonly isAsRuled: boolean
  readonly overHour: number
  readonly overUnit: number
  readonly nodes: readonly Kept[]
  readonly looks: readonly Look[]
}

export function reportLines(found: Found): string[] {
  const made = found.vouches + found.observations
  const left = made - found.held
  const ruled = found.isAsRuled ? 'exactly those' : 'NOT those'
  return [
    `${number(found.ratings)} ratings by and about ${number(found.people)} people, ${found.from} to ${found.to}, as if they were of the last 300 days.`,
    `${number(made)} records: ${number(found.vouches)} vouches, ${number(found.observations)} observations; ${number(found.recordBytes / made)} bytes each.`,
    '',
    ...table(
      ['import', 'read', 'stored', 'known', 'refused', 'seconds', 'records/s'],
      found.imports.map((fed) => [
        `person-${fed.person}`,
        number(fed.read),
        number(fed.stored),
        number(fed.known),
        codes(fed.refused),
        fed.seconds.toFixed(1),
        number(fed.read / fed.seconds),
      ]),
    ),
    `All three at once: ${found.importSeconds.toFixed(1)} s, ${number(made / found.importSeconds)} records/s.`,
    `Until the three held the same: ${found.agreeSeconds.toFixed(1)} s, ${number(made / found.agreeSeconds)} records/s to all, ${number((made * found.imports.length) / found.agreeSeconds)} a second taken in by the three together.`,
    '',
    `Each holds the same ${number(found.held)} records; ${number(left)} are left out.`,
    `The rule of best K leaves out ${number(found.overHour)} over the limit of an hour and ${number(found.overUnit)} over the limit of an issuer: ${ruled} that the nodes left out.`,
    ...table(
      ['node', 'refused in all', 'taken and let go', 'store', 'bytes/record'],
      found.nodes.map(({ person, refused, evicted, storeBytes }) => [
        `person-${person}`,
        codes(refused),
        number(evicted),
        `${(storeBytes / 1_048_576).toFixed(1)} MiB`,
        number(storeBytes / found.held),
      ]),
    ),
    ...found.looks.flatMap(lookLines),
  ]
}

function lookLines(look: Look): string[] {
  const { known, thin, unknown, distrusted } = look.states
  const { good, bad, score, reliability } = look.agreement
  const total = known + thin + unknown + distrusted
  const among = known >= 20 ? 'known' : 'known or thin, with the narrowest interval'
  return [
    '',
    `From person-${look.viewer} (${look.did}): of ${number(total)} agents ${number(known)} known, ${number(thin)} thin, ${number(unknown)} unknown; listed in ${look.listSeconds.toFixed(1)} s.`,
    score === undefined || reliability === undefined
      ? `Nothing to compare with mean ratings: ${good} positive, ${bad} negative.`
      : `${counted(good, 'agent')} of positive mean rating, ${number(bad)} of negative: told apart by score with AUC ${share(score)}, by its reliability with ${share(reliability)}.`,
    '',
    `Best of ${counted(look.ranked, 'agent')} (${among}):`,
    ...rowLines(look.best),
    '',
    'Worst of them, the worst first:',
    ...rowLines(look.worst),
    '',
    ...look.explanation,
  ]
}

function rowLines(rows: readonly Row[]): string[] {
  return table(
    [
      'agent',
      'state',
      'score',
      'social',
      'reliability',
      'assured',
      '| ratings',
      'mean',
      'negative',
    ],
    rows.map((row) => [
      `person-${row.person}`,
      row.state,
      share(row.score),
      share(row.social),
      share(row.reliability),
      share(row.assured),
      `| ${row.ratings}`,
      row.meanRating.toFixed(2),
      String(row.negative),
    ]),
  ).map((line) => `  ${line}`)
}

/** "12 record/quota, 3 record/expired", or "none". */
function codes(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts)
  if (entries.length === 0) return 'none'
  return entries.map(([code, count]) => `${number(count)} ${code}`).join(', ')
}

/** Whole, with commas. */
function number(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(?:\d{3})+$)/g, ',')
}
