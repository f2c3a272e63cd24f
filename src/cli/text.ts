/** Ids, numbers and tables as people read them. */
import { visibleText } from '../base/visible.ts'

/** `did:aip:7f3a…91c2`; other text as it is. */
export function shortDid(did: string): string {
  return /^did:aip:[0-9a-f]{32}$/.test(did) ? `${did.slice(0, 12)}…${did.slice(-4)}` : did
}

/** `bafy…k2`. */
export function shortId(id: string): string {
  return id.length > 12 ? `${id.slice(0, 4)}…${id.slice(-4)}` : id
}

/** Three decimals, or a dash for what is not known: never 0. */
export function share(value: number | null, decimals = 3): string {
  return value === null ? '–' : value.toFixed(decimals)
}

/** "1 vouch", "2 vouches". */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`
}

/** Columns as wide as their widest cell; two spaces between them; a header in capitals. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = [header.map((title) => title.toUpperCase()), ...rows].map((cells) =>
    cells.map(visibleText),
  )
  const widths = header.map((_, column) =>
    Math.max(...lines.map((cells) => Array.from(cells[column] ?? '').length)),
  )
  return lines.map((cells) =>
    cells
      .map((cell, at) => pad(cell, widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - Array.from(text).length))
}
