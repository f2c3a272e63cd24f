import { lazy, Suspense } from 'preact/compat'
import { useState } from 'preact/hooks'
import { at, CallError, get, send } from '../api.ts'
import { count } from '../format.ts'
import { PageHead } from '../parts/page-head.tsx'
import { Empty, Fault, Loading, Shown } from '../parts/states.tsx'
import { useResource } from '../resource.ts'
import type { LabReport, Status } from '../types.ts'

const LabChart = lazy(() => import('../charts/lab.tsx').then((chart) => chart.LabChart))

/** The first three are those of the demo. */
const SCENARIOS: readonly (readonly [name: LabReport['scenario'], title: string])[] = [
  ['sybil', 'Puppets that praise one of their own'],
  ['drift', 'An agent that turns bad'],
  ['partition', 'A mesh in two halves'],
  ['badmouthing', 'Slander'],
  ['stuffing', 'A stuffed ballot box'],
  ['on-off', 'On and off'],
  ['whitewashing', 'A new name after a bad record'],
  ['collusion', 'Friends of mine that collude'],
  ['stolen-key', 'A stolen key'],
]
/** Those that grow with the number of attackers. */
const SIZED: ReadonlySet<string> = new Set(['sybil', 'badmouthing', 'stuffing'])
const SIZES = [10, 100, 1_000, 2_000]

/** Does the defence hold? */
export function Lab() {
  const status = useResource('status', (signal) => get<Status>('/v1/status', {}, signal))
  return (
    <>
      <PageHead title="Attack lab">
        <p class="muted">
          Attacks on a made-up mesh, scored as your node scores, beside 0.8 for each hop of the
          shortest chain of vouches on the same records.
        </p>
      </PageHead>
      <Shown of={status} what="the lab">
        {({ api }) =>
          api.lab ? (
            <Bench />
          ) : (
            <Empty title="The lab is not on here.">
              <p>
                It is part of the demo: <code>npx aip-node demo</code>. On a node of your own,{' '}
                <code>api.lab = true</code> switches it on.
              </p>
            </Empty>
          )
        }
      </Shown>
    </>
  )
}

type Played =
  | { readonly state: 'none' }
  | { readonly state: 'playing' }
  | { readonly state: 'played'; readonly report: LabReport }
  | { readonly state: 'failed'; readonly error: CallError }

function Bench() {
  const [name, setName] = useState<LabReport['scenario']>('sybil')
  const [size, setSize] = useState(1_000)
  const [played, setPlayed] = useState<Played>({ state: 'none' })
  const play = async () => {
    setPlayed({ state: 'playing' })
    try {
      const report = await send<LabReport>('POST', at('/v1/lab/{scenario}', { scenario: name }), {
        size,
      })
      setPlayed({ state: 'played', report })
    } catch (error) {
      const fault =
        error instanceof CallError ? error : new CallError('page', 'This page has a fault.')
      setPlayed({ state: 'failed', error: fault })
    }
  }
  return (
    <>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault()
          void play()
        }}
      >
        <label class="field">
          <span>Attack</span>
          <select
            value={name}
            onChange={(event) => {
              const chosen = SCENARIOS.find(([one]) => one === event.currentTarget.value)
              if (chosen !== undefined) setName(chosen[0])
            }}
          >
            {SCENARIOS.map(([one, title]) => (
              <option key={one} value={one}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>Attackers</span>
          <select
            value={String(size)}
            disabled={!SIZED.has(name)}
            onChange={(event) => {
              setSize(Number(event.currentTarget.value))
            }}
          >
            {SIZES.map((one) => (
              <option key={one} value={String(one)}>
                {count(one)}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" class="primary" disabled={played.state === 'playing'}>
          Play
        </button>
      </form>
      <div aria-live="polite">
        {played.state === 'none' && (
          <Empty title="Nothing played yet.">
            <p>Choose an attack and play it. It touches no record of yours and no peer.</p>
          </Empty>
        )}
        {played.state === 'playing' && <Loading what="the attack" />}
        {played.state === 'failed' && <Fault error={played.error} retry={() => void play()} />}
        {played.state === 'played' && <Report report={played.report} />}
      </div>
    </>
  )
}

function Report({ report }: { readonly report: LabReport }) {
  const agents = [
    ...new Set(report.steps.flatMap(({ readings }) => readings.map(({ agent }) => agent))),
  ]
  const broken = report.checks.filter(({ holds }) => !holds).length
  return (
    <>
      <section class="card" aria-labelledby="what">
        <h2 id="what">{report.title}</h2>
        <p>{report.story}</p>
        <p class={broken === 0 ? 'notice' : 'notice warn'}>
          <strong>{report.sentence}</strong>
        </p>
        <ul class="plain lines">
          {report.checks.map(({ promise, found, holds }) => (
            <li key={promise}>
              <span class={`badge ${holds ? 'ok' : 'fail'}`}>
                <span aria-hidden="true">{holds ? '●' : '✖'}</span> {holds ? 'holds' : 'broken'}
              </span>{' '}
              {promise}: <span class="muted">{found}</span>
            </li>
          ))}
        </ul>
        <p class="muted">
          Not protected against: {report.limit} ({count(report.records)} records)
        </p>
      </section>
      <Suspense fallback={<Loading what="the charts" />}>
        {agents.map((agent) => (
          <section key={agent} class="card" aria-label={agent}>
            <LabChart report={report} agent={agent} />
          </section>
        ))}
      </Suspense>
    </>
  )
}
