import { lazy, Suspense } from 'preact/compat'
import { Link, useSearchParams } from 'wouter-preact'
import { at, get } from '../api.ts'
import { count, counted, share, shortDid } from '../format.ts'
import { useNames } from '../names.ts'
import { PageHead } from '../parts/page-head.tsx'
import { Empty, Loading, Shown } from '../parts/states.tsx'
import { Copy, Share, StateBadge, When } from '../parts/values.tsx'
import { useResource } from '../resource.ts'
import { toCompare } from '../routes.ts'
import type { Agent as AgentView, Explanation, History } from '../types.ts'
import { Actions } from './agent/actions.tsx'
import { Observers } from './agent/observers.tsx'
import { PathList } from './agent/path-list.tsx'
import { KeyHistory, RecordTable, Vouches } from './agent/records.tsx'

const Waterfall = lazy(() => import('../charts/waterfall.tsx').then((chart) => chart.Waterfall))
const HistoryChart = lazy(() => import('../charts/history.tsx').then((chart) => chart.HistoryChart))
const ComponentsChart = lazy(() =>
  import('../charts/history.tsx').then((chart) => chart.ComponentsChart),
)

const KINDS = ['record.', 'identity.', 'score.']
const DID = /^did:aip:[0-9a-f]{32}$/

/** Should I trust this one, and why? */
export function Agent({ did }: { readonly did: string }) {
  if (!DID.test(did)) {
    return (
      <>
        <PageHead title="Agent" />
        <Empty title="This is no DID of the network.">
          <p>
            A DID is “did:aip:” and 32 hexadecimal digits. <Link href="/agents">All agents</Link>
          </p>
        </Empty>
      </>
    )
  }
  return <Known did={did} />
}

function Known({ did }: { readonly did: string }) {
  const [search, setSearch] = useSearchParams()
  const scope = search.get('scope') ?? 'general'
  const names = useNames()
  const agent = useResource(
    `agent ${did}`,
    (signal) => get<AgentView>(at('/v1/agents/{did}', { did }), {}, signal),
    KINDS,
  )
  const explanation = useResource(
    `explanation ${did} ${scope}`,
    (signal) => get<Explanation>(at('/v1/agents/{did}/explanation', { did }), { scope }, signal),
    KINDS,
  )
  const history = useResource(
    `history ${did} ${scope}`,
    (signal) => get<History>(at('/v1/agents/{did}/pdr', { did }), { scope }, signal),
    KINDS,
  )
  const name = agent.data?.name ?? names.get(did)
  const reload = () => {
    agent.reload()
    explanation.reload()
    history.reload()
  }
  return (
    <>
      <PageHead title={name ?? shortDid(did)}>
        <span class="row">
          <code>{did}</code> <Copy text={did} what="DID" />
        </span>
      </PageHead>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault()
        }}
      >
        <label class="field">
          <span>Scope: what for</span>
          <input
            value={scope}
            maxLength={64}
            onChange={(event) => {
              const next = event.currentTarget.value.trim().toLowerCase()
              setSearch(next === '' || next === 'general' ? {} : { scope: next }, { replace: true })
            }}
          />
        </label>
      </form>
      <Shown of={explanation} what="the score">
        {(why) => (
          <>
            <ScoreCard why={why} />
            {agent.data?.isMe === false && (
              <Actions did={did} name={name ?? null} scope={scope} changed={reload} />
            )}
            <section class="card" aria-labelledby="terms">
              <h2 id="terms">Where the score comes from</h2>
              <Suspense fallback={<Loading what="the chart" />}>
                <Waterfall explanation={why} />
              </Suspense>
            </section>
            <section class="card" aria-labelledby="paths">
              <h2 id="paths">How you reach it</h2>
              <PathList why={why} names={names} />
              <p class="small">
                <Link href={toCompare(did)}>Compare paths, and see what without one</Link>
              </p>
            </section>
          </>
        )}
      </Shown>
      <section class="card" aria-labelledby="time">
        <h2 id="time">Over time</h2>
        <Shown of={history} what="the history">
          {(past) => (
            <Suspense fallback={<Loading what="the chart" />}>
              <HistoryChart history={past} />
              <ComponentsChart history={past} />
            </Suspense>
          )}
        </Shown>
      </section>
      <Observers did={did} why={explanation.data} names={names} />
      <Vouches did={did} names={names} />
      <Shown of={agent} what="the agent">
        {(known) => <KeyHistory agent={known} />}
      </Shown>
      <RecordTable did={did} names={names} />
    </>
  )
}

function ScoreCard({ why }: { readonly why: Explanation }) {
  const { score } = why
  const { components, evidence } = score
  return (
    <section class="card" aria-labelledby="score">
      <h2 id="score">Score</h2>
      <div class="row">
        <span class="figure" aria-hidden="true">
          {share(score.score)}
        </span>
        <StateBadge state={score.state} />
        {score.pin !== null && <span class="badge">pinned: {score.pin.kind}</span>}
      </div>
      <p>{why.sentence}</p>
      <dl class="facts">
        <dt>Assured</dt>
        <dd>
          <Share value={score.assured} /> to <Share value={score.upper} />{' '}
          <span class="muted">gates use the lower one</span>
        </dd>
        <dt>Confidence</dt>
        <dd>
          <Share value={score.confidence} />{' '}
          <span class="muted">
            {counted(evidence.outcomes, 'outcome')} by {counted(evidence.observers, 'observer')}
            {evidence.lastAt !== null && ', the last '}
            {evidence.lastAt !== null && <When at={evidence.lastAt} />}
          </span>
        </dd>
        <dt>Components</dt>
        <dd>
          {components === null ? (
            <span class="muted">unknown: no outcome counts</span>
          ) : (
            <>
              calibration <Share value={components.calibration} /> · adaptation{' '}
              <Share value={components.adaptation} /> · robustness{' '}
              <Share value={components.robustness} />
            </>
          )}
        </dd>
        {why.drift !== null && why.drift.severity !== 'none' && (
          <>
            <dt>Drift</dt>
            <dd>
              <span class="badge warn">
                <span aria-hidden="true">{why.drift.direction === 'down' ? '▼' : '▲'}</span>
                {why.drift.severity}
              </span>{' '}
              {share(why.drift.from)} → {share(why.drift.to)} since <When at={why.drift.since} />
            </dd>
          </>
        )}
        <dt>Complete</dt>
        <dd>
          {score.completeness.complete
            ? 'yes: there is no reason to think that anything is missing'
            : `perhaps not: ${count(score.completeness.peersAnswered)} of ${counted(score.completeness.peersAsked, 'peer')} answered`}
        </dd>
        <dt>Method</dt>
        <dd>
          {score.method}, profile {score.profile}, as of <When at={score.asOf} />
          {score.from === 'checkpoint' && ' (from the checkpoint, while records load)'}
        </dd>
      </dl>
    </section>
  )
}
