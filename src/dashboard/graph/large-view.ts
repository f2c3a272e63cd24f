/**
 * Many agents at once, on WebGL: one drawing that takes each new graph, so that who was there stays
 * where it is and the reader's place in it is kept.
 */
import Graphology from 'graphology'
import forceAtlas2 from 'graphology-layout-forceatlas2'
import { Sigma } from 'sigma'
import { EdgeLineProgram } from 'sigma/rendering'
import { shortDid } from '../format.ts'
import type { Graph } from '../types.ts'
import { ringsOf } from './rings.ts'

/** The layout takes one step a frame, so that the page answers meanwhile. */
const LAYOUT_STEPS = 60
/** From so many agents on, forces of far ones are taken together (Barnes and Hut). */
const APPROXIMATE_FROM_COUNT = 500

/** What stands in the middle until the graph is there. */
const WAITING = ['waiting', 'waiting too'] as const

export interface LargeView {
  /** Shows a graph in place of the one before. */
  readonly show: (graph: Graph) => void
  readonly end: () => void
}

/**
 * Makes the drawing and draws it once. The browser translates the drawing's programs at their first
 * use, which takes longer than to draw thousands of agents: made while the graph is being read, the
 * drawing is ready when the graph is.
 *
 * @throws {Error} if this browser has no WebGL.
 */
export function openLargeView(element: HTMLElement, choose: (did: string) => void): LargeView {
  const colors = colorsOf(element)
  const drawn = new Graphology({ multi: true, type: 'directed' })
  for (const [at, name] of WAITING.entries()) {
    drawn.addNode(name, { x: at, y: at, size: 1, label: '', color: colors.surface })
  }
  drawn.addEdge(...WAITING, { color: colors.surface })
  const sigma = new Sigma(drawn, element, {
    defaultEdgeType: 'line',
    edgeProgramClasses: { line: EdgeLineProgram },
    hideEdgesOnMove: true,
    hideLabelsOnMove: true,
    labelColor: { color: colors.text },
  })
  sigma.on('clickNode', ({ node }) => {
    choose(node)
  })
  const mayMove = !matchMedia('(prefers-reduced-motion: reduce)').matches
  let request = 0

  const settle = (): void => {
    const settings = {
      ...forceAtlas2.inferSettings(drawn),
      barnesHutOptimize: drawn.order >= APPROXIMATE_FROM_COUNT,
    }
    let left = LAYOUT_STEPS
    const step = (): void => {
      forceAtlas2.assign(drawn, { iterations: 1, settings })
      left -= 1
      if (left > 0) request = requestAnimationFrame(step)
    }
    // The first frame is the graph as it came.
    request = requestAnimationFrame(() => {
      request = requestAnimationFrame(step)
    })
  }

  return {
    show: (graph) => {
      cancelAnimationFrame(request)
      const isNew = replace(drawn, graph, colors)
      if (mayMove && isNew) settle()
    },
    end: () => {
      cancelAnimationFrame(request)
      sigma.kill()
    },
  }
}

/** @returns whether agents came or went. */
function replace(drawn: Graphology, graph: Graph, colors: Colors): boolean {
  const nodes = new Map(graph.nodes.map((node) => [node.did, node]))
  const gone = drawn.filterNodes((did) => !nodes.has(did))
  for (const did of gone) drawn.dropNode(did)
  drawn.clearEdges()
  let isNew = gone.length > 0
  for (const { did, x, y, hop } of ringsOf(graph).placed) {
    const node = nodes.get(did)
    const looks = {
      size: hop === 0 ? 10 : hop === 1 ? 6 : 4,
      label: node?.isMe === true ? 'you' : (node?.name ?? shortDid(did)),
      color: hop === 0 ? colors.me : colorOf(node?.score ?? null, colors),
    }
    if (drawn.hasNode(did)) {
      drawn.mergeNodeAttributes(did, looks)
    } else {
      drawn.addNode(did, { x, y: -y, ...looks })
      isNew = true
    }
  }
  for (const { from, to, level } of graph.edges) {
    if (!drawn.hasNode(from) || !drawn.hasNode(to)) continue
    drawn.addEdge(from, to, { size: 0.5 + level, color: colors.line })
  }
  return isNew
}

function colorOf(score: number | null, colors: Colors): string {
  if (score === null) return colors.unknown
  return score >= 0.5 ? colors.high : colors.low
}

type Colors = ReturnType<typeof colorsOf>

/**
 * The style's colours as WebGL takes them: what the browser makes of their text. Each is asked once,
 * since the browser has to settle the style of the page for an answer.
 */
function colorsOf(element: HTMLElement) {
  const styles = getComputedStyle(document.documentElement)
  const color = (name: string): string => {
    element.style.color = styles.getPropertyValue(name).trim()
    const made = getComputedStyle(element).color
    element.style.color = ''
    return made
  }
  return {
    me: color('--color-text'),
    unknown: color('--color-trust-unknown'),
    high: color('--color-trust-high'),
    low: color('--color-trust-low'),
    line: color('--color-line'),
    text: color('--color-text'),
    surface: color('--color-surface'),
  }
}
