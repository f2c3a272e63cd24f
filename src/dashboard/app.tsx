import { lazy, Suspense } from 'preact/compat'
import { useEffect } from 'preact/hooks'
import { Link, Route, Router, Switch, useLocation } from 'wouter-preact'
import { follow, line } from './live.ts'
import { Agents } from './pages/agents.tsx'
import { NotFound } from './pages/not-found.tsx'
import { Overview } from './pages/overview.tsx'
import { SignIn } from './pages/sign-in.tsx'
import { Loading } from './parts/states.tsx'
import { get } from './api.ts'
import { useResource } from './resource.ts'
import { BASE, LAB, PAGES, type PageLink } from './routes.ts'
import { session } from './session.ts'
import type { Status } from './types.ts'

const Agent = lazy(() => import('./pages/agent.tsx').then((page) => page.Agent))
const Graph = lazy(() => import('./pages/graph.tsx').then((page) => page.Graph))
const Compare = lazy(() => import('./pages/compare.tsx').then((page) => page.Compare))
const Records = lazy(() => import('./pages/records.tsx').then((page) => page.Records))
const Network = lazy(() => import('./pages/network.tsx').then((page) => page.Network))
const Events = lazy(() => import('./pages/events.tsx').then((page) => page.Events))
const Lab = lazy(() => import('./pages/lab.tsx').then((page) => page.Lab))
const Health = lazy(() => import('./pages/health.tsx').then((page) => page.Health))

export function App() {
  return (
    <Router base={BASE}>
      <Shell />
    </Router>
  )
}

function Shell() {
  const state = session.value
  useEffect(() => {
    if (state !== 'open') return undefined
    const abort = new AbortController()
    void follow(abort.signal)
    return () => {
      abort.abort()
    }
  }, [state])
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <div class="shell">
        <header class="side">
          <Link class="brand" href="/">
            <img src={`${BASE}/icon.svg`} alt="" />
            aip-node
          </Link>
          {state === 'open' ? <OwnNavigation /> : <Navigation pages={PAGES} />}
          <LineState />
        </header>
        <main id="main" tabIndex={-1}>
          {state === 'opening' && <Loading what="the session" />}
          {state === 'none' && <SignIn />}
          {state === 'open' && <Pages />}
        </main>
      </div>
    </>
  )
}

/** With the pages that this node has and others have not. */
function OwnNavigation() {
  const status = useResource('status', (signal) => get<Status>('/v1/status', {}, signal))
  return <Navigation pages={status.data?.api.lab === true ? [...PAGES, LAB] : PAGES} />
}

function Navigation({ pages }: { readonly pages: readonly PageLink[] }) {
  const [here] = useLocation()
  return (
    <nav aria-label="Pages">
      <ul>
        {pages.map(({ path, title }) => {
          const isHere = path === '/' ? here === '/' : here === path || here.startsWith(`${path}/`)
          return (
            <li key={path}>
              <Link href={path} {...(isHere ? { 'aria-current': 'page' } : {})}>
                {title}
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}

const LINE_WORDS = {
  connecting: ['◌', 'connecting'],
  live: ['●', 'live'],
  offline: ['✖', 'node does not answer'],
} as const

function LineState() {
  if (session.value !== 'open') return null
  const [mark, words] = LINE_WORDS[line.value]
  return (
    <p class="line-state small muted" role="status">
      <span aria-hidden="true">{mark} </span>
      {words}
    </p>
  )
}

function Pages() {
  return (
    <Suspense fallback={<Loading what="the page" />}>
      <Switch>
        <Route path="/" component={Overview} />
        <Route path="/agents" component={Agents} />
        <Route path="/agents/:did">{({ did }) => <Agent did={did} />}</Route>
        <Route path="/graph" component={Graph} />
        <Route path="/path" component={Compare} />
        <Route path="/records" component={Records} />
        <Route path="/network" component={Network} />
        <Route path="/events" component={Events} />
        <Route path="/health" component={Health} />
        <Route path="/lab" component={Lab} />
        <Route component={NotFound} />
      </Switch>
    </Suspense>
  )
}
