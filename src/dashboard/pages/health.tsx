import { get } from '../api.ts'
import { count } from '../format.ts'
import { PageHead } from '../parts/page-head.tsx'
import { Empty, Shown } from '../parts/states.tsx'
import { Verdict, When } from '../parts/values.tsx'
import { useResource } from '../resource.ts'
import type { Check, LogLine, Status, TokenView } from '../types.ts'

const LOG_LINES = 100

/** What is wrong? */
export function Health() {
  const doctor = useResource('doctor', (signal) =>
    get<{ checks: readonly Check[] }>('/v1/doctor', {}, signal),
  )
  const status = useResource('status', (signal) => get<Status>('/v1/status', {}, signal), [
    'warning',
  ])
  const tokens = useResource('tokens', (signal) =>
    get<{ items: readonly TokenView[] }>('/v1/tokens', {}, signal),
  )
  const logs = useResource(
    'logs',
    (signal) => get<{ items: readonly LogLine[] }>('/v1/logs', { tail: LOG_LINES }, signal),
    ['warning'],
  )
  return (
    <>
      <PageHead title="Health">
        <button type="button" class="push" onClick={doctor.reload}>
          Look again
        </button>
      </PageHead>
      <section class="card" aria-labelledby="checks">
        <h2 id="checks">Doctor</h2>
        <Shown of={doctor} what="what the doctor finds">
          {({ checks }) => (
            <ul class="plain lines">
              {checks.map(({ name, verdict, found, hint }) => (
                <li key={name}>
                  <span class="row">
                    <Verdict verdict={verdict} />
                    <strong>{name}</strong>
                    <span class="foreign">{found}</span>
                  </span>
                  {hint !== null && <p class="small muted foreign">{hint}</p>}
                </li>
              ))}
            </ul>
          )}
        </Shown>
      </section>
      <section class="card" aria-labelledby="version">
        <h2 id="version">This node</h2>
        <Shown of={status} what="the version">
          {(now) => (
            <dl class="facts">
              <dt>Version</dt>
              <dd>{now.version}</dd>
              <dt>Running since</dt>
              <dd>
                <When at={now.startedAt} />, process {now.pid}
              </dd>
              <dt>Home</dt>
              <dd>
                <code class="foreign">{now.home}</code>
              </dd>
              <dt>Index</dt>
              <dd>
                {now.store.index.state}, {count(now.store.index.read)} read
              </dd>
            </dl>
          )}
        </Shown>
      </section>
      <section class="card" aria-labelledby="tokens">
        <h2 id="tokens">Tokens</h2>
        <p>
          What a program can ask for with one: <a href="/docs">HTTP API</a>
        </p>
        <Shown of={tokens} what="the tokens">
          {({ items }) =>
            items.length === 0 ? (
              <p class="muted">
                None was made. For a program: <code>aip-node token create NAME</code>
              </p>
            ) : (
              <ul class="plain lines">
                {items.map((token) => (
                  <li key={token.id} class="row">
                    <strong class="foreign">{token.name}</strong>
                    <span>{token.rights.join(', ')}</span>
                    <span class="push muted small">
                      {token.lastUsedAt === null ? 'not used since the start' : 'last used '}
                      {token.lastUsedAt !== null && <When at={token.lastUsedAt} />}
                    </span>
                  </li>
                ))}
              </ul>
            )
          }
        </Shown>
      </section>
      <section class="card" aria-labelledby="log">
        <h2 id="log">Log</h2>
        <Shown of={logs} what="the log">
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="Nothing has been logged at this level." />
            ) : (
              <pre class="foreign" tabIndex={0} aria-label="The latest lines of the log">
                {items
                  .toReversed()
                  .map(
                    ({ at, level, component, message, fields }) =>
                      `${at} ${level.padEnd(5)} ${component ?? ''} ${message} ${Object.keys(fields).length === 0 ? '' : JSON.stringify(fields)}`,
                  )
                  .join('\n')}
              </pre>
            )
          }
        </Shown>
      </section>
    </>
  )
}
