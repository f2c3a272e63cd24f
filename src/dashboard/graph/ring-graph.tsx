import { useMemo, useRef, useState } from 'preact/hooks'
import { share, shortDid } from '../format.ts'
import { colorOf } from '../parts/values.tsx'
import type { Graph } from '../types.ts'
import { ringsOf, type Placed } from './rings.ts'

type Node = Graph['nodes'][number]

/** Above this many agents only the near ones and the chosen one carry a name. */
const NAMED_LIMIT_COUNT = 60
const NAME_LIMIT_CHARS = 16
/** From the middle of an agent to its name. */
const LABEL_DISTANCE = 18
/** How far to the side an agent stands, of 1, from which its name begins or ends beside it. */
const SIDE_SHARE = 0.35

const DASHES = { live: undefined, expired: '6 4', revoked: '2 4' } as const

export function RingGraph({
  graph,
  chosen,
  choose,
}: {
  readonly graph: Graph
  readonly chosen: string | undefined
  readonly choose: (did: string) => void
}) {
  const rings = useMemo(() => ringsOf(graph), [graph])
  const nodes = useMemo(() => new Map(graph.nodes.map((node) => [node.did, node])), [graph])
  const places = useMemo(() => new Map(rings.placed.map((at) => [at.did, at])), [rings])
  const frame = useRef<SVGSVGElement>(null)
  const [focused, setFocused] = useState<string>(graph.viewer)
  const active = places.has(focused) ? focused : graph.viewer
  const { radius } = rings
  const hops = [...new Set(rings.placed.map(({ hop }) => hop))].filter((hop) => hop > 0)

  const move = (event: KeyboardEvent) => {
    const next = neighbourOf(active, event.key, rings.placed)
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      choose(active)
    } else if (next !== undefined) {
      event.preventDefault()
      setFocused(next)
      frame.current?.querySelector<SVGGElement>(`[data-did="${next}"]`)?.focus()
    }
  }

  return (
    <svg
      ref={frame}
      class="rings"
      viewBox={`${-radius} ${-radius} ${2 * radius} ${2 * radius}`}
      onKeyDown={move}
    >
      <g aria-hidden="true">
        {hops.map((hop) => (
          <circle key={hop} r={hop * rings.ring} class="ring" />
        ))}
        {graph.edges.map((edge, at) => {
          const [from, to] = [places.get(edge.from), places.get(edge.to)]
          if (from === undefined || to === undefined) return null
          const isNear = chosen !== undefined && (edge.from === chosen || edge.to === chosen)
          return (
            <line
              key={at}
              x1={from.x}
              y1={from.y}
              x2={to.x}
              y2={to.y}
              class={`edge ${edge.state}${isNear ? ' near' : ''}`}
              stroke-width={1 + 3 * edge.level}
              stroke-dasharray={DASHES[edge.state]}
            />
          )
        })}
      </g>
      <g role="tree" aria-label="Agents by distance from you; arrow keys move, Enter opens">
        {rings.placed.map((at) => {
          const node = nodes.get(at.did)
          return node === undefined ? null : (
            <Agent
              key={at.did}
              node={node}
              at={at}
              isActive={at.did === active}
              isChosen={at.did === chosen}
              isNamed={rings.placed.length <= NAMED_LIMIT_COUNT || at.hop <= 1 || at.did === chosen}
              choose={() => {
                setFocused(at.did)
                choose(at.did)
              }}
            />
          )
        })}
      </g>
    </svg>
  )
}

function Agent({
  node,
  at,
  isActive,
  isChosen,
  isNamed,
  choose,
}: {
  readonly node: Node
  readonly at: Placed
  readonly isActive: boolean
  readonly isChosen: boolean
  readonly isNamed: boolean
  readonly choose: () => void
}) {
  const name = node.isMe ? 'you' : (node.name ?? shortDid(node.did).replace('did:aip:', ''))
  const score = node.score === null ? 'score unknown' : `score ${share(node.score)}`
  return (
    <g
      role="treeitem"
      aria-level={at.hop + 1}
      aria-selected={isChosen}
      aria-label={`${name}, ${node.state}, ${node.isMe ? 'you' : score}, ${node.did}`}
      tabindex={isActive ? 0 : -1}
      data-did={node.did}
      class={isChosen ? 'agent chosen' : 'agent'}
      transform={`translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})`}
      onClick={choose}
    >
      <circle r="16" class="hit" />
      <Mark node={node} />
      {isNamed && (
        <text {...labelPlace(at)}>
          {name.length > NAME_LIMIT_CHARS ? `${name.slice(0, NAME_LIMIT_CHARS)}…` : name}
        </text>
      )}
      <title>{`${name}: ${score}`}</title>
    </g>
  )
}

/** Outside the ring, away from the middle, where neighbours on the ring leave room for it. */
function labelPlace({ x, y, hop }: Placed): {
  readonly x: number
  readonly y: number
  readonly 'text-anchor': 'start' | 'middle' | 'end'
} {
  const length = Math.hypot(x, y)
  const [right, down] = hop === 0 || length === 0 ? [0, 1] : [x / length, y / length]
  const anchor = right > SIDE_SHARE ? 'start' : right < -SIDE_SHARE ? 'end' : 'middle'
  const isBeside = anchor !== 'middle'
  return {
    x: right * LABEL_DISTANCE,
    y: down * (isBeside ? LABEL_DISTANCE : LABEL_DISTANCE + 6) + 4,
    'text-anchor': anchor,
  }
}

/** A shape for each state, so that colour says nothing alone. */
function Mark({ node }: { readonly node: Node }) {
  const fill = colorOf(node.score)
  if (node.isMe) return <path d="M0-11 11 0 0 11-11 0z" class="mark" fill="var(--color-accent)" />
  switch (node.state) {
    case 'known':
      return <circle r="9" class="mark" fill={fill} />
    case 'thin':
      return (
        <>
          <circle r="9" class="mark" fill="var(--color-surface)" />
          <path d="M0-9a9 9 0 0 0 0 18z" fill={fill} />
        </>
      )
    case 'unknown':
      return <circle r="9" class="mark unknown" fill="var(--color-surface)" />
    case 'distrusted':
      return <path d="M-8-8 8 8M8-8-8 8" class="mark cross" />
  }
}

/** Left and right go round a ring, up towards me, down away from me. */
export function neighbourOf(
  did: string,
  key: string,
  placed: readonly Placed[],
): string | undefined {
  const here = placed.find((one) => one.did === did)
  if (here === undefined) return undefined
  const ring = placed
    .filter(({ hop }) => hop === here.hop)
    .toSorted((a, b) => Math.atan2(a.y, a.x) - Math.atan2(b.y, b.x))
  const at = ring.indexOf(here)
  switch (key) {
    case 'ArrowRight':
      return ring[(at + 1) % ring.length]?.did
    case 'ArrowLeft':
      return ring[(at - 1 + ring.length) % ring.length]?.did
    case 'ArrowUp':
      return here.parent
    case 'ArrowDown':
      return (
        placed.find(({ parent }) => parent === did) ??
        placed.find(({ hop }) => hop === here.hop + 1)
      )?.did
    case 'Home':
      return placed[0]?.did
    default:
      return undefined
  }
}
