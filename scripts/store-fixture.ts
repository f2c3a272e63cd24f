/**
 * Writes a small store as the code beside it writes one, for a test of later code to open:
 *
 *     node scripts/store-fixture.ts test/store/fixtures/schema-2.json COMMIT
 *
 * To have that of an earlier release, copy this file into a checkout of it and run it there.
 */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { toHex } from '../src/base/bytes.ts'
import { silentLogger } from '../src/base/log.ts'
import { nativeVerifier } from '../src/node/native-crypto.ts'
import { Store } from '../src/store/store.ts'
import * as made from '../test/integration/store/records.ts'

const KEPT = /^store(?:\.json$|\/(?!LOCK|LOG))/

const [file, commit] = process.argv.slice(2)
if (file === undefined || commit === undefined) {
  throw new Error('usage: node scripts/store-fixture.ts FILE COMMIT')
}
const { NETWORK, NOW_MS, alice, bob, carol, identity, promise, revocation, vouch } = made

const home = await mkdtemp(join(tmpdir(), 'store-fixture-'))
try {
  {
    await using store = await Store.open(home, {
      network: NETWORK,
      log: silentLogger,
      verifier: nativeVerifier,
      clock: () => NOW_MS,
    })
    await store.commit(
      {
        put: [
          ...[1, 2, 3, 4, 5, 6].map((n) => vouch(alice, bob, n)),
          ...[7, 8].map((n) => vouch(bob, carol, n)),
          ...[9, 10, 11].map((n) => promise(carol, alice, n)),
          revocation(alice, carol, 12),
        ],
        identities: [identity(alice), identity(bob, 2), identity(carol)],
        ownSequence: { keyHex: toHex(alice.signer.publicKey), sequence: NOW_MS + 12 },
        pins: { put: [{ did: bob.did, kind: 'trust', petname: 'Bob' }] },
        forgotten: { put: [{ did: carol.did, sinceMs: NOW_MS }] },
        privateObservations: { put: [{ id: 'one', bytes: Uint8Array.of(1, 2, 3) }] },
        peers: {
          put: [
            {
              peerId: 'peer',
              addresses: ['/ip4/192.0.2.1/tcp/1'],
              lastSeenMs: NOW_MS,
              lastGoodMs: 0,
            },
          ],
        },
        notes: { put: [{ name: 'note', bytes: Uint8Array.of(4) }] },
      },
      made.DURABLE,
    )
  }
  const about = `A home as commit ${commit} leaves it: three identities, 12 records, a row in each local table. File contents in base64.`
  const files: Record<string, string> = {}
  for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(home, path)
    if (entry.isFile() && KEPT.test(name)) files[name] = await readFile(path, 'base64')
  }
  await writeFile(file, `${JSON.stringify({ about, files }, undefined, 2)}\n`)
} finally {
  await rm(home, { recursive: true, force: true })
}
