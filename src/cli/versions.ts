/** All versions that can matter when two programs do not understand each other. */
import { VERSION } from '../api/version.ts'
import { MIGRATION_STEPS, schemaAfter } from '../store/migrations.ts'
import { JSON_VERSION } from './output.ts'

/** Of the protocols between nodes: docs/spec/README.md. */
const WIRE = { records: 1, identities: 1, sync: '1.0.0', query: '1.0.0', dht: '1.0.0' } as const

export function versionsOf() {
  return {
    package: VERSION,
    /** Of the HTTP interface: the first part of its paths. */
    api: 'v1',
    /** Of the envelope that commands print with --json. */
    json: JSON_VERSION,
    wire: WIRE,
    store: schemaAfter(MIGRATION_STEPS),
    node: process.version,
  } as const
}
