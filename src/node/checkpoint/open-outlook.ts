/** The outlook of a node with the checkpoint that it begins with and the ones that it leaves. */
import { toHex } from '../../base/bytes.ts'
import { paramsHash, PROFILES } from '../../trust/profile.ts'
import type { LocalNotes } from '../local-notes.ts'
import { Outlook } from '../outlook.ts'
import type { OutlookDeps } from '../outlook.ts'
import type { Store } from '../../store/store.ts'
import type { CheckpointOwner } from './checkpoint.ts'
import { Checkpointer, readCheckpoint } from './checkpointer.ts'
import type { CheckpointerDeps } from './checkpointer.ts'
import { wordsHash } from './viewers-words.ts'

/** Beside the store. */
export const CHECKPOINT_FILE = 'scores.checkpoint'

export interface OpenOutlookOptions
  extends
    Pick<OutlookDeps, 'evidence' | 'context' | 'clock'>,
    Pick<CheckpointerDeps, 'path' | 'log'> {
  readonly network: string
  readonly store: Pick<Store, 'storeId' | 'ownSequence'>
  readonly notes: Pick<LocalNotes, 'named'>
  /** The public key that signs now. */
  readonly ownKey: () => Uint8Array
}

/** Both are taken down with `parts`: the last checkpoint is written while the view is still there. */
export async function openOutlook(
  parts: AsyncDisposableStack,
  { path, network, store, notes, ownKey, evidence, context, clock, log }: OpenOutlookOptions,
): Promise<Outlook> {
  const owner = async (): Promise<CheckpointOwner> => {
    const ownSequence = (await store.ownSequence(toHex(ownKey()))) ?? 0
    const { viewer, profile, pins, introducers, privateOutcomes } = context()
    const pinnedLogs = [...notes.named.values()].flatMap(({ did, inception }) =>
      inception === undefined ? [] : [[did, inception] as const],
    )
    const said = { profile, pins, introducers, privateOutcomes, ownSequence, pinnedLogs }
    const params = paramsHash(PROFILES[profile])
    return { network, storeId: store.storeId, viewer, params, words: wordsHash(said) }
  }
  const checkpoint = await readCheckpoint(path, await owner(), { clock, log })
  const outlook = parts.use(new Outlook({ evidence, clock, context, checkpoint }))
  parts.use(new Checkpointer({ path, outlook, owner, clock, log }))
  return outlook
}
