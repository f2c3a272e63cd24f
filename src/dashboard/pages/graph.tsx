import { lazy, Suspense } from 'preact/compat'
import { useMemo } from 'preact/hooks'
import { Link, useSearchParams } from 'wouter-preact'
import { get } from '../api.ts'
import { count, counted, share } from '../format.ts'
import { RingGraph } from '../graph/ring-graph.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Empty, Loading, Shown } from '../parts/states.tsx'
import { AgentLink, RecordLink, ScoreBar, StateBadge, When } from '../parts/values.tsx'
import { useResource } from '../resource.ts'
import { toAgent, toCompare } from '../routes.ts'
import type { Graph as GraphData } from '../types.ts'

const LargeGraph = lazy(() => import('../graph/large-graph.tsx').then((view) => view.LargeGraph))

const VIEWS = [
  ['rings', 'Rings'],
  ['table', 'As a table'],
  ['all', 'Everything'],
] as const
type View = (typeof VIEWS)[number][0]

const RING_LIMIT_COUNT = 300
const LARGE_LIMIT_COUNT = 2_000
const DAY_MS = 86_400_000
const PAST_DAYS = 366

/** What does trust look like from where I stand? */
export function Graph() {
  const [search, setSearch] = useSearchParams()
  const view: View = VIEWS.find(([name]) => name === search.get('view'))?.[0] ?? 'rings'
  const depth = search.get('depth') ?? '3'
  const days = Math.min(PAST_DAYS, Math.max(0, Number(search.get('ago') ?? 0) || 0))
  const chosen = search.get('agent') ?? undefined
  const limit = view === 'all' ? LARGE_LIMIT_COUNT : RING_LIMIT_COUNT
  const at = useMemo(
    () => (days === 0 ? undefined : new Date(Date.now() - days * DAY_MS).toISOString()),
    [days],
  )
  const set = (name: string, value: string) => {
    setSearch(
      (before) => {
        const next = new URLSearchParams(before)
        if (value === '') next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: true },
    )
  }
  const graph = useResource(
    `graph ${depth} ${limit} ${at ?? ''}`,
    (signal) => get<GraphData>('/v1/graph', { depth, limit, at }, signal),
    ['record.', 'identity.', 'score.'],
  )
  const choose = (did: string) => {
    set('agent', did)
  }
  const unchoose = () => {
    set('agent', '')
  }
  return (
    <>
      <PageHead title="Graph">
        <p class="muted">You are in the middle; each ring is one step of vouches further away.</p>
      </PageHead>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault()
        }}
      >
        <div class="row" role="group" aria-label="View">
          {VIEWS.map(([name, words]) => (
            <button
              key={name}
              type="button"
              aria-pressed={view === name}
              onClick={() => {
                set('view', name === 'rings' ? '' : name)
              }}
            >
              {words}
            </button>
          ))}
        </div>
        <label class="field">
          <span>Steps</span>
          <select
            value={depth}
            onChange={(event) => {
              set('depth', event.currentTarget.value)
            }}
          >
            {['1', '2', '3', '4', '5', '6'].map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{days === 0 ? 'As of now' : `As of ${counted(days, 'day')} ago`}</span>
          <input
            type="range"
            min="0"
            max={PAST_DAYS}
            value={days}
            onChange={(event) => {
              set('ago', event.currentTarget.value === '0' ? '' : event.currentTarget.value)
            }}
          />
        </label>
      </form>
      {view === 'all' && graph.error === undefined && !isLonely(graph.data) ? (
        <>
          <Counts graph={graph.data} />
          <div class="graph-frame">
            <Suspense fallback={<Loading what="the large view" />}>
              <LargeGraph graph={graph.data} choose={choose} />
            </Suspense>
            {graph.data !== undefined && (
              <Drawer graph={graph.data} did={chosen} close={unchoose} />
            )}
          </div>
          <LargeLegend />
        </>
      ) : (
        <Shown of={graph} what="the graph">
          {(found) =>
            isLonely(found) ? (
              <Lonely title={days === 0 ? 'You trust nobody yet.' : 'You trusted nobody then.'} />
            ) : (
              <>
                <Counts graph={found} />
                {view === 'table' ? (
                  <EdgeTable graph={found} />
                ) : (
                  <div class="graph-frame">
                    <RingGraph graph={found} chosen={chosen} choose={choose} />
                    <Drawer graph={found} did={chosen} close={unchoose} />
                  </div>
                )}
                <Legend />
              </>
            )
          }
        </Shown>
      )}
    </>
  )
}

function isLonely(graph: GraphData | undefined): boolean {
  return graph !== undefined && graph.nodes.length <= 1
}

function Lonely({ title }: { readonly title: string }) {
  return (
    <Empty title={title}>
      <p>
        The graph begins with your first vouch: <code>aip-node vouch did:aip:… --level 0.8</code>,
        or on the page of an <Link href="/agents">agent</Link>.
      </p>
    </Empty>
  )
}

/** @param graph  undefined while it is being read */
function Counts({ graph }: { readonly graph: GraphData | undefined }) {
  return (
    <p class="small muted" role="status">
      {graph === undefined ? (
        'Loading the graph…'
      ) : (
        <>
          {counted(graph.nodes.length - 1, 'agent')}, {counted(graph.edges.length, 'edge')}.
          {graph.left.nodes > 0 &&
            ` ${count(graph.left.nodes)} more are further away and not shown.`}
          {graph.left.edges > 0 && ` ${count(graph.left.edges)} edges are not shown.`}
        </>
      )}
    </p>
  )
}

function LargeLegend() {
  return (
    <p class="small muted">
      The largest is you; those you vouch for are larger than the rest. Blue scores 0.50 or more,
      orange less, grey is unknown. Drag to move, turn the wheel to come nearer, press an agent for
      more about it. The table has the same agents in words.
    </p>
  )
}

function Legend() {
  return (
    <p class="small muted">
      ◆ you · ● known · ◐ thin · ○ unknown · ✖ distrusted. Blue scores high, orange low. Solid edges
      live, dashed ones have expired, dotted ones were revoked; the wider, the stronger.
    </p>
  )
}

function Drawer({
  graph,
  did,
  close,
}: {
  readonly graph: GraphData
  readonly did: string | undefined
  readonly close: () => void
}) {
  const node = graph.nodes.find((one) => one.did === did)
  if (node === undefined) {
    return (
      <aside class="card drawer" aria-label="The chosen agent">
        <p class="muted">Choose an agent to see how you reach it.</p>
      </aside>
    )
  }
  const names = new Map(graph.nodes.map((one) => [one.did, one.isMe ? 'you' : one.name]))
  const reaching = graph.edges.filter(({ to }) => to === node.did)
  return (
    <aside class="card drawer" aria-label="The chosen agent" aria-live="polite">
      <div class="row">
        <h2 class="foreign">
          <AgentLink did={node.did} name={node.name} isMe={node.isMe} copies />
        </h2>
        <button type="button" class="quiet push" aria-label="Close" onClick={close}>
          ✕
        </button>
      </div>
      {!node.isMe && (
        <p class="row">
          <StateBadge state={node.state} /> <ScoreBar value={node.score} assured={node.assured} />
        </p>
      )}
      <h3>{node.isMe ? 'Who vouches for you' : 'Who vouches for it'}</h3>
      {reaching.length === 0 ? (
        <p class="muted">Nobody within these steps.</p>
      ) : (
        <ul class="plain lines">
          {reaching.map((edge) => (
            <li key={`${edge.from} ${edge.vouch ?? edge.via} ${edge.scope}`} class="row">
              <span class="mono">{share(edge.level)}</span>
              <AgentLink did={edge.from} name={names.get(edge.from)} />
              {edge.state !== 'live' && <span class="badge unknown">{edge.state}</span>}
              {edge.vouch !== null && <RecordLink id={edge.vouch} />}
            </li>
          ))}
        </ul>
      )}
      {!node.isMe && (
        <p class="row">
          <Link href={toAgent(node.did)}>Why this score</Link>
          <Link href={toCompare(node.did)}>How you reach it</Link>
        </p>
      )}
    </aside>
  )
}

/** The same graph, for whoever reads rather than looks. */
function EdgeTable({ graph }: { readonly graph: GraphData }) {
  const nodes = new Map(graph.nodes.map((node) => [node.did, node]))
  return (
    <div class="table-frame" tabIndex={0} role="region" aria-label="Edges, scrolls sideways">
      <table>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col" class="number">
              Steps from you
            </th>
            <th scope="col" class="number">
              Level
            </th>
            <th scope="col">State</th>
            <th scope="col">Score of the vouched</th>
            <th scope="col">Since</th>
            <th scope="col">Record</th>
          </tr>
        </thead>
        <tbody>
          {graph.edges.map((edge) => {
            const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)]
            return (
              <tr key={`${edge.from} ${edge.to} ${edge.vouch ?? edge.via} ${edge.scope}`}>
                <td>
                  <AgentLink did={edge.from} name={from?.name} isMe={from?.isMe === true} />
                </td>
                <td>
                  <AgentLink did={edge.to} name={to?.name} isMe={to?.isMe === true} />
                </td>
                <td class="number">{to?.hop}</td>
                <td class="number">{share(edge.level)}</td>
                <td>{edge.via === 'vouch' ? edge.state : edge.via}</td>
                <td>
                  <ScoreBar value={to?.score ?? null} assured={to?.assured ?? null} />
                </td>
                <td>
                  <When at={edge.issuedAt} />
                </td>
                <td>{edge.vouch === null ? '' : <RecordLink id={edge.vouch} />}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
