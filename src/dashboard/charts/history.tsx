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
