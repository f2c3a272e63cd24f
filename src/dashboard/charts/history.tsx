import * as Plot from '@observablehq/plot'
import { useCallback } from 'preact/hooks'
import { counted, share } from '../format.ts'
import type { History } from '../types.ts'
import { withGaps } from './gaps.ts'
import { Chart } from './plot.tsx'

type Point = History['points'][number]

const dayOf = (point: Point | undefined): Date => new Date(point?.day ?? Number.NaN)

/** Promises kept over time: the latest twenty outcomes against all, dots for days, marks for drift. */
export function HistoryChart({ history }: { readonly history: History }) {
  const { points, events } = history
  const options = useCallback((): Plot.PlotOptions => {
    const line = withGaps(points)
    const marks = events.filter(({ severity }) => severity !== 'none')
    return {
      height: 260,
      x: { type: 'utc', label: null },
      y: { domain: [0, 1], label: 'promises kept', grid: true, ticks: 5 },
      marks: [
        Plot.ruleY([0]),
        Plot.ruleX(marks, {
          x: (event: History['events'][number]) => new Date(event.day),
          stroke: 'var(--color-warn)',
          strokeDasharray: '4 3',
        }),
        Plot.text(marks, {
          x: (event: History['events'][number]) => new Date(event.day),
          y: 1,
          dy: -6,
          text: (event: History['events'][number]) => (event.direction === 'down' ? '▼' : '▲'),
          fill: 'var(--color-warn)',
        }),
        Plot.dot(points, {
          x: dayOf,
          y: 'mean',
          r: (point: Point) => Math.min(6, 2 + Math.sqrt(point.outcomes)),
          stroke: 'var(--color-muted)',
          fill: 'var(--color-surface)',
        }),
        Plot.lineY(line, {
          x: dayOf,
          y: (point: Point | undefined) => point?.cumulative ?? Number.NaN,
          stroke: 'var(--color-trust-mid)',
          strokeWidth: 2,
          strokeDasharray: '6 3',
        }),
        Plot.lineY(line, {
          x: dayOf,
          y: (point: Point | undefined) => point?.windowed ?? Number.NaN,
          stroke: 'var(--color-trust-high)',
          strokeWidth: 2.5,
        }),
      ],
    }
  }, [JSON.stringify(history)])
  if (points.length === 0) {
    return <p class="muted">No outcome of the last 90 days counts from where you stand.</p>
  }
  const last = points.at(-1)
  const drifts = events.filter(({ severity }) => severity !== 'none').length
  return (
    <Chart
      label="Promises kept over time"
      caption={`Solid: the latest 20 outcomes, now ${share(last?.windowed)}; dashed: all, now ${share(last?.cumulative)}; dots: days. ${drifts === 0 ? 'No drift.' : `${counted(drifts, 'drift mark')}.`}`}
      options={options}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col" class="number">
              Outcomes
            </th>
            <th scope="col" class="number">
              That day
            </th>
            <th scope="col" class="number">
              Latest 20
            </th>
            <th scope="col" class="number">
              All
            </th>
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <tr key={point.day}>
              <th scope="row">{point.day}</th>
              <td class="number">{point.outcomes}</td>
              <td class="number">{share(point.mean)}</td>
              <td class="number">{share(point.windowed)}</td>
              <td class="number">{share(point.cumulative)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Chart>
  )
}

const COMPONENTS = [
  ['calibration', 'var(--color-trust-high)', 'none', 'circle'],
  ['adaptation', 'var(--color-trust-mid)', '6 3', 'square'],
  ['robustness', 'var(--color-trust-low)', '2 3', 'triangle'],
] as const

type Sampled = Point & { readonly components: NonNullable<Point['components']> }

/** The three components that reliability is made of, with the outcomes up to each day. */
export function ComponentsChart({ history }: { readonly history: History }) {
  const points = history.points.filter((point): point is Sampled => point.components !== null)
  const options = useCallback((): Plot.PlotOptions => {
    const line = withGaps(points)
    const last = points.at(-1)
    return {
      height: 240,
      marginRight: 84,
      x: { type: 'utc', label: null },
      y: { domain: [0, 1], label: 'component', grid: true, ticks: 5 },
      marks: [
        Plot.ruleY([0.5], { stroke: 'var(--color-muted)', strokeDasharray: '1 4' }),
        ...COMPONENTS.flatMap(([name, stroke, strokeDasharray, symbol]) => [
          Plot.lineY(line, {
            x: (point: Sampled | undefined) => dayOf(point),
            y: (point: Sampled | undefined) => point?.components[name] ?? Number.NaN,
            stroke,
            strokeWidth: 2,
            strokeDasharray,
          }),
          Plot.dot(points, {
            x: (point: Sampled) => dayOf(point),
            y: (point: Sampled) => point.components[name],
            r: 2.5,
            symbol,
            fill: stroke,
          }),
        ]),
        Plot.text(last === undefined ? [] : spread(last), {
          x: ({ day }: Label) => day,
          y: 'y',
          dx: 8,
          textAnchor: 'start',
          text: 'name',
          fill: 'var(--color-text)',
        }),
      ],
    }
  }, [JSON.stringify(points)])
  const now = points.at(-1)?.components
  if (now === undefined) return null
  return (
    <Chart
      label="The components over time"
      caption={`Calibration (solid) ${share(now.calibration)}, adaptation (dashed) ${share(now.adaptation)}, robustness (dotted) ${share(now.robustness)}; 0.50 is what is usual.`}
      options={options}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">Day</th>
            {COMPONENTS.map(([name]) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map(({ day, components }) => (
            <tr key={day}>
              <th scope="row">{day}</th>
              {COMPONENTS.map(([name]) => (
                <td key={name} class="number">
                  {share(components[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Chart>
  )
}

interface Label {
  readonly day: Date
  readonly name: string
  readonly y: number
}

/** Labels beside the last points, far enough from each other to be read. */
function spread(last: Sampled): readonly Label[] {
  const least = 0.08
  let above = Number.POSITIVE_INFINITY
  return COMPONENTS.map(([name]) => ({ name, y: last.components[name] }))
    .toSorted((a, b) => b.y - a.y)
    .map(({ name, y }) => {
      above = Math.min(y, above - least)
      return { day: dayOf(last), name, y: Math.max(0, above) }
    })
}
