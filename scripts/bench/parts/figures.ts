/** Figures of a benchmark: what they were measured on, the middle of them, and how they are shown. */
import { availableParallelism, cpus, loadavg } from 'node:os'
import { MIB_BYTES } from '../../../src/base/units.ts'

/** What a figure cannot be read without. */
export interface Surroundings {
  readonly node: string
  readonly openssl: string
  readonly cpu: string
  readonly cores: number
  readonly poolThreads: number
  /** Of the last minute, before the first measurement. */
  readonly loadAverage: number
}

/** libuv's own number where the environment names none. */
const POOL_THREADS = 4

export function surroundings(): Surroundings {
  return {
    node: process.version,
    openssl: process.versions.openssl ?? 'none',
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    poolThreads: Number(process.env['UV_THREADPOOL_SIZE'] ?? POOL_THREADS),
    loadAverage: rounded(loadavg()[0] ?? 0, 2),
  }
}

export function surroundingsText({ node, openssl, cpu, cores, ...rest }: Surroundings): string {
  return `node ${node}, OpenSSL ${openssl}, ${cores} cores (${cpu}), ${rest.poolThreads} pool threads, load average ${rest.loadAverage}`
}

/** The value that `share` (0 to 1) of all are not above. @throws {RangeError} for no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = Math.max(0, Math.ceil(share * sorted.length) - 1)
  const value = sorted[at]
  if (value === undefined) throw new RangeError('no values have no percentile')
  return value
}

/** @throws {RangeError} for no values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return (percentile(sorted, 0.5) + (sorted[Math.floor(middle)] ?? 0)) / 2
}

export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits))
}

export function mib(bytes: number): number {
  return rounded(bytes / MIB_BYTES)
}

/** Columns as wide as what is in them: the first to the left, the others to the right. */
export function tableText(rows: readonly (readonly (string | number)[])[]): string {
  const texts = rows.map((row) => row.map(String))
  const widths = (texts[0] ?? []).map((_, at) =>
    Math.max(...texts.map((row) => row[at]?.length ?? 0)),
  )
  return texts
    .map((row) =>
      row
        .map((cell, at) =>
          at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
