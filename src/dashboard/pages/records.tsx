import { useState } from 'preact/hooks'
import { Link, useSearchParams } from 'wouter-preact'
import { at, get } from '../api.ts'
import { useNames } from '../names.ts'
import { PageHead } from '../parts/page-head.tsx'
import { Empty, Shown } from '../parts/states.tsx'
import { AgentLink, Copy, RecordLink, When } from '../parts/values.tsx'
import { useResource } from '../resource.ts'
import type { RecordDetail, RecordView } from '../types.ts'

const TYPES = ['vouch', 'revocation', 'promise', 'observation'] as const
const PAGE_LIMIT_COUNT = 100

/** What exactly was signed? */
export function Records() {
  const [search] = useSearchParams()
  const id = search.get('id')
  return id === null ? <RecordList /> : <OneRecord key={id} id={id} />
}

function RecordList() {
  const [search, setSearch] = useSearchParams()
  const names = useNames()
  const type = search.get('type') ?? ''
  const cursor = search.get('cursor') ?? ''
  const [id, setId] = useState('')
  const records = useResource(
    `records ${type} ${cursor}`,
    (signal) =>
      get<{ items: readonly RecordView[]; cursor: string | null }>(
        '/v1/records',
        { type, cursor, limit: PAGE_LIMIT_COUNT },
        signal,
      ),
    ['record.'],
  )
  return (
    <>
      <PageHead title="Records">
        <p class="muted">Every signed statement that this node holds, newest first.</p>
      </PageHead>
      <form
        class="filters"
        role="search"
        onSubmit={(event) => {
          event.preventDefault()
          if (id.trim() !== '') setSearch({ id: id.trim() })
        }}
      >
        <label class="field">
          <span>Kind</span>
          <select
            value={type}
            onChange={(event) => {
              setSearch(event.currentTarget.value === '' ? {} : { type: event.currentTarget.value })
            }}
          >
            <option value="">all</option>
            {TYPES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>Id</span>
          <input
            value={id}
            size={44}
            onInput={(event) => {
              setId(event.currentTarget.value)
            }}
          />
        </label>
        <button type="submit">Show</button>
      </form>
      <Shown of={records} what="the records">
        {(page) =>
          page.items.length === 0 ? (
            <Empty title="No such record is held here." />
          ) : (
            <>
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
              <p />
              <div class="row">
                {cursor !== '' && (
                  <button
                    type="button"
                    onClick={() => {
                      setSearch(type === '' ? {} : { type })
                    }}
                  >
                    First page
                  </button>
                )}
                {page.cursor !== null && (
                  <button
                    type="button"
                    onClick={() => {
                      setSearch({ ...(type === '' ? {} : { type }), cursor: page.cursor ?? '' })
                    }}
                  >
                    Next page
                  </button>
                )}
              </div>
            </>
          )
        }
      </Shown>
    </>
  )
}

function OneRecord({ id }: { readonly id: string }) {
  const names = useNames()
  const found = useResource(`record ${id}`, (signal) =>
    get<RecordDetail>(at('/v1/records/{id}', { id }), {}, signal),
  )
  return (
    <>
      <PageHead title="Record">
        <span class="row">
          <code class="foreign">{id}</code> <Copy text={id} what="id" />
        </span>
      </PageHead>
      <p>
        <Link href="/records">All records</Link>
      </p>
      <Shown of={found} what="the record">
        {({ record, hash, bytes }) => {
          const curl = `curl --unix-socket "$AIP_NODE_HOME/run/aip-node.sock" http://localhost/v1/records/${id}`
          return (
            <>
              <section class="card" aria-labelledby="said">
                <h2 id="said">What it says</h2>
                <dl class="facts">
                  <dt>Kind</dt>
                  <dd>{record.type}</dd>
                  <dt>Signed by</dt>
                  <dd>
                    <AgentLink did={record.issuer} name={names.get(record.issuer)} copies />
                  </dd>
                  <dt>Signed</dt>
                  <dd>
                    <When at={record.issuedAt} /> <span class="muted">{record.issuedAt}</span>
                  </dd>
                  <dt>Ends</dt>
                  <dd>
                    <When at={record.expiresAt} />
                  </dd>
                  <dt>Signature</dt>
                  <dd>
                    <span aria-hidden="true">● </span>checked when it came in, and its hash each
                    time it is read
                  </dd>
                </dl>
                <h3>All fields</h3>
                <pre class="foreign">{JSON.stringify(record, null, 2)}</pre>
              </section>
              <section class="card" aria-labelledby="bytes">
                <h2 id="bytes">What was signed</h2>
                <dl class="facts">
                  <dt>SHA-256</dt>
                  <dd>
                    <code>{hash}</code> <Copy text={hash} what="hash" />
                  </dd>
                  <dt>Bytes, base64</dt>
                  <dd>
                    <code>{bytes}</code> <Copy text={bytes} what="bytes" />
                  </dd>
                  <dt>As curl</dt>
                  <dd>
                    <code>{curl}</code> <Copy text={curl} what="command" />
                  </dd>
                </dl>
              </section>
            </>
          )
        }}
      </Shown>
    </>
  )
}
