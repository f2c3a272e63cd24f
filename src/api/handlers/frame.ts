/** What every handler may touch. */
import type { AipNode } from '../../node/node.ts'

export interface HandlerFrame {
  readonly node: AipNode
  readonly version: string
  readonly home: string
  /** Known once the server listens. */
  readonly address: () => { readonly socket: string | null; readonly url: string | null }
}
