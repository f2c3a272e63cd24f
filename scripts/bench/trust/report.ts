/** The tables as people read them. */
import { rounded, tableText } from '../parts/figures.ts'
import type { Rise } from './sybil.ts'

export interface Row {
  readonly method: string
  /** Means over the seeds; null where a method has no such answer or the data no labels. */
  readonly aucQuality: number | null
  readonly aucRating: number | null
  readonly rmse: number | null
  readonly pcc: number | null
  readonly fraudOne: number | null
  readonly fraudAveraged: number | null
}

export interface Found {
  readonly data: string
  readonly people: number
  readonly ratings: number
  readonly labelled: number
  readonly seeds: number
  /** How many ratings were left out, each alone. */
  readonly leftOut: number
  /** Scores that the code of a node gave alike. */
  readonly checkedScores: number
  readonly rows: readonly Row[]
  readonly rises: readonly Rise[]
}

/** What the design asks of ours, and what others published. Source: Kumar et al. 2016 for RMSE and PCC. */
const BARS: Readonly<Record<string, readonly string[]>> = {
  alpha: ['', '>= 0.825', '< 0.27', '> 0.41', '>= 0.83', '>= 0.86'],
  otc: ['', '>= 0.87', '< 0.31', '> 0.49', '>= 0.90', '>= 0.93'],
}

const HEADER = [
  '',
  'AUC, view alone',
  'AUC, with habit',
  'RMSE',
  'PCC',
  'fraud, one view',
  'fraud, averaged',
]

export function foundText(found: Found, profiles: readonly string[]): string {
  const bars = BARS[found.data]
  return [
    `Bitcoin ${found.data}: ${found.people} people, ${found.ratings} ratings, ${found.labelled} labelled; ${found.seeds} seeds, ${found.leftOut} ratings left out one by one; ${found.checkedScores} scores alike in a view over records`,
    '',
    tableText([
      HEADER,
      ...found.rows.map((row) => [
        row.method,
        figure(row.aucQuality),
        figure(row.aucRating),
        figure(row.rmse),
        figure(row.pcc),
        figure(row.fraudOne),
        figure(row.fraudAveraged),
      ]),
      ...(bars === undefined ? [] : [['bar', ...bars]]),
    ]),
    '',
    ...(found.rises.length === 0 ? [] : risesText(found.rises, profiles)),
  ].join('\n')
}

function risesText(rises: readonly Rise[], profiles: readonly string[]): string[] {
  return [
    'Rise of a bad target under k random attack edges and n Sybils:',
    '',
    tableText([
      [
        'k, n',
        '0.8^hops',
        'PageRank vote',
        'fairness × goodness',
        ...profiles.flatMap((name) => [
          `${name}: score`,
          'reliability',
          'Sybils’ standing',
          'promised <',
        ]),
      ],
      ...rises.map((rise) => [
        `${rise.edges}, ${rise.sybils}`,
        figure(rise.hops),
        figure(rise.pagerank),
        figure(rise.fairness),
        ...rise.ours.flatMap((own) => [
          figure(own.score),
          figure(own.reliability),
          figure(own.standing),
          figure(own.promised),
        ]),
      ]),
    ]),
    '',
  ]
}

function figure(value: number | null): string {
  return value === null ? '–' : rounded(value, 4).toFixed(4)
}
