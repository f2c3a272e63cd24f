/** Values as every page writes them: agents, ids, times, scores, states. */
import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { ago, share, shortDid, shortId } from '../format.ts'
import { toAgent, toRecord } from '../routes.ts'
import type { Score } from '../types.ts'

const COPIED_MS = 1_500

/** A button that puts the full text on the clipboard and says so. */
export function Copy({ text, what }: { readonly text: string; readonly what: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    setTimeout(() => {
      setCopied(false)
    }, COPIED_MS)
  }
  return (
    <button
      type="button"
      class="quiet copy"
      aria-label={copied ? `${what} copied` : `Copy ${what}`}
      title={copied ? 'Copied' : `Copy ${what}`}
      onClick={() => void copy()}
    >
      <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
        {copied ? (
          <path d="M3 8.5l3.2 3.2L13 4.8" />
        ) : (
          <path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />
        )}
      </svg>
    </button>
  )
}

/** An agent: by petname if it has one, else by its shortened DID, the whole one for ears and copying. */
export function AgentLink({
  did,
  name,
  isMe = false,
  copies = false,
}: {
  readonly did: string
  readonly name?: string | null | undefined
  readonly isMe?: boolean
  readonly copies?: boolean
}) {
  const shown = isMe ? 'you' : (name ?? undefined)
  return (
    <span class="row agent-link">
      <Link
        href={toAgent(did)}
        aria-label={shown === undefined ? did : `${shown}, ${did}`}
        title={did}
        class="foreign"
      >
        {shown ?? <code>{shortDid(did)}</code>}
      </Link>
      {copies && <Copy text={did} what="DID" />}
    </span>
  )
}

export function RecordLink({ id }: { readonly id: string }) {
  return (
    <Link href={toRecord(id)} aria-label={`record ${id}`} title={id}>
      <code>{shortId(id)}</code>
    </Link>
  )
}

export function When({ at }: { readonly at: string | null | undefined }) {
  if (at === null || at === undefined) return <Unknown />
  return (
    <time dateTime={at} title={at}>
      {ago(at)}
    </time>
  )
}

export function Unknown() {
  return (
    <span class="muted">
      <span aria-hidden="true">–</span>
      <span class="visually-hidden">unknown</span>
    </span>
  )
}

/** A share in [0, 1], or the mark of the unknown. */
export function Share({
  value,
  decimals = 2,
}: {
  readonly value: number | null | undefined
  readonly decimals?: number
}) {
  return value === null || value === undefined ? <Unknown /> : <>{share(value, decimals)}</>
}

const STATES = {
  known: ['●', 'known', 'Enough independent evidence'],
  thin: ['◐', 'thin', 'Little evidence: the score leans on what is usual'],
  unknown: [
    '○',
    'unknown',
    'No number: nobody you trust vouches for it, or nobody you reach has seen it work',
  ],
  distrusted: ['✖', 'distrusted', 'You, or agents you trust, distrust it'],
} as const

export function StateBadge({ state }: { readonly state: Score['state'] }) {
  const [mark, word, hint] = STATES[state]
  return (
    <span class={`badge ${state}`} title={hint}>
      <span aria-hidden="true">{mark}</span> {word}
    </span>
  )
}

const VERDICTS = {
  ok: ['●', 'ok'],
  warn: ['▲', 'warning'],
  fail: ['✖', 'failed'],
  skipped: ['○', 'skipped'],
} as const

export function Verdict({ verdict }: { readonly verdict: keyof typeof VERDICTS }) {
  const [mark, word] = VERDICTS[verdict]
  return (
    <span class={`badge ${verdict}`}>
      <span aria-hidden="true">{mark}</span> {word}
    </span>
  )
}

const BAR_WIDTH = 88

/** The score as number and bar; a tick marks the assured lower bound. Unknown is hatched, not zero. */
export function ScoreBar({
  value,
  assured,
}: {
  readonly value: number | null
  readonly assured: number | null
}) {
  const words =
    value === null
      ? 'score unknown'
      : `score ${share(value)}${assured === null ? '' : `, assured ${share(assured)}`}`
  return (
    <span class="score">
      <span aria-hidden="true">
        <Share value={value} />
      </span>
      <svg viewBox={`0 0 ${BAR_WIDTH} 14`} role="img" aria-label={words}>
        {value === null ? (
          <>
            <rect
              x="0.5"
              y="3.5"
              width={BAR_WIDTH - 1}
              height="7"
              rx="3"
              fill="none"
              stroke="var(--color-trust-unknown)"
              stroke-dasharray="3 3"
            />
          </>
        ) : (
          <>
            <rect x="0" y="3" width={BAR_WIDTH} height="8" rx="3" fill="var(--color-sunken)" />
            <rect
              x="0"
              y="3"
              width={Math.max(2, value * BAR_WIDTH)}
              height="8"
              rx="3"
              fill={colorOf(value)}
            />
            {assured !== null && (
              <path
                d={`M${assured * BAR_WIDTH} 0v14`}
                stroke="var(--color-text)"
                stroke-width="2"
              />
            )}
          </>
        )}
      </svg>
    </span>
  )
}

export function colorOf(score: number | null): string {
  if (score === null) return 'var(--color-trust-unknown)'
  if (score >= 0.5) return 'var(--color-trust-high)'
  return score >= 0.25 ? 'var(--color-trust-mid)' : 'var(--color-trust-low)'
}
