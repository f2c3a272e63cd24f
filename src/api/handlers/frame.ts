/** What every handler may touch. */
import type { AipNode } from '../../node/node.ts'
import type { LogTail } from '../log-tail.ts'
import type { TokenBook } from '../token-book.ts'

export interface HandlerFrame {
  readonly node: AipNode
  readonly version: string
  readonly home: string
  readonly tokens: TokenBook
  readonly logTail: LogTail
  /** Whether attacks may be played. */
  readonly hasLab: boolean
  /** Known once the server listens. */
  readonly address: () => { readonly socket: string | null; readonly url: string | null }
}
