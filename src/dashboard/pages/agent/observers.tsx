import { get } from '../../api.ts'
import { count, share } from '../../format.ts'
import { Empty, Shown } from '../../parts/states.tsx'
import { AgentLink, Share, When } from '../../parts/values.tsx'
import { useResource } from '../../resource.ts'
import type { Explanation, ObservationView } from '../../types.ts'

const SHOWN_LIMIT_COUNT = 50

/** Who observed what, what I think of each observer, and how much it weighs. */
export function Observers({
  did,
  why,
  names,
}: {
  readonly did: string
  readonly why: Explanation | undefined
  readonly names: ReadonlyMap<string, string>
}) {
  const observations = useResource(
    `observations ${did}`,
    (signal) =>
      get<{ items: readonly ObservationView[]; cursor: string | null }>(
        '/v1/observations',
        { subject: did, limit: SHOWN_LIMIT_COUNT },
        signal,
      ),
    ['record.'],
  )
  const weights = new Map(
    (why?.behaviour?.observers ?? []).map((observer) => [observer.observer, observer]),
  )
  return (
    <section class="card" aria-labelledby="observers">
      <h2 id="observers">Who observed what</h2>
      <Shown of={observations} what="the observations">
        {(page) =>
          page.items.length === 0 ? (
            <Empty title="Nobody has said how this agent keeps its promises.">
              <p>
                After work with it: <code>aip-node observe {did} --promised 10 --delivered 9</code>
              </p>
            </Empty>
          ) : (
            <div
              class="table-frame"
              tabIndex={0}
              role="region"
              aria-label="Observations, scrolls sideways"
            >
              <table>
                <caption>
                  The newest {count(page.items.length)}
                  {page.cursor === null ? '' : ' of more'}. An observer without standing from you
                  weighs nothing.
                </caption>
                <thead>
                  <tr>
                    <th scope="col">Observer</th>
                    <th scope="col" class="number">
                      My standing in it
                    </th>
                    <th scope="col" class="number">
                      Weight of all its outcomes
                    </th>
                    <th scope="col">Task</th>
                    <th scope="col">Promised</th>
                    <th scope="col">Delivered</th>
                    <th scope="col" class="number">
                      Kept
                    </th>
                    <th scope="col">When</th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.flatMap((observation) =>
                    observation.outcomes.map((outcome, index) => {
                      const observer = weights.get(observation.issuer)
                      return (
                        <tr key={`${observation.id} ${index}`}>
                          <th scope="row">
                            <AgentLink
                              did={observation.issuer}
                              name={names.get(observation.issuer)}
                              isMe={observation.issuer === why?.score.viewer}
                            />
                            {observation.issuer === did && (
                              <span class="small muted">itself: weighs nothing</span>
                            )}
                          </th>
                          <td class="number">
                            {observation.issuer === why?.score.viewer ? (
                              <span class="muted">yourself</span>
                            ) : (
                              <Share value={observer?.standing} decimals={4} />
                            )}
                          </td>
                          <td class="number">
                            {observer === undefined ? '0.00' : share(observer.weight)}
                          </td>
                          <td>{outcome.task}</td>
                          <td>
                            <WorkWords work={outcome.promised} />
                          </td>
                          <td>
                            <WorkWords work={outcome.delivered} />
                          </td>
                          <td class="number">
                            <Share value={outcome.fulfilment} />
                          </td>
                          <td>
                            <When at={outcome.observedAt} />
                          </td>
                        </tr>
                      )
                    }),
                  )}
                </tbody>
              </table>
            </div>
          )
        }
      </Shown>
    </section>
  )
}

type Work = ObservationView['outcomes'][number]['promised']

/** An amount of work in words; a kind that these pages do not know, as its name. */
export function WorkWords({ work }: { readonly work: Work }) {
  const number = (key: string): string => {
    const value = work[key]
    return typeof value === 'number' ? count(value) : '?'
  }
  const list = work['items']
  if (Array.isArray(list)) {
    const texts = list.map(String)
    return (
      <span class="foreign" title={texts.join(', ')}>
        {texts.length} {texts.length === 1 ? 'item' : 'items'}
      </span>
    )
  }
  switch (work.kind) {
    case 'count':
      return <>{number('count')}</>
    case 'time':
      return <>{number('ms')} ms</>
    case 'uptime':
      return <>{number('ppm')} ppm up</>
    case 'quality':
      return <>{number('value')} of 1,000</>
    default:
      return <span class="foreign">{work.kind}</span>
  }
}
