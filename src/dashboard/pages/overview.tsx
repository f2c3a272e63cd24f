import { Link } from 'wouter-preact'
import { get } from '../api.ts'
import { ago, bytes, count, counted, duration } from '../format.ts'
import { PageHead } from '../parts/page-head.tsx'
import { Shown } from '../parts/states.tsx'
import { Copy, When } from '../parts/values.tsx'
import { RecentChanges } from '../parts/recent-changes.tsx'
import { useResource } from '../resource.ts'
import type { Identity, Status } from '../types.ts'

/** Is my node fine, and what changed? */
export function Overview() {
  const status = useResource('status', (signal) => get<Status>('/v1/status', {}, signal), [
    'peer.',
    'sync.',
    'record.',
    'identity.',
    'warning',
  ])
  const identity = useResource('identity', (signal) => get<Identity>('/v1/identity', {}, signal), [
    'identity.',
  ])
  return (
    <>
      <PageHead title="Overview" />
      <Shown of={status} what="how the node is">
        {(now) => (
          <>
            <HealthLine status={now} />
            <div class="grid">
              <section class="card wide" aria-labelledby="identity">
                <h2 id="identity">Identity</h2>
                <Shown of={identity} what="the identity">
                  {(own) => <IdentityFacts identity={own} />}
                </Shown>
              </section>
              <section class="card" aria-labelledby="peers">
                <h2 id="peers">Peers</h2>
                <p>
                  <span class="figure">{count(now.peers.connected)}</span>{' '}
                  <span class="muted">connected, {count(now.peers.known)} known</span>
                </p>
                <p>
                  <Link href="/network">Who they are</Link>
                </p>
              </section>
              <section class="card" aria-labelledby="records">
                <h2 id="records">Records</h2>
                <p>
                  <span class="figure">{count(now.store.records)}</span>{' '}
                  <span class="muted">
                    about{' '}
                    {counted(now.store.identities, 'identity').replace('identitys', 'identities')},{' '}
                    {now.store.bytes === null ? 'size unknown' : bytes(now.store.bytes)}
                  </span>
                </p>
                <p class="muted">
                  Mine: {counted(now.mine.vouches, 'vouch').replace('vouchs', 'vouches')},{' '}
                  {counted(now.mine.observations, 'public observation')},{' '}
                  {counted(now.mine.privateObservations, 'private one')}
                </p>
              </section>
              <SyncCard sync={now.sync} />
            </div>
            <RecentChanges records={now.store.records} />
          </>
        )}
      </Shown>
    </>
  )
}

/** One line that says whether all is well; when it is not, what to do first. */
function HealthLine({ status }: { readonly status: Status }) {
  const [first, ...rest] = [...status.warnings, ...status.next]
  const isWarning = status.warnings.length > 0
  if (first === undefined) {
    return (
      <p class="notice">
        <span aria-hidden="true">● </span>
        Your node is well. It has run since <When at={status.startedAt} />, version {status.version}{' '}
        on the network {status.network}.
      </p>
    )
  }
  return (
    <div class={isWarning ? 'notice warn' : 'notice'}>
      <p>
        <span aria-hidden="true">{isWarning ? '▲ ' : '→ '}</span>
        <strong class="foreign">{first}</strong>
      </p>
      {rest.length > 0 && (
        <details>
          <summary>{counted(rest.length, 'more thing')} to look at</summary>
          <ul>
            {rest.map((text) => (
              <li key={text} class="foreign">
                {text}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}

function IdentityFacts({ identity }: { readonly identity: Identity }) {
  const [invite] = identity.invites
  return (
    <dl class="facts">
      <dt>DID</dt>
      <dd>
        <code>{identity.did}</code> <Copy text={identity.did} what="DID" />
      </dd>
      <dt>Key</dt>
      <dd>
        <code>{identity.keyId.slice(identity.keyId.indexOf('#'))}</code> · {identity.state}
      </dd>
      <dt>Recoverable</dt>
      <dd>
        {identity.recoverable
          ? 'yes, with the recovery sheet'
          : 'no: it was made without a recovery sheet'}
      </dd>
      <dt>Invite</dt>
      <dd>
        {invite === undefined ? (
          <span class="muted">none: no address that others could reach is known</span>
        ) : (
          <>
            <code>{`${invite.slice(0, 28)}…`}</code> <Copy text={invite} what="invite" />
          </>
        )}
      </dd>
    </dl>
  )
}

const SYNC_WORDS = {
  starting: 'Comparing with peers for the first time',
  behind: 'Catching up',
  complete: 'Level with my peers',
} as const

function SyncCard({ sync }: { readonly sync: Status['sync'] }) {
  if (sync === null) {
    return (
      <section class="card" aria-labelledby="sync">
        <h2 id="sync">Level with others</h2>
        <p class="muted">This node runs without a network.</p>
      </section>
    )
  }
  const done = sync.underWay.reduce((sum, one) => sum + one.received, 0)
  const all = done + sync.toReceive
  return (
    <section class="card" aria-labelledby="sync">
      <h2 id="sync">Level with others</h2>
      <p>
        {sync.needed === 0
          ? 'Nobody to compare with: no peer is connected.'
          : `${SYNC_WORDS[sync.state]}: ${count(sync.agreed)} of ${counted(sync.needed, 'peer')} hold nothing more than I do.`}
      </p>
      {all > 0 && sync.underWay.length > 0 && (
        <>
          <progress value={done} max={all} aria-label="Records received" />
          <p class="small muted">
            {count(done)} of {counted(all, 'record')} from {counted(sync.underWay.length, 'peer')}
            {sync.perSecond > 0 && `, ${count(sync.perSecond)}/s`}
            {sync.secondsLeft !== null && `, ${duration(sync.secondsLeft)} left`}
          </p>
        </>
      )}
      <p class="muted small">
        {sync.lastComplete === null
          ? 'Not found complete since the start.'
          : `Last found complete ${ago(sync.lastComplete.at)}, by ${counted(sync.lastComplete.peers, 'peer')}.`}
      </p>
    </section>
  )
}
