/**
 * Two key logs claim one name: which of them does this node go by, and why?
 *
 * Its own name it knows; an agent that it pinned keeps the branch that was known then; and every vouch
 * names the inception it means, so those whom the viewer trusts are the witnesses. What none of them
 * settles stays open. Nothing here is stored or told to others: the join of both logs is.
 * Specification: docs/spec/identity.md, "Forks"; docs/spec/scoring.md, T23.
 */
import { toHex } from '../../base/bytes.ts'
import type { Did } from '../../identity/did.ts'
import type { KeyLog, Stretch } from '../../identity/key-log.ts'
import { IdentityState } from '../../identity/state.ts'
import type { Pin as StoredPin } from '../../store/local-state.ts'
import { GENERAL_SCOPE } from '../../trust/context.ts'
import { NodeError } from '../error.ts'
import type { Evidence } from '../evidence.ts'
import type { Outlook } from '../outlook.ts'

/** Scopes in which vouches for one agent are looked at, and paths of each. */
const SCOPES_LIMIT = 16
const PATHS_LIMIT = 16

export type ForkReason = 'own' | 'pin' | 'own-vouch' | 'vouches' | 'unsettled'

export interface Fork {
  /** Where the logs part: at their inceptions, recoveries or rotations. */
  readonly at: Stretch
  /** The log that this node goes by; `undefined` while the fork is unsettled for it. */
  readonly branch: KeyLog | undefined
  readonly because: ForkReason
  /** Whose vouches for the branch reach this node, sorted; of `own-vouch` and `vouches`. */
  readonly by: readonly Did[]
  /** The other log, or both while the fork is unsettled. */
  readonly other: readonly KeyLog[]
}

/** Whose eyes a fork is seen with. */
export interface ForkViewer {
  readonly did: Did
  readonly identity: { readonly log: KeyLog }
  readonly notes: { readonly named: ReadonlyMap<Did, StoredPin> }
  readonly evidence: Pick<Evidence, 'get' | 'about'>
  readonly outlook: Pick<Outlook, 'paths'>
}

/** `undefined` when the log has one branch. */
export async function forkOf(viewer: ForkViewer, state: IdentityState): Promise<Fork | undefined> {
  const { conflict, branches } = state
  if (conflict === undefined) return undefined
  const settled = ownBranch(viewer, state) ?? (await vouchedBranch(viewer, state))
  return {
    at: conflict.stretch,
    branch: settled?.branch,
    because: settled?.because ?? 'unsettled',
    by: settled?.by ?? [],
    other: branches.filter((log) => log !== settled?.branch),
  }
}

/**
 * What the view is to know of an agent: of a fork that the viewer itself has settled, that branch
 * alone. What vouches settle, the view settles by itself (T23).
 */
export function viewedState(
  viewer: Pick<ForkViewer, 'did' | 'identity' | 'notes'>,
  state: IdentityState | undefined,
): IdentityState | undefined {
  if (state?.conflict === undefined) return state
  const settled = ownBranch(viewer, state)
  return settled === undefined ? state : IdentityState.of(settled.branch)
}

function remembered(log: KeyLog): Required<Pick<StoredPin, 'inception' | 'head'>> {
  return { inception: log.inceptionHex, head: toHex(log.head) }
}

/**
 * What a pin is to remember: the log there is, or of two the one named by the beginning of its
 * inception or head; else what the pin remembers already, or the one that is settled.
 *
 * @throws {NodeError} `node/branch-unknown` when the name fits none or both.
 */
export async function branchToRemember(
  viewer: ForkViewer,
  state: IdentityState | undefined,
  name?: string,
): Promise<Pick<StoredPin, 'inception' | 'head'>> {
  if (name !== undefined) {
    const [named, ...others] = (state?.branches ?? []).filter(
      ({ inceptionHex, head }) => inceptionHex.startsWith(name) || toHex(head).startsWith(name),
    )
    if (named === undefined || others.length > 0) {
      throw new NodeError({ code: 'node/branch-unknown', branch: name })
    }
    return remembered(named)
  }
  if (state === undefined) return {}
  const log = (await forkOf(viewer, state))?.branch ?? onlyLog(state)
  return log === undefined ? {} : remembered(log)
}

function onlyLog({ branches: [log, second] }: IdentityState): KeyLog | undefined {
  return second === undefined ? log : undefined
}

interface Settled {
  readonly branch: KeyLog
  readonly because: ForkReason
  readonly by: readonly Did[]
}

/** The branch of my own name, or the one that I knew when I pinned the agent. */
function ownBranch(
  { did, identity, notes }: Pick<ForkViewer, 'did' | 'identity' | 'notes'>,
  state: IdentityState,
): Settled | undefined {
  const isMine = state.did === did
  const known = isMine ? remembered(identity.log) : notes.named.get(state.did)
  const branch = known === undefined ? undefined : branchKnown(state, known)
  return branch && { branch, because: isMine ? 'own' : 'pin', by: [] }
}

/** The one branch that has the entries which were known; an inception outlives recoveries. */
function branchKnown(
  { branches }: IdentityState,
  { inception, head }: Pick<StoredPin, 'inception' | 'head'>,
): KeyLog | undefined {
  const having = (hash: string | undefined): readonly KeyLog[] =>
    branches.filter(({ path }) =>
      Object.values<readonly string[]>(path).some((hashes) => hashes.some((own) => own === hash)),
    )
  for (const [found, ...others] of [having(inception), having(head)]) {
    if (found !== undefined && others.length === 0) return found
  }
  return undefined
}

/**
 * The inception named by the vouches that reach this viewer: in the scope that serves every other, or
 * else in the other scopes, if they agree.
 */
async function vouchedBranch(
  viewer: ForkViewer,
  state: IdentityState,
): Promise<Settled | undefined> {
  if (state.conflict?.stretch !== 'inceptions') return undefined
  const named = new Map<KeyLog, Set<Did>>()
  for (const scope of scopesAbout(viewer, state.did)) {
    const question = { subject: state.did, scope }
    for (const { hops } of await viewer.outlook.paths(question, PATHS_LIMIT)) {
      const id = hops.at(-1)?.vouch
      const vouch = id === undefined ? undefined : viewer.evidence.get(id)
      if (vouch?.type !== 'vouch') continue
      const branch = state.branches.find((log) => log.inceptionHex === toHex(vouch.inception))
      if (branch === undefined) continue
      named.set(branch, (named.get(branch) ?? new Set()).add(vouch.issuer))
    }
    if (scope === GENERAL_SCOPE && named.size > 0) break
  }
  const [only, ...others] = named
  if (only === undefined || others.length > 0) return undefined
  const [branch, by] = only
  return {
    branch,
    because: by.has(viewer.did) ? 'own-vouch' : 'vouches',
    by: [...by].toSorted(),
  }
}

/** `general` first, then the scopes of the vouches that are held for the agent. */
function scopesAbout({ evidence }: ForkViewer, did: Did): readonly string[] {
  const scopes = new Set<string>()
  for (const { record } of evidence.about(did, 'vouch')) {
    if (record.type === 'vouch') scopes.add(record.scope)
  }
  scopes.delete(GENERAL_SCOPE)
  return [GENERAL_SCOPE, ...[...scopes].toSorted().slice(0, SCOPES_LIMIT - 1)]
}
