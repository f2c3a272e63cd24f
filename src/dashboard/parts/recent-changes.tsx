/** What changed since the last visit, as far as this browser remembers it. */
import { useEffect, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { ago, counted } from '../format.ts'
import { onEvent } from '../live.ts'
import type { EventView } from '../types.ts'
import { AgentLink, When } from './values.tsx'

const KEY = 'aip-node.last-visit'
/** A visit within this time of the last belongs to it. */
const VISIT_GAP_MS = 600_000
const SHOWN_LIMIT_COUNT = 8

interface Visit {
  readonly at: string
  readonly records: number
}

/** Counts and a time; nothing that was signed and nothing secret. */
function lastVisit(): Visit | undefined {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null')
    if (
      typeof value === 'object' &&
      value !== null &&
      'at' in value &&
      typeof value.at === 'string' &&
      !Number.isNaN(Date.parse(value.at)) &&
      'records' in value &&
      typeof value.records === 'number'
    ) {
      return { at: value.at, records: value.records }
    }
  } catch {
    // Storage may be closed to this page: then every visit is the first.
  }
  return undefined
}

const NOTABLE = ['drift', 'score.', 'identity.', 'warning', 'record.rejected']

export function RecentChanges({ records }: { readonly records: number }) {
  const [before] = useState(lastVisit)
  const [seen, setSeen] = useState<readonly EventView[]>([])
  useEffect(
    () =>
      onEvent((event) => {
        if (!NOTABLE.some((kind) => event.kind.startsWith(kind))) return
        setSeen((all) => [event, ...all].slice(0, SHOWN_LIMIT_COUNT))
      }),
    [],
  )
  useEffect(() => {
    const isOver = before === undefined || Date.now() - Date.parse(before.at) > VISIT_GAP_MS
    if (!isOver) return
    try {
      localStorage.setItem(KEY, JSON.stringify({ at: new Date().toISOString(), records }))
    } catch {
      // As above.
    }
  }, [])
  const difference = before === undefined ? 0 : records - before.records
  return (
    <section class="card" aria-labelledby="changes">
      <h2 id="changes">What changed</h2>
      {before === undefined ? (
        <p class="muted">This is your first visit with this browser.</p>
      ) : (
        <p>
          Since your last visit {ago(before.at)}:{' '}
          {difference === 0
            ? 'as many records as then.'
            : `${counted(Math.abs(difference), 'record')} ${difference > 0 ? 'more' : 'fewer'}.`}
        </p>
      )}
      {seen.length === 0 ? (
        <p class="muted">
          No drift, no changed key and no warning since you opened this page.{' '}
          <Link href="/events">All events</Link>
        </p>
      ) : (
        <ul class="plain lines" aria-live="polite">
          {seen.map((event) => (
            <li key={event.cursor}>
              <strong>{event.kind}</strong> <EventAgent data={event.data} /> ·{' '}
              <When at={event.at} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function EventAgent({ data }: { readonly data: EventView['data'] }) {
  const did = data['subject'] ?? data['did'] ?? data['issuer']
  return typeof did === 'string' && did.startsWith('did:aip:') ? <AgentLink did={did} /> : null
}
