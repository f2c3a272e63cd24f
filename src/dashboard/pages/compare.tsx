import { useState } from 'preact/hooks'
import { useSearchParams } from 'wouter-preact'
import { at, get } from '../api.ts'
import { share, shortDid } from '../format.ts'
import { useNames } from '../names.ts'
import { PageHead } from '../parts/page-head.tsx'
import { Empty, Shown } from '../parts/states.tsx'
import { AgentLink, RecordLink, Share } from '../parts/values.tsx'
import { useResource } from '../resource.ts'
import type { Explanation, Paths } from '../types.ts'

const DID = /^did:aip:[0-9a-f]{32}$/
const PATHS_LIMIT_COUNT = 10

/** How do I reach this agent, and what if one friend is wrong? */
export function Compare() {
  const [search, setSearch] = useSearchParams()
  const to = search.get('to') ?? ''
  const names = useNames()
  const [text, setText] = useState(to)
  const find = () => {
    const wanted = text.trim()
    const byName = [...names].find(([, name]) => name === wanted)?.[0]
    setSearch({ to: byName ?? wanted })
  }
  return (
    <>
      <PageHead title="Compare">
        <p class="muted">The strongest ways from you to an agent, and what each of them carries.</p>
      </PageHead>
      <form
        class="filters"
        role="search"
        onSubmit={(event) => {
          event.preventDefault()
          find()
        }}
      >
        <label class="field">
          <span>To: a name of yours, or a DID</span>
          <input
            type="search"
            value={text}
            size={44}
            onInput={(event) => {
              setText(event.currentTarget.value)
            }}
          />
        </label>
        <button type="submit" class="primary">
          Show
        </button>
      </form>
      {to === '' ? (
        <Empty title="Nobody chosen yet.">
          <p>Write a name or a DID above, or come here from an agent's page.</p>
        </Empty>
      ) : DID.test(to) ? (
        <Ways key={to} to={to} names={names} />
      ) : (
        <Empty title="There is no agent of that name, and it is no DID." />
      )}
    </>
  )
}

function Ways({ to, names }: { readonly to: string; readonly names: ReadonlyMap<string, string> }) {
  const paths = useResource(
    `paths ${to}`,
    (signal) =>
      get<Paths>(at('/v1/agents/{did}/paths', { did: to }), { k: PATHS_LIMIT_COUNT }, signal),
    ['record.', 'identity.', 'score.'],
  )
  const why = useResource(
    `explanation ${to} general`,
    (signal) => get<Explanation>(at('/v1/agents/{did}/explanation', { did: to }), {}, signal),
    ['record.', 'identity.', 'score.'],
  )
  return (
    <>
      <section class="card" aria-labelledby="ways">
        <h2 id="ways" class="foreign">
          From you to {names.get(to) ?? shortDid(to)}
        </h2>
        <Shown of={paths} what="the paths">
          {(found) =>
            found.items.length === 0 ? (
              <Empty title="No chain of vouches leads from you to this agent." />
            ) : (
              <ol class="plain ways">
                {found.items.map((path) => (
                  <li key={JSON.stringify(path.hops)}>
                    <span class="mono way-share">{share(path.share, 4)}</span>
                    <ol class="plain way">
                      <li class="step">you</li>
                      {path.hops.map((hop) => (
                        <li key={hop.did} class="step">
                          <span class="small muted">
                            {hop.via} {share(hop.level)}{' '}
                            {hop.vouch !== null && <RecordLink id={hop.vouch} />} →
                          </span>
                          <AgentLink did={hop.did} name={names.get(hop.did)} />
                        </li>
                      ))}
                    </ol>
                  </li>
                ))}
              </ol>
            )
          }
        </Shown>
      </section>
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
    </>
  )
}
