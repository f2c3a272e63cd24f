/** Many agents at once, on WebGL. In a chunk of its own, loaded when it is asked for. */
import Graphology from 'graphology'
import forceAtlas2 from 'graphology-layout-forceatlas2'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Sigma } from 'sigma'
import { shortDid } from '../format.ts'
import type { Graph } from '../types.ts'
import { ringsOf } from './rings.ts'

/** The layout is worked on in steps between frames, so that the page answers meanwhile. */
const STEP_ITERATIONS = 2
const STEPS = 30

export function LargeGraph({
  graph,
  choose,
}: {
  readonly graph: Graph
  readonly choose: (did: string) => void
}) {
  const frame = useRef<HTMLDivElement>(null)
  const [fault, setFault] = useState<string | null>(null)
  useEffect(() => {
    const element = frame.current
    if (element === null) return undefined
    const colors = getComputedStyle(document.documentElement)
    const color = (name: string): string => probe(colors.getPropertyValue(name).trim(), element)
    const drawn = new Graphology({ multi: true, type: 'directed' })
    for (const { did, x, y, hop } of ringsOf(graph).placed) {
      const node = graph.nodes.find((one) => one.did === did)
      drawn.addNode(did, {
        x,
        y: -y,
        size: hop === 0 ? 10 : hop === 1 ? 6 : 4,
        label: node?.isMe === true ? 'you' : (node?.name ?? shortDid(did)),
        color: color(
          node === undefined || node.score === null
            ? '--color-trust-unknown'
            : node.score >= 0.5
              ? '--color-trust-high'
              : '--color-trust-low',
        ),
      })
    }
    for (const { from, to, level } of graph.edges) {
      if (!drawn.hasNode(from) || !drawn.hasNode(to)) continue
      drawn.addEdge(from, to, { size: 0.5 + level, color: color('--color-line') })
    }
    let sigma: Sigma
    try {
      sigma = new Sigma(drawn, element, {
        settings: { itemSizesReference: 'screen', autoRescale: true },
      })
    } catch {
      setFault('This browser has no WebGL. The rings and the table show the same agents.')
      return undefined
    }
    sigma.on('clickNode', ({ node }) => {
      choose(node)
    })
    let left = STEPS
    let request = 0
    const settings = forceAtlas2.inferSettings(drawn)
    const step = () => {
      forceAtlas2.assign(drawn, { iterations: STEP_ITERATIONS, settings })
      left -= 1
      if (left > 0) request = requestAnimationFrame(step)
    }
    if (!matchMedia('(prefers-reduced-motion: reduce)').matches) {
      request = requestAnimationFrame(step)
    }
    return () => {
      cancelAnimationFrame(request)
      sigma.kill()
    }
  }, [graph])
  return fault === null ? (
    <div
      ref={frame}
      class="large-graph"
      role="img"
      aria-label={`${graph.nodes.length} agents; the table lists them`}
    />
  ) : (
    <p class="notice">{fault}</p>
  )
}

/** A colour as WebGL takes it: what the browser makes of the style's text. */
function probe(text: string, element: HTMLElement): string {
  element.style.color = text
  const made = getComputedStyle(element).color
  element.style.color = ''
  return made
}
