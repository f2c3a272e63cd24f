/** The peer layer's own rows in the store: anchors and the deny list. */
import type { Clock } from '../base/clock.ts'
import type { SmallNotes } from '../p2p/peers/memory.ts'
import type { Store } from '../store/store.ts'

export function smallNotes(store: Pick<Store, 'notes' | 'commit'>, clock: Clock): SmallNotes {
  return {
    list: async (prefix) => {
      const notes = await store.notes.list()
      return notes.filter(({ name }) => name.startsWith(prefix))
    },
    put: async (name, bytes) =>
      store.commit({ notes: { put: [{ name, bytes }] } }, { nowMs: clock(), durable: true }),
    delete: async (name) =>
      store.commit({ notes: { delete: [name] } }, { nowMs: clock(), durable: true }),
  }
}
