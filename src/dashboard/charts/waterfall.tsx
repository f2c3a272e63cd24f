import * as Plot from '@observablehq/plot'
import { useCallback } from 'preact/hooks'
import { share } from '../format.ts'
import type { Explanation } from '../types.ts'
import { Chart } from './plot.tsx'
import { termsOf, type Term } from './terms.ts'

/** From 1 down to the score, a bar for what each factor leaves. */
export function Waterfall({ explanation }: { readonly explanation: Explanation }) {
  const terms = termsOf(explanation)
  const options = useCallback(
    (width: number): Plot.PlotOptions => ({
      height: 40 + 46 * terms.length,
      marginLeft: width < 420 ? 76 : 96,
      marginRight: 44,
      x: { domain: [0, 1], label: 'what is left', grid: true, ticks: 5 },
      y: { domain: terms.map(({ name }) => name), label: null, tickSize: 0 },
      marks: [
        Plot.barX(terms, { y: 'name', x1: 0, x2: 'left', fill: 'var(--color-trust-high)' }),
        Plot.barX(terms, {
          y: 'name',
          x1: 'left',
          x2: (term: Term) => term.left / (term.factor || 1),
          fill: 'var(--color-trust-low)',
          fillOpacity: 0.28,
          stroke: 'var(--color-trust-low)',
          strokeDasharray: '3 3',
        }),
        Plot.text(terms, {
          y: 'name',
          x: 'left',
          text: (term: Term) => `× ${share(term.factor)}`,
          textAnchor: 'start',
          dx: 5,
          fill: 'var(--color-text)',
        }),
      ],
    }),
    [JSON.stringify(terms)],
  )
  if (terms.length === 0) return <p class="muted">There is no score to take apart.</p>
  const product = terms.map(({ factor }) => share(factor, 3)).join(' × ')
  return (
    <Chart
      label="The score taken apart"
      caption={`${product} = ${share(explanation.score.score, 3)}: what each factor leaves of 1.`}
      options={options}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">Factor</th>
            <th scope="col" class="number">
              Times
            </th>
            <th scope="col" class="number">
              Leaves
            </th>
            <th scope="col">Because</th>
          </tr>
        </thead>
        <tbody>
          {terms.map((term) => (
            <tr key={term.name}>
              <th scope="row">{term.name}</th>
              <td class="number">{share(term.factor, 3)}</td>
              <td class="number">{share(term.left, 3)}</td>
              <td>{term.why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Chart>
  )
}
