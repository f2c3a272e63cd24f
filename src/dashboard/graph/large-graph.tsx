/** Everybody at once. In a chunk of its own, loaded when it is asked for. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Graph } from '../types.ts'
import { openLargeView, type LargeView } from './large-view.ts'

/** @param graph  undefined while it is being read; the drawing is made meanwhile. */
export function LargeGraph({
  graph,
  choose,
}: {
  readonly graph: Graph | undefined
  readonly choose: (did: string) => void
}) {
  const frame = useRef<HTMLDivElement>(null)
  const chosen = useRef(choose)
  chosen.current = choose
  const [view, setView] = useState<LargeView | 'none' | undefined>(undefined)
  useEffect(() => {
    if (frame.current === null) return undefined
    try {
      const opened = openLargeView(frame.current, (did) => {
        chosen.current(did)
      })
      setView(opened)
      return opened.end
    } catch {
      setView('none')
      return undefined
    }
  }, [])
  useLayoutEffect(() => {
    if (graph !== undefined && typeof view === 'object') view.show(graph)
  }, [graph, view])
  return view === 'none' ? (
    <p class="notice">This browser has no WebGL. The rings and the table show the same agents.</p>
  ) : (
    <div
      ref={frame}
      class="large-graph"
      role="img"
      aria-busy={graph === undefined}
      aria-label={
        graph === undefined
          ? 'Loading the graph'
          : `${graph.nodes.length} agents; the table lists them`
      }
    />
  )
}
