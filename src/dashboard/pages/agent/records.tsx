import { get } from '../../api.ts'
import { share } from '../../format.ts'
import { Empty, Shown } from '../../parts/states.tsx'
import { AgentLink, Copy, RecordLink, When } from '../../parts/values.tsx'
import { useResource } from '../../resource.ts'
import type { Agent, RecordView, VouchView } from '../../types.ts'

const SHOWN_LIMIT_COUNT = 50

interface Names {
  readonly did: string
  readonly names: ReadonlyMap<string, string>
}

/** Vouches for this agent, and by it. */
export function Vouches({ did, names }: Names) {
  return (
    <div class="grid vouches">
      <VouchList title="Vouches for it" query={{ subject: did }} of="issuer" names={names} />
      <VouchList title="Vouches by it" query={{ issuer: did }} of="subject" names={names} />
    </div>
  )
}

function VouchList({
  title,
  query,
  of,
  names,
}: {
  readonly title: string
  readonly query: Readonly<Record<string, string>>
  readonly of: 'issuer' | 'subject'
  readonly names: ReadonlyMap<string, string>
}) {
  const vouches = useResource(
    `vouches ${JSON.stringify(query)}`,
    (signal) =>
      get<{ items: readonly VouchView[]; cursor: string | null }>(
        '/v1/vouches',
        { ...query, limit: SHOWN_LIMIT_COUNT },
        signal,
      ),
    ['record.'],
  )
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      <Shown of={vouches} what="the vouches">
        {(page) =>
          page.items.length === 0 ? (
            <p class="muted">None is held here.</p>
          ) : (
            <ul class="plain lines">
              {page.items.map((vouch) => (
                <li key={vouch.id}>
                  <span class="row">
                    <span class="mono">{share(vouch.level)}</span>
                    <AgentLink did={vouch[of]} name={names.get(vouch[of])} />
                    {vouch.scope !== 'general' && <span class="badge">{vouch.scope}</span>}
                    {vouch.state !== 'live' && <span class="badge unknown">{vouch.state}</span>}
                    <span class="muted small push">
                      <When at={vouch.issuedAt} /> · <RecordLink id={vouch.id} />
                    </span>
                  </span>
                  {vouch.statement !== null && <q class="foreign muted">{vouch.statement}</q>}
                </li>
              ))}
              {page.cursor !== null && <li class="muted">More are held; these are the newest.</li>}
            </ul>
          )
        }
      </Shown>
    </section>
  )
}

export function KeyHistory({ agent }: { readonly agent: Agent }) {
  return (
    <section class="card" aria-labelledby="keys">
      <h2 id="keys">Key history</h2>
      {agent.identity === 'forked' && (
        <p class="notice warn">
          Two key logs claim this name. <code>aip-node resolve {agent.did}</code> says which counts.
        </p>
      )}
      {agent.keys.length === 0 ? (
        <p class="muted">Its key log is not held here yet.</p>
      ) : (
        <ul class="plain lines">
          {agent.keys.map((key) => (
            <li key={key.id} class="row">
              <code>{key.id.slice(key.id.indexOf('#'))}</code>
              <span
                class={`badge ${key.state === 'compromised' ? 'fail' : key.state === 'current' ? 'known' : 'unknown'}`}
              >
                {key.state}
              </span>
              <code title={key.key}>{`${key.key.slice(0, 16)}…`}</code>
              <Copy text={key.key} what="key" />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

export function RecordTable({ did, names }: Names) {
  const records = useResource(
    `records ${did}`,
    (signal) =>
      get<{ items: readonly RecordView[]; cursor: string | null }>(
        '/v1/records',
        { subject: did, limit: SHOWN_LIMIT_COUNT },
        signal,
      ),
    ['record.'],
  )
  return (
    <section class="card" aria-labelledby="raw">
      <h2 id="raw">Records about it</h2>
      <Shown of={records} what="the records">
        {(page) =>
          page.items.length === 0 ? (
            <Empty title="No record about this agent is held here." />
          ) : (
            <div
              class="table-frame"
              tabIndex={0}
              role="region"
              aria-label="Records, scrolls sideways"
            >
              <table>
                <thead>
                  <tr>
                    <th scope="col">Record</th>
                    <th scope="col">Kind</th>
                    <th scope="col">By</th>
                    <th scope="col">Signed</th>
                    <th scope="col">Ends</th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((record) => (
                    <tr key={record.id}>
                      <th scope="row">
                        <RecordLink id={record.id} />
                      </th>
                      <td>{record.type}</td>
                      <td>
                        <AgentLink did={record.issuer} name={names.get(record.issuer)} />
                      </td>
                      <td>
                        <When at={record.issuedAt} />
                      </td>
                      <td>
                        <When at={record.expiresAt} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Shown>
    </section>
  )
}
