/**
 * A chart of Observable Plot with what a reader without eyes needs: a sentence that says what is to be
 * seen, and the numbers as a table. This module is in a chunk of its own.
 */
import * as Plot from '@observablehq/plot'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

export interface ChartProps {
  /** What is to be seen, in a sentence. */
  readonly caption: string
  /** A short name. */
  readonly label: string
  readonly options: (width: number) => Plot.PlotOptions
  /** The same numbers as a table. */
  readonly children: ComponentChildren
}

const LEAST_WIDTH = 260

export function Chart({ caption, label, options, children }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = frame.current
    if (element === null) return undefined
    const draw = () => {
      const width = Math.max(LEAST_WIDTH, element.clientWidth)
      const chart = Plot.plot({ className: 'plot', width, ...options(width) })
      // Plot brings a style sheet of its own, which the page's policy refuses; base.css has it.
      for (const style of chart.querySelectorAll('style')) style.remove()
      // The parts of a picture are none for ears: the picture has one name, and the table the numbers.
      for (const part of chart.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label')
      chart.setAttribute('role', 'img')
      chart.setAttribute('aria-label', `${label}. ${caption}`)
      element.replaceChildren(chart)
    }
    draw()
    const watch = new ResizeObserver(draw)
    watch.observe(element)
    return () => {
      watch.disconnect()
    }
  }, [options, caption, label])
  return (
    <figure>
      <figcaption>{caption}</figcaption>
      <div ref={frame} class="chart" />
      <details>
        <summary>The numbers</summary>
        {children}
      </details>
    </figure>
  )
}
