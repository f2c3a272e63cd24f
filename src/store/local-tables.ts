/** The small tables of one store, loaded together and changed in its batches. */
import type { DamageList } from './damage.ts'
import type { Database } from './database.ts'
import { FORGOTTEN, NOTES, PEERS, PINS, PRIVATE_OBSERVATIONS } from './local-state.ts'
import type { Forgotten, Note, PeerNote, Pin, PrivateObservation } from './local-state.ts'
import { LocalTable } from './local-table.ts'
import type { PlannedChange, TableChange } from './local-table.ts'

export interface LocalChanges {
  readonly pins?: TableChange<Pin>
  readonly forgotten?: TableChange<Forgotten>
  readonly privateObservations?: TableChange<PrivateObservation>
  readonly peers?: TableChange<PeerNote>
  readonly notes?: TableChange<Note>
}

export interface LocalTables {
  readonly pins: LocalTable<Pin>
  readonly forgotten: LocalTable<Forgotten>
  readonly privateObservations: LocalTable<PrivateObservation>
  readonly peers: LocalTable<PeerNote>
  readonly notes: LocalTable<Note>
}

/** A table as others see it: changes go through the store's batches. */
export type TableView<Row> = Pick<LocalTable<Row>, 'get' | 'list' | 'size'>

export async function loadTables(database: Database, damage: DamageList): Promise<LocalTables> {
  const parts = { database, damage }
  return {
    pins: await LocalTable.load({ shape: PINS, ...parts }),
    forgotten: await LocalTable.load({ shape: FORGOTTEN, ...parts }),
    privateObservations: await LocalTable.load({ shape: PRIVATE_OBSERVATIONS, ...parts }),
    peers: await LocalTable.load({ shape: PEERS, ...parts }),
    notes: await LocalTable.load({ shape: NOTES, ...parts }),
  }
}

export async function reloadTables(tables: LocalTables): Promise<void> {
  const { pins, forgotten, privateObservations, peers, notes } = tables
  for (const table of [pins, forgotten, privateObservations, peers, notes]) {
    await table.reload()
  }
}

/** @throws {StoreError} `store/table-full`, `store/row-too-large`: none of the changes is made. */
export function planChanges(tables: LocalTables, changes: LocalChanges): readonly PlannedChange[] {
  return [
    planned(tables.pins, changes.pins),
    planned(tables.forgotten, changes.forgotten),
    planned(tables.privateObservations, changes.privateObservations),
    planned(tables.peers, changes.peers),
    planned(tables.notes, changes.notes),
  ].flat()
}

function planned<Row>(
  table: LocalTable<Row>,
  change: TableChange<Row> | undefined,
): readonly PlannedChange[] {
  return change === undefined ? [] : [table.plan(change)]
}
