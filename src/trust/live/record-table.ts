/**
 * What both books of a view share: the ids of its records, each with the number of what it became in
 * the book of its kind, and the names of scopes as numbers, each for as long as somebody has it.
 */
import { GENERAL_SCOPE } from '../context.ts'
import { InternedTexts } from '../engine/interned.ts'
import { IdTree } from '../id-tree.ts'
import { PackedIds } from '../packed-ids.ts'

export class RecordTable {
  readonly ids = new PackedIds()
  readonly tree = new IdTree(this.ids)
  readonly scopes = new InternedTexts()
  /** The number of the scope that serves every other. */
  readonly general = this.scopes.take(GENERAL_SCOPE)
}
