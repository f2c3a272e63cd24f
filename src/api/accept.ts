/** What a caller takes, by its Accept header. Source: RFC 9110, section 12.5.1. */

/** Ranges that are looked at; who lists more does not choose. */
const RANGES_LIMIT = 32

export interface MediaRange {
  /** In lower case: `application/json`, or with `*` for any. */
  readonly type: string
  readonly profile: string | undefined
  /** In [0, 1]; 0: not wanted. */
  readonly quality: number
}

const RANGE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(;.*)?$/
const QUALITY = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/

/** The ranges of a header, best first; those that cannot be read are left out. */
export function mediaRanges(header: string): readonly MediaRange[] {
  return splitOutsideQuotes(header, ',')
    .slice(0, RANGES_LIMIT)
    .flatMap((text) => parseRange(text.trim()) ?? [])
    .toSorted((a, b) => b.quality - a.quality)
}

function parseRange(text: string): MediaRange | undefined {
  const [, type, rest = ''] = RANGE.exec(text) ?? []
  if (type === undefined) return undefined
  let quality = 1
  let profile: string | undefined
  for (const parameter of splitOutsideQuotes(rest, ';')) {
    const [name = '', ...value] = parameter.split('=')
    const plain = value
      .join('=')
      .trim()
      .replace(/^"(.*)"$/, '$1')
    switch (name.trim().toLowerCase()) {
      case 'q':
        if (!QUALITY.test(plain)) return undefined
        quality = Number(plain)
        break
      case 'profile':
        profile = plain
        break
      default: // charset and others make no difference here
    }
  }
  return { type: type.toLowerCase(), profile, quality }
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = []
  let isQuoted = false
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '"') isQuoted = !isQuoted
    else if (char === '\\' && isQuoted) at++
    else if (char === separator && !isQuoted) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  parts.push(text.slice(from))
  return parts
}
