/** From judged mutants to a table and a list. */

export interface Judged {
  /** Below the root. */
  readonly file: string
  /** Stryker's word: Killed, Survived, Timeout, NoCoverage, Ignored, …. */
  readonly status: string
  /** From 1 the line, from 1 the column. */
  readonly start: { readonly line: number; readonly column: number }
  readonly mutator: string
  readonly replacement?: string | undefined
}

/** Of the mutants of a part, what must be noticed at least: by a test that fails or never ends. */
const LEAST_SHARE = 0.8

const COLUMNS = ['Killed', 'Timeout', 'Survived', 'NoCoverage', 'Ignored'] as const
const HEADS = ['killed', 'timed out', 'survived', 'not covered', 'left out', 'other', 'noticed']

/** A row a file, and one of all; numbers are counts of mutants. */
export function tableLines(judged: readonly Judged[]): readonly string[] {
  const byFile = [...Map.groupBy(judged, ({ file }) => file)].toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  )
  const rows = [...byFile, ['all', judged] as const].map(([file, of]) => [file, ...cells(of)])
  const width = Math.max(...rows.map(([file]) => file?.length ?? 0))
  return [['', ...HEADS], ...rows].map(([file = '', ...rest]) =>
    [file.padEnd(width), ...rest.map((cell) => cell.padStart(11))].join(' '),
  )
}

function cells(judged: readonly Judged[]): readonly string[] {
  const counts = COLUMNS.map((status) => judged.filter((one) => one.status === status).length)
  const other = judged.length - counts.reduce((sum, count) => sum + count, 0)
  const share = noticedShare(judged)
  const noticed = share === undefined ? '–' : `${(100 * share).toFixed(1)} %`
  return [...counts, other].map(String).concat(noticed)
}

/** Of those that some test could have noticed; `undefined` where there is none. */
function noticedShare(judged: readonly Judged[]): number | undefined {
  const of = (statuses: readonly string[]): number =>
    judged.filter(({ status }) => statuses.includes(status)).length
  const noticed = of(['Killed', 'Timeout'])
  const all = noticed + of(['Survived', 'NoCoverage'])
  return all === 0 ? undefined : noticed / all
}

export function isEnough(judged: readonly Judged[]): boolean {
  return (noticedShare(judged) ?? 1) >= LEAST_SHARE
}

/** Two lines for each mutant that nothing noticed: the line of code, and what stood there instead. */
export function survivorLines(
  judged: readonly Judged[],
  textOf: (file: string) => string,
): readonly string[] {
  return judged
    .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
    .flatMap(({ file, start, mutator, replacement = '', status }) => {
      const code = textOf(file).split('\n')[start.line - 1]?.trim() ?? ''
      return [
        `${file}:${start.line}:${start.column} ${mutator} ${status}`,
        `    ${code}`,
        `    became ${replacement}`,
      ]
    })
}
