/** A line over days, broken where nothing was seen for long. */

const DAY_MS = 86_400_000
/** A silence of more days than this is shown as one. */
export const GAP_DAYS = 14

export interface Day {
  readonly day: string
}

/** The same points with `undefined` for each long silence, where a line ends and begins anew. */
export function withGaps<Point extends Day>(points: readonly Point[]): (Point | undefined)[] {
  return points.flatMap((point, at) => {
    const before = points[at - 1]
    if (before === undefined) return [point]
    const days = (Date.parse(point.day) - Date.parse(before.day)) / DAY_MS
    return days > GAP_DAYS ? [undefined, point] : [point]
  })
}
