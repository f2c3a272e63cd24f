import { Link, useSearchParams } from 'wouter-preact'
import { get } from '../api.ts'
import { count } from '../format.ts'
import { PageHead } from '../parts/page-head.tsx'
import { Empty, Shown } from '../parts/states.tsx'
import { Sparkline } from '../parts/sparkline.tsx'
import { AgentLink, ScoreBar, Share, StateBadge, When } from '../parts/values.tsx'
import { useResource } from '../resource.ts'
import type { AgentPage } from '../types.ts'

const PAGE_LIMIT_COUNT = 100
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const ORDERS = ['score', 'confidence', 'outcomes', 'seen', 'name'] as const
type Order = (typeof ORDERS)[number]

function isOrder(text: string | null): text is Order {
  return ORDERS.some((order) => order === text)
}

/** The moment so many days ago, on the hour, so that a page that is read again asks the same. */
function seenSince(days: string): string {
  if (!/^\d{1,3}$/.test(days)) return ''
  const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS
  return new Date(hour - Number(days) * DAY_MS).toISOString()
}

/** Whom do I know? */
export function Agents() {
  const [search, setSearch] = useSearchParams()
  const q = search.get('q') ?? ''
  const scope = search.get('scope') ?? ''
  const min = search.get('min') ?? ''
  const seen = search.get('seen') ?? ''
  const cursor = search.get('cursor') ?? ''
  const asked = search.get('sort')
  const order: Order = isOrder(asked) ? asked : 'score'

  const set = (changes: Readonly<Record<string, string>>) => {
    setSearch(
      (before) => {
        const next = new URLSearchParams(before)
        next.delete('cursor')
        for (const [name, value] of Object.entries(changes)) {
          if (value === '') next.delete(name)
          else next.set(name, value)
        }
        return next
      },
      { replace: true },
    )
  }

  const agents = useResource(
    `agents ${q} ${scope} ${min} ${seen} ${order} ${cursor}`,
    (signal) =>
      get<AgentPage>(
        '/v1/agents',
        {
          q,
          scope,
          minScore: min,
          seenSince: seenSince(seen),
          sort: order,
          cursor,
          limit: PAGE_LIMIT_COUNT,
        },
        signal,
      ),
    ['record.', 'identity.', 'score.'],
  )
  return (
    <>
      <PageHead title="Agents">
        <p class="muted">Everybody this node knows of, as it looks from where you stand.</p>
      </PageHead>
      <form
        class="filters"
        role="search"
        onSubmit={(event) => {
          event.preventDefault()
        }}
      >
        <label class="field">
          <span>Name or DID</span>
          <input
            type="search"
            value={q}
            maxLength={128}
            onInput={(event) => {
              set({ q: event.currentTarget.value })
            }}
          />
        </label>
        <label class="field">
          <span>Scope</span>
          <input
            value={scope}
            placeholder="general"
            maxLength={64}
            onChange={(event) => {
              set({ scope: event.currentTarget.value.trim().toLowerCase() })
            }}
          />
        </label>
        <label class="field">
          <span>Score at least</span>
          <select
            value={min}
            onChange={(event) => {
              set({ min: event.currentTarget.value })
            }}
          >
            <option value="">any</option>
            <option value="0.25">0.25</option>
            <option value="0.5">0.50</option>
            <option value="0.75">0.75</option>
          </select>
        </label>
        <label class="field">
          <span>Seen at work</span>
          <select
            value={seen}
            onChange={(event) => {
              set({ seen: event.currentTarget.value })
            }}
          >
            <option value="">at any time</option>
            <option value="1">in the last day</option>
            <option value="7">in the last 7 days</option>
            <option value="28">in the last 28 days</option>
          </select>
        </label>
      </form>
      <Shown of={agents} what="the agents">
        {(page) => (
          <List
            page={page}
            scope={scope === '' ? 'general' : scope}
            order={order}
            filtered={q !== '' || min !== '' || scope !== '' || seen !== ''}
            sort={(next) => {
              set({ sort: next === 'score' ? '' : next })
            }}
            turn={(next) => {
              set({ cursor: next })
            }}
            isFirst={cursor === ''}
          />
        )}
      </Shown>
    </>
  )
}

function List({
  page,
  scope,
  order,
  filtered,
  sort,
  turn,
  isFirst,
}: {
  readonly page: AgentPage
  readonly scope: string
  readonly order: Order
  readonly filtered: boolean
  readonly sort: (order: Order) => void
  readonly turn: (cursor: string) => void
  readonly isFirst: boolean
}) {
  const rows = page.items
  if (rows.length === 0) {
    return filtered ? (
      <Empty title="No agent fits these filters.">
        <p>
          <Link href="/agents">Show all agents</Link>
        </p>
      </Empty>
    ) : (
      <Empty title="No agent is known here yet.">
        <p>
          Agents come with the records of peers. To know one now, vouch for it:{' '}
          <code>aip-node vouch did:aip:… --level 0.8</code>
        </p>
      </Empty>
    )
  }
  return (
    <>
      <div class="table-frame" tabIndex={0} role="region" aria-label="Agents, scrolls sideways">
        <table>
          <caption>
            {count(rows.length)} agents on this page
            {page.from === 'checkpoint' && ', scored from the last checkpoint while records load'}.
            The tick in a bar is the assured lower bound.
          </caption>
          <thead>
            <tr>
              <Sortable name="name" order={order} sort={sort}>
                Agent
              </Sortable>
              <th scope="col">State</th>
              <Sortable name="score" order={order} sort={sort}>
                Score
              </Sortable>
              <th scope="col">28 days</th>
              <Sortable name="confidence" order={order} sort={sort} isNumber>
                Confidence
              </Sortable>
              <th scope="col" class="number">
                Social
              </th>
              <th scope="col" class="number">
                Reliability
              </th>
              <Sortable name="outcomes" order={order} sort={sort} isNumber>
                Outcomes
              </Sortable>
              <Sortable name="seen" order={order} sort={sort}>
                Last seen
              </Sortable>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.did}>
                <th scope="row">
                  <AgentLink did={row.did} name={row.name} isMe={row.isMe} copies />
                </th>
                <td>
                  <StateBadge state={row.state} />
                </td>
                <td>
                  <ScoreBar value={row.score} assured={row.assured} />
                </td>
                <td>
                  <Sparkline did={row.did} scope={scope} seen={row.lastAt} />
                </td>
                <td class="number">
                  <Share value={row.confidence} />
                </td>
                <td class="number">
                  <Share value={row.social} />
                </td>
                <td class="number">
                  <Share value={row.reliability} />
                </td>
                <td class="number">{count(row.outcomes)}</td>
                <td>
                  <When at={row.lastAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p />
      <div class="row">
        {!isFirst && (
          <button
            type="button"
            onClick={() => {
              turn('')
            }}
          >
            First page
          </button>
        )}
        {page.cursor !== null && (
          <button
            type="button"
            onClick={() => {
              turn(page.cursor ?? '')
            }}
          >
            Next page
          </button>
        )}
      </div>
    </>
  )
}

function Sortable({
  name,
  order,
  sort,
  isNumber = false,
  children,
}: {
  readonly name: Order
  readonly order: Order
  readonly sort: (order: Order) => void
  readonly isNumber?: boolean
  readonly children: string
}) {
  const isOn = name === order
  return (
    <th
      scope="col"
      class={isNumber ? 'number' : ''}
      aria-sort={isOn ? (name === 'name' ? 'ascending' : 'descending') : 'none'}
    >
      <button
        type="button"
        onClick={() => {
          sort(name)
        }}
      >
        {children}
        <span aria-hidden="true">{isOn ? (name === 'name' ? ' ▲' : ' ▼') : ''}</span>
      </button>
    </th>
  )
}
