import { setTimeout as delay } from 'node:timers/promises'
import type { Output } from '../../api/contract.ts'
import { ClientError } from '../../sdk/error.ts'
import type { CommandContext, CommandDefinition } from '../command.ts'
import { counted } from '../text.ts'
import { agoText } from '../time.ts'

/** Between two looks at a node that is still starting. */
const WAIT_STEP_MS = 200
/** Between two looks of somebody who watches. */
const WATCH_STEP_MS = 2_000

export const status: CommandDefinition = {
  name: 'status',
  summary: 'How the node is: identity, peers, store, and what to do next',
  options: [
    { flags: '--wait <state>', description: 'wait until the node answers', choices: ['ready'] },
    { flags: '--watch', description: 'again each two seconds, until Ctrl-C' },
  ],
  examples: [
    'aip-node status',
    'aip-node status --wait ready --timeout 30s',
    'aip-node status --watch',
  ],

  async run(invocation, context) {
    const isWaiting = invocation.text('wait') !== undefined
    const found = isWaiting ? await whenReady(context) : await ask(context)
    show(found, context)
    if (!invocation.has('watch')) return
    while (!context.signal.aborted) {
      await delay(WATCH_STEP_MS, undefined, { signal: context.signal }).catch(() => {})
      if (context.signal.aborted) return
      if (!context.output.isJson) context.output.line('')
      show(await ask(context), context)
    }
  },
}

function show(found: Output<'status'>, context: CommandContext): void {
  context.output.answer(found, () => [
    `node       ${found.did}`,
    `key        ${found.keyId.split('#')[1]}, root ${found.root}${found.identity === 'active' ? '' : `, ${found.identity}`}`,
    `peer id    ${found.peerId}`,
    `version    ${found.version}, pid ${found.pid}, since ${found.startedAt}`,
    `network    ${found.network}`,
    `home       ${found.home}`,
    `api        ${[found.api.socket, found.api.url].filter((at) => at !== null).join(' · ') || 'none'}`,
    ...found.listen.map((address) => `listening  ${address}`),
    `peers      ${found.peers.connected} connected, ${found.peers.known} known`,
    `store      ${counted(found.store.records, 'record')}, ${counted(found.store.identities, 'identity', 'identities')}`,
    ...viewLines(found.view, context.clock()),
    ...syncLines(found.sync),
    `mine       ${mineText(found.mine)}`,
    ...found.warnings.map((warning) => `warning    ${warning}`),
    ...found.next.map((step) => `next       ${step}`),
  ])
}

/** Nothing once the view is ready. */
function viewLines({ ready, records, of, checkpoint }: Output<'status'>['view'], nowMs: number) {
  if (ready) return []
  const meanwhile =
    checkpoint === null ? 'scores wait for it' : `scores are those of ${agoText(checkpoint, nowMs)}`
  return [`view       loading: ${records} of ${counted(of, 'record')}; ${meanwhile}`]
}

function syncLines(sync: Output<'status'>['sync']): readonly string[] {
  if (sync === null) return []
  const { state, agreed, needed, lastComplete, underWay } = sync
  const last =
    state === 'complete' || lastComplete === null
      ? ''
      : `; last complete ${lastComplete.at} by ${counted(lastComplete.peers, 'peer')}`
  const left = sync.secondsLeft === null ? '' : `, about ${sync.secondsLeft} s left`
  const moving =
    sync.toReceive + sync.toSend === 0
      ? []
      : [
          `           ${sync.toReceive} to receive, ${sync.toSend} to send, ${sync.perSecond}/s${left}, with ${counted(underWay.length, 'peer')}`,
        ]
  if (needed === 0) return [`sync       no peers to compare with yet${last}`, ...moving]
  return [`sync       ${state}: ${agreed} of ${counted(needed, 'peer')} agree${last}`, ...moving]
}

function mineText(mine: Output<'status'>['mine']): string {
  return [
    counted(mine.vouches, 'vouch', 'vouches'),
    counted(mine.promises, 'promise'),
    counted(mine.observations, 'public observation'),
    counted(mine.privateObservations, 'private observation'),
  ].join(', ')
}

async function ask(context: CommandContext): Promise<Output<'status'>> {
  const client = await context.connect()
  return client.status({})
}

async function whenReady(context: CommandContext): Promise<Output<'status'>> {
  const deadlineMs = context.clock() + context.timeoutMs
  for (;;) {
    try {
      return await ask(context)
    } catch (error) {
      const isAbsent = error instanceof ClientError && error.fault.code === 'client/not-running'
      if (!isAbsent) throw error
    }
    if (context.clock() >= deadlineMs) {
      throw new ClientError({ code: 'client/timeout', limitMs: context.timeoutMs })
    }
    await delay(WAIT_STEP_MS, undefined, { signal: context.signal })
  }
}
