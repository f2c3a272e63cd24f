/**
 * Rounding as the reference does it: to the nearest, and a tie to the even neighbour, judged on the
 * exact binary value. Specification: docs/spec/pdr.md, P1.
 */

/** To four decimals: what every printed score is rounded to. */
export function round4(value: number): number {
  return Number(fixed(value, 4))
}

/** To two decimals, as text: what the sentences about drift show. */
export function fixed2(value: number): string {
  return fixed(value, 2)
}

/**
 * `toFixed` is exact but for ties, where it goes away from zero. A double lies half-way between two
 * numbers of `digits` decimals only when it is an odd multiple of 1 / 2^(digits + 1).
 */
function fixed(value: number, digits: number): string {
  const parts = value * 2 ** (digits + 1)
  if (!Number.isSafeInteger(parts) || parts % 2 === 0) return value.toFixed(digits)
  const scale = 10 ** digits
  // Exact: an odd multiple of 1/2.
  const below = Math.floor((parts * 5 ** digits) / 2)
  return ((below % 2 === 0 ? below : below + 1) / scale).toFixed(digits)
}
