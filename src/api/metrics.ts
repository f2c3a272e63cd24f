/**
 * Figures of the running node for Prometheus, in its text format 0.0.4. No label holds a DID or a peer
 * id: there is no end of them, and who is whose peer is nobody's business. docs/metrics.md lists all.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { AipNode } from '../node/node.ts'
import { SECOND_MS } from '../base/units.ts'
import { shownSync } from './sync-view.ts'
import { VERSION } from './version.ts'

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const DELAY_RESOLUTION_MS = 20
const NS_PER_MS = 1e6
const US_PER_SECOND = 1e6

type Kind = 'counter' | 'gauge'
type Labels = Readonly<Record<string, string>>
type Sample = readonly [value: number, labels?: Labels]

interface Metric {
  readonly name: string
  readonly kind: Kind
  readonly help: string
  readonly samples: readonly Sample[]
}

/** Who uses the interface now. */
export interface ApiTraffic {
  readonly connectionCount: number
  /** Requests under way: event streams too, and whichever asks. */
  readonly requestCount: number
}

/** Counts what happens from now on, and tells it when asked. */
export class Metrics implements Disposable {
  readonly #node: AipNode
  readonly #events = new Map<string, number>()
  readonly #unlisten: () => void
  readonly #delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS })

  constructor(node: AipNode) {
    this.#node = node
    this.#delay.enable()
    this.#unlisten = node.events.listen(({ event: { kind } }) => {
      this.#events.set(kind, (this.#events.get(kind) ?? 0) + 1)
    })
  }

  [Symbol.dispose](): void {
    this.#unlisten()
    this.#delay.disable()
  }

  async text(traffic: ApiTraffic): Promise<string> {
    return (await this.#all(traffic)).map(lines).join('')
  }

  async #all({ connectionCount, requestCount }: ApiTraffic): Promise<readonly Metric[]> {
    const node = this.#node
    const stats = await node.store.stats()
    const { isReady, done, total } = node.outlook.state
    const peers = node.mesh?.neighbours
    const sync = node.mesh === undefined ? undefined : shownSync(node.mesh.sync.state)
    const memory = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    return [
      gauge('info', 'The release that runs; always 1.', [1, { version: VERSION }]),
      gauge('start_time_seconds', 'When the node started, in Unix time.', [
        node.startedAtMs / 1_000,
      ]),
      gauge(
        'records',
        'Records held.',
        ...Object.entries(stats.records).map(([type, count]): Sample => [count, { type }]),
      ),
      gauge('identities', 'Key logs held.', [node.identities.size]),
      gauge('store_bytes', 'What the store takes on disk.', [stats.bytesOnDisk]),
      gauge('store_damaged_rows', 'Rows that the disk has changed.', [node.store.damage.length]),
      gauge('index_ready', 'Whether all that is held has been read: 1 or 0.', [
        node.index.state === 'ready' ? 1 : 0,
      ]),
      gauge('view_ready', 'Whether scores are those of now: 1 or 0.', [isReady ? 1 : 0]),
      gauge('view_records', 'Records that the view is made of.', [done]),
      gauge('view_records_wanted', 'Records that it will be made of.', [total]),
      gauge('peers_connected', 'Peers with a connection.', [peers?.count ?? 0]),
      gauge('peers_known', 'Peers whose address is kept.', [peers?.known.length ?? 0]),
      gauge('sync_complete', 'Whether chosen peers hold nothing more: 1 or 0.', [
        sync?.state === 'complete' ? 1 : 0,
      ]),
      counter('sync_received_records_total', 'Records received by reconciliation.', [
        sync?.received ?? 0,
      ]),
      counter('sync_sent_records_total', 'Records sent by reconciliation.', [sync?.sent ?? 0]),
      counter('sync_received_bytes_total', 'Bytes received by reconciliation.', [
        sync?.receivedBytes ?? 0,
      ]),
      counter('sync_sent_bytes_total', 'Bytes sent by reconciliation.', [sync?.sentBytes ?? 0]),
      counter(
        'events_total',
        'Events since the start, by kind.',
        ...[...this.#events]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([kind, count]): Sample => [count, { kind }]),
      ),
      gauge('event_listeners', 'Parts of the node and event streams that events are told to.', [
        node.events.listenerCount,
      ]),
      gauge('api_connections', 'Connections to the local interface.', [connectionCount]),
      gauge('api_requests', 'Requests under way: event streams too, and the one for this.', [
        requestCount,
      ]),
      gauge(
        'event_loop_delay_seconds',
        'How late the event loop came since the last look, at the 99th percentile.',
        [this.#lateSeconds(), { quantile: '0.99' }],
      ),
      gauge('resident_memory_bytes', 'Memory of the process.', [memory.rss]),
      gauge('heap_bytes', 'What V8 holds of it.', [memory.heapTotal]),
      counter('cpu_seconds_total', 'Processor time.', [(user + system) / US_PER_SECOND]),
    ]
  }

  /** Each look begins anew, so that a slow start does not hide or colour what is now. */
  #lateSeconds(): number {
    const lateMs = this.#delay.percentile(99) / NS_PER_MS - DELAY_RESOLUTION_MS
    this.#delay.reset()
    return Math.max(0, lateMs) / SECOND_MS
  }
}

function gauge(name: string, help: string, ...samples: readonly Sample[]): Metric {
  return { name, kind: 'gauge', help, samples }
}

function counter(name: string, help: string, ...samples: readonly Sample[]): Metric {
  return { name, kind: 'counter', help, samples }
}

function lines({ name, kind, help, samples }: Metric): string {
  const full = `aip_node_${name}`
  const values = samples.map(([value, labels = {}]) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
    return `${full}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
  })
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${kind}`, ...values, ''].join('\n')
}

function escaped(text: string): string {
  return text.replaceAll(/[\\"\n]/g, (one) => (one === '\n' ? '\\n' : `\\${one}`))
}
