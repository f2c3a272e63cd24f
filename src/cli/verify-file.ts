/**
 * `record verify`: a bundle, or the credential of a vouch, judged on a machine that may have no node.
 *
 * A bundle needs nothing but itself. A credential needs the issuer's key log: from a bundle beside it,
 * or from the running node, which also knows of more revocations.
 */
import { verdictOf } from '../api/credential-verdict.ts'
import type { CredentialVerdict } from '../api/views.ts'
import { BundleKnowledge, judgeBundle } from '../records/bundle-check.ts'
import type { CheckContext, JudgedItem } from '../records/bundle-check.ts'
import { CREDENTIAL_LIMIT_CHARS, CredentialCandidate } from '../records/credential-proof.ts'
import { shardSubject } from '../records/record.ts'
import { ruleOf } from '../records/rules.ts'
import { recordIdText } from '../records/wire.ts'
import type { CommandContext } from './command.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { readable } from './file.ts'
import { counted } from './text.ts'

/** Items in an answer with `--json`; the counts are of all. Lines for people have no such bound. */
export const REPORT_LIMIT_COUNT = 10_000

/** Four bytes for each character, so that a text within its limit is read whole. */
const CREDENTIAL_LIMIT_BYTES = 4 * CREDENTIAL_LIMIT_CHARS

/** Whether a file begins as JSON does; a bundle begins with its header. */
export async function holdsCredential(path: string): Promise<boolean> {
  const text = Buffer.from(await head(path, CREDENTIAL_LIMIT_BYTES)).toString('utf8')
  return /^\uFEFF?\s*\{/.test(text)
}

export async function verifyCredentialFile(
  file: { readonly path: string; readonly bundle: string | undefined; readonly network: string },
  { connect, output, clock }: CommandContext,
): Promise<ExitCode> {
  const { path, bundle, network } = file
  const text = Buffer.from(await head(path, CREDENTIAL_LIMIT_BYTES)).toString('utf8')
  const verdict =
    bundle === undefined
      ? await (await connect()).verifyCredential({ credential: text })
      : await judgedByBundle(text, bundle, await checkContext(network, clock()))
  output.answer(verdict, () => credentialLines(verdict, bundle))
  return verdict.valid ? EXIT.ok : EXIT.policy
}

async function judgedByBundle(
  text: string,
  bundle: string,
  context: CheckContext,
): Promise<CredentialVerdict> {
  const knowledge = await BundleKnowledge.read(await readable(bundle), context)
  return verdictOf(async () => {
    const candidate = CredentialCandidate.parse(text, context)
    const { id, record } = candidate
    return candidate.verify({
      ...context,
      identity: knowledge.identityOf(record.issuer),
      isRevoked: knowledge.isRevoked(id, record),
    })
  })
}

function credentialLines(verdict: CredentialVerdict, bundle: string | undefined): string[] {
  const { vouch, key, rule, code, problem } = verdict
  if (vouch === null) return [`not valid: ${rule ?? '–'}  ${problem ?? ''} [${code ?? ''}]`]
  return [
    `valid: ${vouch.issuer} vouches for ${vouch.subject} at ${vouch.level} (${vouch.scope})`,
    ...(vouch.statement === null ? [] : [`says    ${vouch.statement}`]),
    `until   ${vouch.expiresAt}`,
    `record  ${vouch.id}`,
    `key     ${key?.id ?? ''} (${key?.state ?? ''})`,
    bundle === undefined
      ? 'No revocation of it has reached the node.'
      : 'The bundle holds no revocation of it; a running node may know of one.',
  ]
}

interface ReportRow {
  /** Place in the file, from 1. */
  readonly item: number
  readonly kind: 'identity' | 'record'
  readonly valid: boolean
  readonly rule: string | null
  readonly code: string | null
  readonly problem: string | null
  readonly id: string | null
  readonly type: string | null
  readonly issuer: string | null
  readonly subject: string | null
  readonly state: string | null
}

export async function verifyBundleFile(
  { path, network }: { readonly path: string; readonly network: string },
  { output, clock }: CommandContext,
): Promise<ExitCode> {
  const context = await checkContext(network, clock())
  const knowledge = await BundleKnowledge.read(await readable(path), context)
  const count = { identities: 0, records: 0, sound: 0 }
  const faults: Record<string, number> = {}
  const items: ReportRow[] = []
  let item = 0
  for await (const judged of judgeBundle(await readable(path), knowledge, context)) {
    const row = reportRow(++item, judged)
    if (row.kind === 'identity') count.identities++
    else count.records++
    if (row.code !== null) faults[row.code] = (faults[row.code] ?? 0) + 1
    else if (row.kind === 'record') count.sound++
    if (!output.isJson) output.line(rowLine(row))
    else if (items.length < REPORT_LIMIT_COUNT) items.push(row)
  }
  const report = { network, ...count, faults, items, leftOut: item - items.length }
  output.answer(report, () => [
    `${count.sound} of ${counted(count.records, 'record')} sound on the network "${network}", ${counted(count.identities, 'identity', 'identities')}.`,
    ...(count.sound === 0 && count.records > 0
      ? ['If it was signed for another network, name that with --network.']
      : []),
  ])
  return Object.keys(faults).length === 0 ? EXIT.ok : EXIT.policy
}

function reportRow(item: number, judged: JudgedItem): ReportRow {
  const { fault } = judged
  const verdict = {
    valid: fault === undefined,
    rule: fault === undefined ? null : ruleOf(fault.fault.code),
    code: fault?.fault.code ?? null,
    problem: fault?.message ?? null,
  }
  const none = { id: null, type: null, subject: null, state: null }
  if (judged.kind === 'identity') {
    return { item, kind: judged.kind, ...verdict, ...none, issuer: judged.did ?? null }
  }
  const { id, record, state } = judged
  return {
    item,
    kind: judged.kind,
    ...verdict,
    id: id === undefined ? null : recordIdText(id),
    type: record?.type ?? null,
    issuer: record?.issuer ?? null,
    subject: record === undefined ? null : shardSubject(record),
    state: state ?? null,
  }
}

function rowLine({ item, kind, rule, code, problem, id, type, issuer, state }: ReportRow): string {
  const what = kind === 'identity' ? `identity ${issuer ?? ''}` : `${type ?? 'record'} ${id ?? ''}`
  const shown = `${item}  ${what.trimEnd()}`
  if (code !== null) return `${shown}  fails ${rule ?? ''}: ${problem ?? ''} [${code}]`
  return `${shown}  valid${state === null ? '' : `, ${state}`}`
}

async function checkContext(network: string, nowMs: number): Promise<CheckContext> {
  const { nativeVerifier } = await import('../node/native-crypto.ts')
  return { network, verifier: nativeVerifier, nowMs }
}

/** The beginning of a file. */
async function head(path: string, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of await readable(path)) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > limitBytes) break
  }
  return Buffer.concat(chunks)
}
