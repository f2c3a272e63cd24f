import { useEffect, useState } from 'preact/hooks'
import { useSearchParams } from 'wouter-preact'
import { onEvent } from '../live.ts'
import { PageHead } from '../parts/page-head.tsx'
import { Empty } from '../parts/states.tsx'
import { AgentLink, Copy, RecordLink, When } from '../parts/values.tsx'
import type { EventView } from '../types.ts'

const SHOWN_LIMIT_COUNT = 200
const GROUPS = ['record', 'identity', 'peer', 'sync', 'score', 'drift', 'warning'] as const

/** What is happening? */
export function Events() {
  const [search, setSearch] = useSearchParams()
  const group = search.get('kind') ?? ''
  const [isPaused, setPaused] = useState(false)
  const [events, setEvents] = useState<readonly EventView[]>([])
  const [missed, setMissed] = useState(0)
  useEffect(
    () =>
      onEvent((event) => {
        if (isPaused) setMissed((many) => many + 1)
        else setEvents((all) => [event, ...all].slice(0, SHOWN_LIMIT_COUNT))
      }),
    [isPaused],
  )
  const shown = events.filter(({ kind }) => group === '' || kind.startsWith(group))
  return (
    <>
      <PageHead title="Events">
        <p class="muted">
          As they come, newest first; the latest {SHOWN_LIMIT_COUNT} are kept here.
        </p>
      </PageHead>
      <div class="filters row">
        <label class="field">
          <span>Kind</span>
          <select
            value={group}
            onChange={(event) => {
              const { value } = event.currentTarget
              setSearch(value === '' ? {} : { kind: value }, { replace: true })
            }}
          >
            <option value="">all</option>
            {GROUPS.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <button
          type="button"
          aria-pressed={isPaused}
          onClick={() => {
            setPaused(!isPaused)
            setMissed(0)
          }}
        >
          {isPaused ? `Go on (${missed} passed by)` : 'Pause'}
        </button>
        <Copy text={JSON.stringify(shown, null, 2)} what="these events as JSON" />
      </div>
      {shown.length === 0 ? (
        <Empty title="Nothing has happened since you opened this page.">
          <p>Records, peers and warnings appear here as they come.</p>
        </Empty>
      ) : (
        <ol class="plain lines card" aria-live={isPaused ? 'off' : 'polite'} aria-label="Events">
          {shown.map((event) => (
            <li key={event.cursor} class="row">
              <code>{event.kind}</code>
              <What data={event.data} />
              <span class="push muted small">
                <When at={event.at} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </>
  )
}

function What({ data }: { readonly data: EventView['data'] }) {
  return (
    <span class="row small">
      {Object.entries(data).map(([name, value]) => (
        <span key={name}>
          <span class="muted">{name} </span>
          <Value name={name} value={value} />
        </span>
      ))}
    </span>
  )
}

function Value({ name, value }: { readonly name: string; readonly value: unknown }) {
  if (typeof value === 'string') {
    if (/^did:aip:[0-9a-f]{32}$/.test(value)) return <AgentLink did={value} />
    if (name === 'id' && value.startsWith('bafy')) return <RecordLink id={value} />
    return <span class="foreign">{value.length > 40 ? `${value.slice(0, 40)}…` : value}</span>
  }
  return <span>{JSON.stringify(value)}</span>
}
