import { useEffect, useRef, useState } from 'preact/hooks'
import { at, get } from '../api.ts'
import { share } from '../format.ts'
import type { History } from '../types.ts'

const DAYS = 28
const DAY_MS = 86_400_000
const WIDTH = 84
const HEIGHT = 22
/** Asked for at a time, however many rows there are. */
const ASKED_LIMIT_COUNT = 4
/** Kept until the page is left. */
const KEPT_LIMIT_COUNT = 500

const waiting: (() => void)[] = []
const kept = new Map<string, Promise<History>>()
let asked = 0

async function turn<T>(work: () => Promise<T>): Promise<T> {
  if (asked >= ASKED_LIMIT_COUNT) {
    await new Promise<void>((next) => {
      waiting.push(next)
    })
  }
  asked++
  try {
    return await work()
  } finally {
    asked--
    waiting.shift()?.()
  }
}

async function historyOf(did: string, scope: string, seen: string): Promise<History> {
  const key = `${did} ${scope} ${seen}`
  let found = kept.get(key)
  if (found === undefined) {
    if (kept.size >= KEPT_LIMIT_COUNT) kept.clear()
    found = turn(async () =>
      get<History>(at('/v1/agents/{did}/pdr', { did }), { scope, days: DAYS }),
    )
    kept.set(key, found)
    found.catch(() => kept.delete(key))
  }
  return found
}

/** Promises kept in the last 28 days, as the latest twenty outcomes of each day; read when it is scrolled into view. */
export function Sparkline({
  did,
  scope,
  seen,
}: {
  readonly did: string
  readonly scope: string
  /** When the latest outcome was seen: with another one it is read again. */
  readonly seen: string | null
}) {
  const frame = useRef<HTMLSpanElement>(null)
  const [history, setHistory] = useState<History | undefined>(undefined)
  useEffect(() => {
    const element = frame.current
    if (element === null || seen === null) return undefined
    let isHere = true
    const watch = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return
      watch.disconnect()
      historyOf(did, scope, seen).then(
        (found) => {
          if (isHere) setHistory(found)
        },
        // A row without its line is still a row.
        () => {},
      )
    })
    watch.observe(element)
    return () => {
      isHere = false
      watch.disconnect()
    }
  }, [did, scope, seen])
  return (
    <span ref={frame} class="sparkline">
      <Line points={seen === null ? [] : history?.points} />
    </span>
  )
}

function Line({ points }: { readonly points: History['points'] | undefined }) {
  if (points === undefined) return <span class="muted">…</span>
  const last = points.at(-1)
  if (last === undefined) {
    return (
      <span class="muted">
        <span aria-hidden="true">–</span>
        <span class="visually-hidden">nothing in the last 28 days</span>
      </span>
    )
  }
  const now = Date.now()
  const placed = points.map(({ day, windowed }) => {
    const ago = (now - Date.parse(day)) / DAY_MS
    return [Math.max(2, WIDTH - 3 - (ago / DAYS) * (WIDTH - 5)), 2 + (1 - windowed) * (HEIGHT - 4)]
  })
  const path = placed.map(
    ([x = 0, y = 0], place) => `${place === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`,
  )
  const [endX = 0, endY = 0] = placed.at(-1) ?? []
  const first = points[0]?.windowed ?? last.windowed
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={`promises kept in 28 days: from ${share(first)} to ${share(last.windowed)}`}
    >
      <path d={path.join('')} fill="none" stroke="var(--color-trust-high)" stroke-width="1.5" />
      <circle cx={endX.toFixed(1)} cy={endY.toFixed(1)} r="2.2" fill="var(--color-trust-high)" />
    </svg>
  )
}
