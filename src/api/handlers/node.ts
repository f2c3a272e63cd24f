/** The node itself: how it is, who it is, and what happens to it. */
import { didKeyOf, type Did } from '../../identity/did.ts'
import { storeWarning, type AipNode } from '../../node/node.ts'
import { vouchedFor } from '../../node/own-vouches.ts'
import { forkOf, type Fork } from '../../node/use/forks.ts'
import { hasSheet } from '../../node/own-identity.ts'
import type { OwnStanding } from '../../node/own-standing.ts'
import { headLog } from '../../node/use/rotating.ts'
import { peerIdOfKey } from '../../p2p/peer-id.ts'
import { encodeInvite } from '../../p2p/peers/invite.ts'
import { shownEvent, timeText } from '../answers.ts'
import type { Handlers, Output } from '../contract.ts'
import { shownSync } from '../sync-view.ts'
import { isHiddenEvent } from './forgotten.ts'
import type { HandlerFrame } from './frame.ts'
import { keyIdOf } from './own-identity.ts'

/** Events that wait for a slow listener; the oldest go first, and the cursor shows the gap. */
const EVENTS_WAITING_LIMIT = 10_000

export function nodeHandlers({
  node,
  version,
  home,
  address,
  hasLab,
}: HandlerFrame): Pick<Handlers, 'status' | 'identity' | 'events'> {
  const addresses = (): readonly string[] => node.mesh?.host.addresses() ?? []
  return {
    status: async () => {
      const stats = await node.store.stats()
      const mine = countMine(node)
      const { hasView } = node.outlook
      const isReading = node.index.state === 'reading'
      const peers = node.mesh?.neighbours
      return {
        version,
        network: node.network.name,
        did: node.did,
        keyId: keyIdOf(node.identity.log),
        root: node.identity.log.hasColdRoot ? 'cold' : 'hot',
        identity: node.standing,
        peerId: peerIdOfKey(node.identity.signer.publicKey),
        pid: process.pid,
        startedAt: timeText(node.startedAtMs),
        hasView,
        mine,
        peers: { connected: peers?.count ?? 0, known: peers?.known.length ?? 0 },
        clock: clockOf(node),
        store: {
          records: isReading ? node.store.recordCount : node.writer.recordCount,
          identities: node.identities.size,
          bytes: stats.bytesOnDisk,
          index: { state: node.index.state, read: node.index.read },
        },
        view: viewStateOf(node),
        sync: node.mesh === undefined ? null : shownSync(node.mesh.sync.state),
        listen: [...addresses()],
        home,
        api: { ...address(), lab: hasLab },
        warnings: await warningsOf(node),
        next: isReading ? [] : nextSteps(node, hasView, mine),
      }
    },

    identity: async () => {
      const { log, signer } = node.identity
      return {
        did: node.did,
        didKey: didKeyOf(log.genesisKey),
        peerId: peerIdOfKey(signer.publicKey),
        network: node.network.name,
        keyId: keyIdOf(node.identity.log),
        headKeyId: keyIdOf(headLog(node)),
        inception: log.inceptionHex,
        root: log.hasColdRoot ? 'cold' : 'hot',
        state: node.standing,
        recoverable: hasSheet(log),
        addresses: [...addresses()],
        invites: addresses().map((one) =>
          encodeInvite({ address: one, did: node.did, network: node.network.name }),
        ),
      }
    },

    events: ({ kinds, cursor }, { signal }) =>
      eventsOf(node, { kinds: kinds === undefined ? undefined : new Set(kinds), cursor, signal }),
  }
}

const STANDING_WARNING: Readonly<Record<Exclude<OwnStanding, 'active'>, string>> = {
  forked: 'Two key logs claim this identity: somebody else signs with a key of its sheet or root.',
  retired:
    'The key of this home was replaced elsewhere: this node signs nothing. Restore a later backup, or run "aip-node recover".',
  deactivated: 'This identity is deactivated: this node signs nothing any more.',
}

function countMine(node: AipNode): Output<'status'>['mine'] {
  const count = node.evidence.countsOf(node.did).by
  const held = count.vouch + count.revocation + count.promise + count.observation
  return {
    vouches: count.vouch,
    promises: count.promise,
    observations: count.observation,
    privateObservations: node.notes.privateOutcomes.length,
    // What was signed and has left the store since was published all the same.
    published: Math.max(held, node.author.hasSigned ? 1 : 0),
  }
}

function clockOf({ peerClocks }: AipNode): Output<'status'>['clock'] {
  const { aheadMs, peerCount } = peerClocks.state
  return { aheadMs: aheadMs ?? null, peers: peerCount }
}

function viewStateOf({ outlook }: AipNode): Output<'status'>['view'] {
  const { isReady, done, total, checkpointMs } = outlook.state
  const checkpoint = checkpointMs === undefined ? null : timeText(checkpointMs)
  return { ready: isReady, records: done, of: total, checkpoint }
}

async function warningsOf(node: AipNode): Promise<string[]> {
  const warnings: string[] = []
  const { damage, repaired } = node.store
  const storeState = storeWarning(node.store)
  const { standing } = node
  if (standing !== 'active') warnings.push(STANDING_WARNING[standing])
  if (storeState !== undefined) warnings.push(storeState)
  if (repaired !== undefined) {
    const { kept, records, lost } = repaired
    const where = kept === undefined ? '' : ` What was damaged is in ${kept}.`
    warnings.push(
      `The store was repaired at the start: ${records} records were kept, ${lost} rows could not be read.${where}`,
    )
  }
  const { wrong } = node.peerClocks
  if (wrong !== undefined) warnings.push(wrong)
  const alone = node.company?.alone
  if (alone?.isWorthTelling === true) warnings.push(alone.found)
  const { index } = node
  if (index.state === 'reading') {
    const far = `${index.read} of ${index.records}`
    warnings.push(`Still reading the records: ${far}. What is shown is not all yet.`)
  }
  if (damage.length > 0) warnings.push(`The store has ${damage.length} damaged rows.`)
  for (const did of dearAgents(node)) {
    const state = node.identities.get(did)
    if (state?.isForked === true && !node.outlook.state.isReady) {
      // Which of them is real may hang on the view: it is not waited for here.
      warnings.push(`Two key logs claim ${did}.`)
      continue
    }
    const fork = state === undefined ? undefined : await forkOf(node, state)
    if (fork !== undefined) warnings.push(`Two key logs claim ${did}: ${forkText(fork)}.`)
  }
  if (!hasSheet(node.identity.log)) {
    warnings.push('This identity has no recovery sheet: it can neither rotate its key nor recover.')
  }
  return warnings
}

/** Whose fork the operator should hear of: this agent, those it vouched for, pinned or named. */
function dearAgents(node: AipNode): ReadonlySet<Did> {
  return new Set([node.did, ...vouchedFor(node), ...node.notes.named.keys()])
}

function forkText({ branch, because }: Fork): string {
  const known = branch === undefined ? '' : ` by inception ${branch.inceptionHex.slice(0, 16)}`
  switch (because) {
    case 'own':
      return 'somebody else has a key of this node. Vouches for you name the inception they mean'
    case 'pin':
      return `this node goes${known}, which you knew when you pinned it`
    case 'own-vouch':
    case 'vouches':
      return `this node goes${known}, which ${because === 'vouches' ? 'vouches that it trusts name' : 'your vouch names'}`
    case 'unsettled':
      return 'nothing tells which is real. Ask the agent, then "aip-node pin <agent> --branch <inception>"'
  }
}

/** The one next thing for each of: peers, vouches, observations. */
function nextSteps(node: AipNode, hasView: boolean, mine: Output<'status'>['mine']): string[] {
  const steps: string[] = []
  if (node.peerClocks.wrong !== undefined) steps.push('Set the clock of this machine; run NTP.')
  const alone = node.company?.alone
  if (node.mesh === undefined) steps.push('This node is offline: start it with --profile edge.')
  else if (alone !== undefined) steps.push(alone.hint)
  if (!hasView) {
    steps.push(
      'No view yet: "aip-node vouch <did> --level 0.8" for somebody you know, or set trust.introducers.',
    )
  }
  if (mine.observations + mine.privateObservations === 0) {
    steps.push(
      'Nothing observed yet: after a task, "aip-node observe <did> --promised 10 --delivered 9 --task review".',
    )
  }
  return steps
}

async function* eventsOf(
  node: AipNode,
  {
    kinds,
    cursor,
    signal,
  }: {
    readonly kinds: ReadonlySet<string> | undefined
    readonly cursor: number | undefined
    readonly signal: AbortSignal
  },
): AsyncGenerator<Output<'events'>> {
  const waiting = cursor === undefined ? [] : [...node.events.since(cursor)]
  let wake: (() => void) | undefined
  const unlisten = node.events.listen((stamped) => {
    waiting.push(stamped)
    if (waiting.length > EVENTS_WAITING_LIMIT) waiting.shift()
    wake?.()
  })
  const onAbort = (): void => wake?.()
  signal.addEventListener('abort', onAbort)
  try {
    while (!signal.aborted) {
      const stamped = waiting.shift()
      if (stamped === undefined) {
        await new Promise<void>((next) => {
          wake = next
        })
      } else if (kinds === undefined || kinds.has(stamped.event.kind)) {
        if (!isHiddenEvent(node, stamped.event)) yield shownEvent(stamped)
      }
    }
  } finally {
    unlisten()
    signal.removeEventListener('abort', onAbort)
  }
}
