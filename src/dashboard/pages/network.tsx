import { useState } from 'preact/hooks'
import { get, send } from '../api.ts'
import { bytes, count, counted, duration } from '../format.ts'
import { useNames } from '../names.ts'
import { PageHead } from '../parts/page-head.tsx'
import { Plan } from '../parts/plan.tsx'
import { Empty, Shown } from '../parts/states.tsx'
import { AgentLink, Copy, Unknown } from '../parts/values.tsx'
import { useResource } from '../resource.ts'
import type { PeerView, Status } from '../types.ts'

/** Who am I connected to? */
export function Network() {
  const names = useNames()
  const [adding, setAdding] = useState(false)
  const status = useResource('status', (signal) => get<Status>('/v1/status', {}, signal), [
    'peer.',
    'sync.',
  ])
  const peers = useResource(
    'peers',
    (signal) => get<{ items: readonly PeerView[] }>('/v1/peers', {}, signal),
    ['peer.'],
  )
  return (
    <>
      <PageHead title="Network">
        <button
          type="button"
          class="push"
          onClick={() => {
            setAdding(true)
          }}
        >
          Add a peer…
        </button>
      </PageHead>
      {adding && (
        <AddPeer
          close={() => {
            setAdding(false)
          }}
          done={peers.reload}
        />
      )}
      <Shown of={status} what="the network">
        {(now) => (
          <>
            <section class="card" aria-labelledby="here">
              <h2 id="here">This node</h2>
              <dl class="facts">
                <dt>Network</dt>
                <dd>{now.network}</dd>
                <dt>Peer id</dt>
                <dd>
                  <code>{now.peerId}</code> <Copy text={now.peerId} what="peer id" />
                </dd>
                <dt>Listens at</dt>
                <dd>
                  {now.listen.length === 0 ? (
                    <span class="muted">nowhere: it only dials</span>
                  ) : (
                    <ul class="plain">
                      {now.listen.map((address) => (
                        <li key={address}>
                          <code>{address}</code>
                        </li>
                      ))}
                    </ul>
                  )}
                </dd>
              </dl>
            </section>
            <SyncSection sync={now.sync} />
          </>
        )}
      </Shown>
      <section class="card" aria-labelledby="peers">
        <h2 id="peers">Peers</h2>
        <Shown of={peers} what="the peers">
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="This node knows no other yet.">
                <p>
                  Ask somebody for an invite (<code>aip-node id --invite</code>) and add it here.
                </p>
              </Empty>
            ) : (
              <div
                class="table-frame"
                tabIndex={0}
                role="region"
                aria-label="Peers, scrolls sideways"
              >
                <table>
                  <caption>
                    {counted(items.filter(({ connected }) => connected).length, 'peer')} connected
                    of {count(items.length)}
                  </caption>
                  <thead>
                    <tr>
                      <th scope="col">Agent</th>
                      <th scope="col">State</th>
                      <th scope="col">Transport</th>
                      <th scope="col" class="number">
                        There and back
                      </th>
                      <th scope="col" class="number">
                        In
                      </th>
                      <th scope="col" class="number">
                        Out
                      </th>
                      <th scope="col">Address</th>
                      <th scope="col">Peer id</th>
                    </tr>
                  </thead>
                  <tbody>
                    {items.map((peer) => (
                      <tr key={peer.peer}>
                        <th scope="row">
                          {peer.did === null ? (
                            <span class="muted">not known yet</span>
                          ) : (
                            <AgentLink did={peer.did} name={names.get(peer.did)} />
                          )}
                        </th>
                        <td>
                          {peer.connected ? (
                            <span class="badge ok">
                              <span aria-hidden="true">●</span> {peer.direction ?? 'connected'}
                            </span>
                          ) : (
                            <span class="badge unknown">
                              <span aria-hidden="true">○</span> known
                            </span>
                          )}
                          {peer.bootstrap && <span class="small muted"> bootstrap</span>}
                        </td>
                        <td>{transportOf(peer.addresses[0])}</td>
                        <td class="number">
                          {peer.latencyMs === null ? (
                            <Unknown />
                          ) : (
                            `${peer.latencyMs.toFixed(0)} ms`
                          )}
                        </td>
                        <td class="number">
                          {peer.receivedBytes === null ? <Unknown /> : bytes(peer.receivedBytes)}
                        </td>
                        <td class="number">
                          {peer.sentBytes === null ? <Unknown /> : bytes(peer.sentBytes)}
                        </td>
                        <td>
                          <code class="foreign">{(peer.addresses[0] ?? '').split('/p2p/')[0]}</code>
                        </td>
                        <td>
                          <code title={peer.peer}>{`…${peer.peer.slice(-8)}`}</code>{' '}
                          <Copy text={peer.peer} what="peer id" />
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
    </>
  )
}

export function transportOf(address: string | undefined): string {
  if (address === undefined) return '–'
  if (address.includes('/p2p-circuit')) return 'relayed'
  if (address.includes('/quic')) return 'QUIC'
  if (address.includes('/ws')) return 'WebSocket'
  return address.includes('/tcp/') ? 'TCP' : 'other'
}

function SyncSection({ sync }: { readonly sync: Status['sync'] }) {
  if (sync === null) return null
  return (
    <section class="card" aria-labelledby="sync">
      <h2 id="sync">Reconciliation</h2>
      <dl class="facts">
        <dt>State</dt>
        <dd>
          {sync.state}: {count(sync.agreed)} of {counted(sync.needed, 'peer')} hold nothing more
        </dd>
        <dt>Since the start</dt>
        <dd>
          {count(sync.received)} received, {count(sync.fresh)} of them new, {count(sync.sent)} sent;{' '}
          {bytes(sync.receivedBytes)} in, {bytes(sync.sentBytes)} out,{' '}
          {counted(sync.sessions, 'session')}
        </dd>
      </dl>
      {sync.underWay.length > 0 && (
        <ul class="plain lines">
          {sync.underWay.map((one) => (
            <li key={one.peer}>
              <label class="field">
                <span>
                  …{one.peer.slice(-8)}: {count(one.toReceive)} to receive, {count(one.toSend)} to
                  send, {count(one.perSecond)}/s
                  {one.secondsLeft !== null && `, ${duration(one.secondsLeft)} left`}
                </span>
                <progress value={one.received} max={Math.max(1, one.received + one.toReceive)} />
              </label>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function AddPeer({ close, done }: { readonly close: () => void; readonly done: () => void }) {
  const [address, setAddress] = useState('')
  const make = async () => {
    const peer = await send<PeerView>('POST', '/v1/peers', { address: address.trim() })
    done()
    return <p>{peer.connected ? 'Connected.' : 'Remembered; it will be tried again.'}</p>
  }
  return (
    <Plan title="Add a peer" does="Connect" make={make} close={close}>
      <label class="field">
        <span>Invite or multiaddr</span>
        <input
          value={address}
          onInput={(event) => {
            setAddress(event.currentTarget.value)
          }}
        />
      </label>
      <p class="notice">The node dials it now, and keeps its address.</p>
    </Plan>
  )
}
