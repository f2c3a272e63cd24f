import * as Plot from '@observablehq/plot'
import { useCallback } from 'preact/hooks'
import { share } from '../format.ts'
import type { LabReport } from '../types.ts'
import { Chart } from './plot.tsx'

interface Mark {
  readonly step: string
  readonly value: number
  readonly what: 'here' | '0.8^hops'
}

/** One agent over the steps of an attack: my score, its assured bound, and 0.8^hops on the same records. */
export function LabChart({
  report,
  agent,
}: {
  readonly report: LabReport
  readonly agent: string
}) {
  const rows = report.steps.flatMap(({ label, readings }) => {
    const reading = readings.find((one) => one.agent === agent)
    return reading === undefined ? [] : [{ label, ...reading }]
  })
  const options = useCallback((): Plot.PlotOptions => {
    const marks = rows.flatMap(({ label, score, reference }): Mark[] => [
      ...(score === null ? [] : [{ step: label, value: score, what: 'here' as const }]),
      { step: label, value: reference, what: '0.8^hops' },
    ])
    return {
      height: 240,
      marginBottom: 48,
      x: {
        type: 'point',
        domain: rows.map(({ label }) => label),
        label: null,
        tickRotate: rows.length > 5 ? -20 : 0,
      },
      y: { domain: [0, 1], label: 'score', grid: true, ticks: 5 },
      marks: [
        Plot.ruleY([0]),
        Plot.lineY(
          marks.filter(({ what }) => what === '0.8^hops'),
          {
            x: 'step',
            y: 'value',
            stroke: 'var(--color-trust-low)',
            strokeWidth: 2,
            strokeDasharray: '6 3',
          },
        ),
        Plot.dot(
          marks.filter(({ what }) => what === '0.8^hops'),
          {
            x: 'step',
            y: 'value',
            symbol: 'square',
            r: 4,
            fill: 'var(--color-trust-low)',
          },
        ),
        Plot.lineY(
          marks.filter(({ what }) => what === 'here'),
          {
            x: 'step',
            y: 'value',
            stroke: 'var(--color-trust-high)',
            strokeWidth: 2.5,
          },
        ),
        Plot.dot(
          marks.filter(({ what }) => what === 'here'),
          {
            x: 'step',
            y: 'value',
            r: 5,
            fill: 'var(--color-trust-high)',
          },
        ),
      ],
    }
  }, [JSON.stringify(rows)])
  const last = rows.at(-1)
  return (
    <Chart
      label={`${agent} under attack`}
      caption={`${agent}. Solid with dots: the score here, at the end ${share(last?.score)}; dashed with squares: 0.8^hops, at the end ${share(last?.reference)}. No dot: unknown.`}
      options={options}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">State</th>
            <th scope="col" class="number">
              Score here
            </th>
            <th scope="col" class="number">
              Assured
            </th>
            <th scope="col" class="number">
              0.8^hops
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label}>
              <th scope="row">{row.label}</th>
              <td>{row.state}</td>
              <td class="number">{share(row.score, 3)}</td>
              <td class="number">{share(row.assured, 3)}</td>
              <td class="number">{share(row.reference, 3)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Chart>
  )
}
