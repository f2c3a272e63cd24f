import { share } from '../../format.ts'
import { AgentLink, RecordLink } from '../../parts/values.tsx'
import type { Explanation, TrustPath } from '../../types.ts'

const VIA = { vouch: 'vouched', introducer: 'introducer', pin: 'pin' } as const

export function PathList({
  why,
  names,
}: {
  readonly why: Explanation
  readonly names: ReadonlyMap<string, string>
}) {
  const { social, ignored } = why
  const vouches = ignored.filter(({ kind }) => kind === 'vouch')
  return (
    <>
      {social.paths.length === 0 ? (
        <p class="muted">No chain of vouches leads from you to this agent.</p>
      ) : (
        <ol class="plain lines">
          {social.paths.map((path) => (
            <PathLine key={JSON.stringify(path.hops)} path={path} names={names} />
          ))}
        </ol>
      )}
      {social.otherPaths > 0 && (
        <p class="small muted">Further paths, not listed: {share(social.otherPaths, 4)}</p>
      )}
      {vouches.map(({ reason, count }) => (
        <p key={reason} class="small muted">
          {count} {count === 1 ? 'vouch' : 'vouches'} left out: {reason}
        </p>
      ))}
    </>
  )
}

/** One chain, from me, with the level of each step. */
export function PathLine({
  path,
  names,
}: {
  readonly path: TrustPath
  readonly names: ReadonlyMap<string, string>
}) {
  return (
    <li>
      <span class="row">
        <span class="mono">{share(path.share, 4)}</span>
        <span>you</span>
        {path.hops.map((hop) => (
          <span key={hop.did} class="row">
            <span class="muted small">
              → {VIA[hop.via]} {share(hop.level)}{' '}
              {hop.vouch !== null && <RecordLink id={hop.vouch} />} →
            </span>
            <AgentLink did={hop.did} name={names.get(hop.did)} />
          </span>
        ))}
      </span>
    </li>
  )
}
