/** An attack of the lab, told on a terminal. */
import type { LabReport } from '../../lab/report.ts'
import { share } from '../text.ts'

const LABEL_CHARS = 34
const NAME_CHARS = 12

export function labLines(report: LabReport): readonly string[] {
  return [
    report.title,
    '',
    ...wrapped(report.story),
    '',
    `${'  step'.padEnd(LABEL_CHARS)} ${'agent'.padEnd(NAME_CHARS)} ${'score'.padStart(7)} ${'assured'.padStart(8)}  0.8^hops`,
    ...report.steps.flatMap(({ label, readings }) =>
      readings.map(
        ({ agent, score, assured, reference }, at) =>
          `${`  ${at === 0 ? label : ''}`.padEnd(LABEL_CHARS)} ${agent.padEnd(NAME_CHARS)} ${share(score, 3).padStart(7)} ${share(assured, 3).padStart(8)} ${share(reference, 3).padStart(9)}`,
      ),
    ),
    '',
    ...report.checks.map(
      ({ promise, found, holds }) => `  ${holds ? '✔' : '✘'} ${promise}: ${found}`,
    ),
    '',
    ...wrapped(report.sentence),
    ...wrapped(`Not protected against: ${report.limit}`),
  ]
}

const LINE_CHARS = 92

function wrapped(text: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > LINE_CHARS) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
