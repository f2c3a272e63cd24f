import { useEffect, useState } from 'preact/hooks'
import { useSearchParams } from 'wouter-preact'
import { at, get } from '../api.ts'
import { share, shortDid, shortId } from '../format.ts'
import { useNames } from '../names.ts'
import { PageHead } from '../parts/page-head.tsx'
import { Empty, Shown } from '../parts/states.tsx'
import { AgentLink, RecordLink, Share } from '../parts/values.tsx'
import { useResource } from '../resource.ts'
import type { Explanation, PathsBetween, TrustPath } from '../types.ts'

const DID = /^did:aip:[0-9a-f]{32}$/
const PATHS_LIMIT_COUNT = 10
/** As the interface has it. */
const WITHOUT_LIMIT_COUNT = 32

type Names = ReadonlyMap<string, string>

/** How does one agent reach another, and what if some of the vouches were not there? */
export function Compare() {
  const [search, setSearch] = useSearchParams()
  const to = search.get('to') ?? ''
  const from = search.get('from') ?? ''
  const without = search.getAll('without').slice(0, WITHOUT_LIMIT_COUNT)
  const names = useNames()
  const show = (ends: { readonly from: string; readonly to: string }, left: readonly string[]) => {
    const next = new URLSearchParams()
    if (ends.from !== '') next.set('from', ends.from)
    if (ends.to !== '') next.set('to', ends.to)
    for (const one of left) next.append('without', one)
    setSearch(next)
  }
  return (
    <>
      <PageHead title="Compare">
        <p class="muted">The strongest ways from one agent to another, and what each carries.</p>
      </PageHead>
      <Ends
        key={`${from} ${to}`}
        from={from}
        to={to}
        names={names}
        find={(ends) => {
          show(ends, [])
        }}
      />
      {to === '' ? (
        <Empty title="Nobody chosen yet.">
          <p>Write a name or a DID above, or come here from an agent's page.</p>
        </Empty>
      ) : DID.test(to) && (from === '' || DID.test(from)) ? (
        <>
          <Ways
            from={from}
            to={to}
            without={without}
            names={names}
            leave={(left) => {
              show({ from, to }, left)
            }}
          />
          {from === '' && <WrongFriends key={to} to={to} names={names} />}
        </>
      ) : (
        <Empty title="There is no agent of that name, and it is no DID." />
      )}
    </>
  )
}

function Ends({
  from,
  to,
  names,
  find,
}: {
  readonly from: string
  readonly to: string
  readonly names: Names
  readonly find: (ends: { readonly from: string; readonly to: string }) => void
}) {
  // Until somebody writes, the fields say by name what is shown.
  const [written, setWritten] = useState<{ from?: string; to?: string }>({})
  const ends = {
    from: written.from ?? names.get(from) ?? from,
    to: written.to ?? names.get(to) ?? to,
  }
  const didOf = (text: string): string => {
    const wanted = text.trim()
    if (wanted === 'you' || wanted === '@me') return ''
    return [...names].find(([, name]) => name === wanted)?.[0] ?? wanted
  }
  return (
    <form
      class="filters"
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        find({ from: didOf(ends.from), to: didOf(ends.to) })
      }}
    >
      <label class="field">
        <span>From: you, if nobody is named</span>
        <input
          type="search"
          value={ends.from}
          placeholder="you"
          size={40}
          onInput={(event) => {
            setWritten({ ...written, from: event.currentTarget.value })
          }}
        />
      </label>
      <label class="field">
        <span>To: a name of yours, or a DID</span>
        <input
          type="search"
          value={ends.to}
          size={40}
          onInput={(event) => {
            setWritten({ ...written, to: event.currentTarget.value })
          }}
        />
      </label>
      <button type="submit" class="primary">
        Show
      </button>
    </form>
  )
}

function Ways({
  from,
  to,
  without,
  names,
  leave,
}: {
  readonly from: string
  readonly to: string
  readonly without: readonly string[]
  readonly names: Names
  /** Shows the ways without these vouches and agents. */
  readonly leave: (without: readonly string[]) => void
}) {
  const found = useResource(
    `paths ${from} ${to} ${without.join(' ')}`,
    (signal) => get<PathsBetween>('/v1/paths', { from, to, without, k: PATHS_LIMIT_COUNT }, signal),
    ['record.', 'identity.', 'score.'],
  )
  // What was shown last stays while the next answer is on its way, so that buttons do not jump.
  const [last, setLast] = useState(found.data)
  useEffect(() => {
    if (found.data !== undefined) setLast(found.data)
  }, [found.data])
  const shown = found.data ?? (last?.to === to ? last : undefined)
  const leaveOut = (one: string) => {
    leave([...without.filter((other) => other !== one), one])
  }
  return (
    <section class="card" aria-labelledby="ways" aria-busy={found.loading}>
      <h2 id="ways" class="foreign">
        From {from === '' ? 'you' : (names.get(from) ?? shortDid(from))} to{' '}
        {names.get(to) ?? shortDid(to)}
      </h2>
      {without.length > 0 && (
        <p class="row" role="status">
          <span class="muted">What if not for</span>
          {without.map((one) => (
            <button
              key={one}
              type="button"
              class="chip"
              onClick={() => {
                leave(without.filter((other) => other !== one))
              }}
            >
              <span class="foreign">{partName(one, names)}</span>
              <span aria-hidden="true"> ✕</span>
              <span class="visually-hidden">: take back into account</span>
            </button>
          ))}
        </p>
      )}
      <Shown of={{ ...found, data: shown }} what="the paths">
        {({ items, standing, standingWithout, truncated }) => (
          <>
            <p>
              Standing <strong>{share(without.length > 0 ? standingWithout : standing, 4)}</strong>
              {without.length > 0 && (
                <span class="muted"> in place of {share(standing, 4)} with everything</span>
              )}
              <span class="muted">
                : what all ways together carry. Press ✕ to see what is left without a vouch or an
                agent.
              </span>
            </p>
            {items.length === 0 ? (
              <Empty
                title={
                  without.length > 0
                    ? 'Without these no chain of vouches is left.'
                    : 'No chain of vouches leads there.'
                }
              />
            ) : (
              <ol class="plain ways">
                {items.map((path) => (
                  <li key={JSON.stringify(path.hops)}>
                    <span class="mono way-share">{share(path.share, 4)}</span>
                    <Way path={path} from={from} to={to} names={names} leaveOut={leaveOut} />
                  </li>
                ))}
              </ol>
            )}
            {truncated && (
              <p class="small muted">There are more agents around than were looked at.</p>
            )}
          </>
        )}
      </Shown>
    </section>
  )
}

function Way({
  path,
  from,
  to,
  names,
  leaveOut,
}: {
  readonly path: TrustPath
  readonly from: string
  readonly to: string
  readonly names: Names
  readonly leaveOut: (one: string) => void
}) {
  return (
    <ol class="plain way">
      <li class="step">{from === '' ? 'you' : <AgentLink did={from} name={names.get(from)} />}</li>
      {path.hops.map(({ did, via, level, vouch }) => (
        <li key={did} class="step">
          <span class="small muted row">
            {via} {share(level)} {vouch !== null && <RecordLink id={vouch} />}
            {vouch !== null && (
              <Without
                what={`this vouch for ${partName(did, names)}`}
                leaveOut={() => {
                  leaveOut(vouch)
                }}
              />
            )}
            →
          </span>
          <AgentLink did={did} name={names.get(did)} />
          {did !== to && (
            <Without
              what={partName(did, names)}
              leaveOut={() => {
                leaveOut(did)
              }}
            />
          )}
        </li>
      ))}
    </ol>
  )
}

function Without({ what, leaveOut }: { readonly what: string; readonly leaveOut: () => void }) {
  return (
    <button
      type="button"
      class="quiet without"
      aria-label={`What if not for ${what}?`}
      title={`What if not for ${what}?`}
      onClick={leaveOut}
    >
      ✕
    </button>
  )
}

function partName(part: string, names: Names): string {
  return names.get(part) ?? (part.startsWith('did:') ? shortDid(part) : shortId(part))
}

function WrongFriends({ to, names }: { readonly to: string; readonly names: Names }) {
  const why = useResource(
    `explanation ${to} general`,
    (signal) => get<Explanation>(at('/v1/agents/{did}/explanation', { did: to }), {}, signal),
    ['record.', 'identity.', 'score.'],
  )
  return (
    <section class="card" aria-labelledby="what-if">
      <h2 id="what-if">What if one of your friends is wrong?</h2>
      <Shown of={why} what="what would change">
        {({ counterfactuals, score }) => {
          const { ifOneFriendIsWrong: one, fooledNeeded } = counterfactuals
          return one === null ? (
            <p class="muted">Nothing here depends on a friend of yours.</p>
          ) : (
            <>
              <p>
                The score is <Share value={score.score} /> now. To reach all of its standing,{' '}
                {fooledNeeded} {fooledNeeded === 1 ? 'agent' : 'agents'} would have to be fooled.
              </p>
              <table>
                <thead>
                  <tr>
                    <th scope="col">Without your vouch for</th>
                    <th scope="col" class="number">
                      Score
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {one.branches.map(({ without, score: left }) => (
                    <tr key={without}>
                      <th scope="row">
                        <AgentLink did={without} name={names.get(without)} />
                      </th>
                      <td class="number">
                        <Share value={left} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </>
          )
        }}
      </Shown>
    </section>
  )
}
