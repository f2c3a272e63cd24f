/** Bundles and credentials on a machine that never had a node: an empty home, nothing running. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { incept } from '../../src/identity/key-log.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { encodeBundle } from '../../src/records/bundle.ts'
import { vouchCredential } from '../../src/records/credential.ts'
import { signCredential } from '../../src/records/credential-proof.ts'
import { recordIdText } from '../../src/records/wire.ts'
import { DAY_MS } from '../../src/base/units.ts'
import { vouchOf } from '../support/credentials.ts'
import { alice, NETWORK, revocationClaim, verified, vouchClaim } from '../support/records.ts'
import { run, scratch, type Ended } from './cli-run.ts'

const nowMs = Date.now()
const times = { sequence: nowMs, issuedAtMs: nowMs, expiresAtMs: nowMs + 90 * DAY_MS }
const vouch = verified(vouchClaim(times))
const revocation = verified(revocationClaim({ ...times, vouch: vouch.id, sequence: nowMs + 1 }))
const { bytes: identity } = IdentityState.of(
  incept({ genesis: alice.signer, verifier: nativeVerifier }).log,
)
const credential = signCredential(vouchCredential(vouchOf(vouch), NETWORK), {
  signer: alice.signer,
  keyId: `${alice.did}#k0.0`,
  nowMs,
})

const Report = z.object({
  v: z.literal(1),
  data: z.object({
    records: z.number(),
    sound: z.number(),
    faults: z.record(z.string(), z.number()),
    items: z.array(
      z.object({ valid: z.boolean(), rule: z.string().nullable(), state: z.string().nullable() }),
    ),
  }),
})
const Verdict = z.object({ data: z.object({ valid: z.boolean(), rule: z.string().nullable() }) })

interface Machine {
  readonly verify: (...argv: readonly string[]) => Promise<Ended>
  readonly write: (name: string, content: Uint8Array | string) => Promise<void>
  /** Every file in the home. */
  readonly left: () => Promise<readonly string[]>
}

async function machine(): Promise<Machine> {
  const cwd = await scratch()
  const home = join(cwd, 'home')
  await mkdir(home)
  const env = {
    HOME: home,
    AIP_NODE_HOME: join(home, 'none'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_RUNTIME_DIR: join(home, 'run'),
  }
  return {
    verify: async (...argv) => run(['record', 'verify', ...argv], { cwd, env }),
    write: async (name, content) => writeFile(join(cwd, name), content),
    left: async () => readdir(home, { recursive: true }),
  }
}

test('a bundle is judged record by record, and nothing is left behind', async () => {
  const { verify, write, left } = await machine()
  const forged = Uint8Array.from(vouch.bytes)
  const at = Buffer.from(forged).indexOf(Buffer.from([0x61, 0x73, 0x58, 0x40])) + 5
  forged[at] = (forged[at] ?? 0) ^ 1
  await write(
    'mixed.aip',
    encodeBundle({ identities: [identity], records: [vouch.bytes, forged, revocation.bytes] }),
  )

  const mixed = await verify('mixed.aip', '--network', NETWORK)
  expect(mixed.out).toContain(`vouch ${recordIdText(vouch.id)}  valid, revoked`)
  expect(mixed.out).toContain('fails R7: The signature is not by the key in the record.')
  expect(mixed.out).toContain('2 of 3 records sound')
  expect(mixed.code).toBe(5)

  const json = await verify('mixed.aip', '--network', NETWORK, '--json')
  const { data } = Report.parse(JSON.parse(json.out))
  expect(data).toMatchObject({ records: 3, sound: 2, faults: { 'record/signature-invalid': 1 } })
  expect(data.items.map(({ valid, rule, state }) => [valid, rule, state])).toEqual([
    [true, null, null],
    [true, null, 'revoked'],
    [false, 'R7', null],
    [true, null, 'live'],
  ])
  expect(json.code).toBe(5)
  expect(await left()).toEqual([])
})

test('a bundle that was cut short and one of another network are told apart', async () => {
  const { verify, write } = await machine()
  const file = encodeBundle({ identities: [identity], records: [vouch.bytes] })
  await write('short.aip', file.subarray(0, file.length - 1))
  await write('sound.aip', file)
  const short = await verify('short.aip', '--network', NETWORK)
  expect(short.out).toContain('valid, live')
  expect(short.err).toContain('[bundle/cut-short]')
  expect(short.code).toBe(5)
  const other = await verify('sound.aip')
  expect(other.out).toContain('fails R7')
  expect(other.out).toContain('name that with --network')
  expect(other.code).toBe(5)
})

test('a credential is judged by the bundle beside it', async () => {
  const { verify, write, left } = await machine()
  await write('vouch.json', JSON.stringify(credential, undefined, 2))
  await write('log.aip', encodeBundle({ identities: [identity], records: [] }))
  await write('later.aip', encodeBundle({ identities: [identity], records: [revocation.bytes] }))
  const offline = ['vouch.json', '--network', NETWORK, '--bundle']

  const sound = await verify(...offline, 'log.aip')
  expect(sound.out).toContain(`valid: ${alice.did} vouches for`)
  expect(sound.out).toContain('holds no revocation of it')
  expect(sound.code).toBe(0)

  const revoked = await verify(...offline, 'later.aip', '--json')
  expect(Verdict.parse(JSON.parse(revoked.out)).data).toEqual({ valid: false, rule: 'V9' })
  expect(revoked.code).toBe(5)

  const alone = await verify('vouch.json', '--network', NETWORK)
  expect(alone.err).toContain('[client/not-running]')
  expect(alone.code).toBe(3)
  expect(await left()).toEqual([])
})
