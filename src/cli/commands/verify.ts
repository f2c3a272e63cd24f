import { existsSync } from 'node:fs'
import type { Output as Answer } from '../../api/contract.ts'
import { equalBytes, toHex } from '../../base/bytes.ts'
import { compareManifests, parseManifest } from '../../identity/manifest.ts'
import { IdentityState } from '../../identity/state.ts'
import {
  bundledLog,
  signatureFields,
  textContent,
  verifyContent,
  type ContentHash,
  type KeyStanding,
} from '../../identity/text-signature.ts'
import { SignatureError } from '../../identity/signature-error.ts'
import { ClientError } from '../../sdk/error.ts'
import { verifyCardFile } from '../agent-card-file.ts'
import { findAgent } from '../agent-name.ts'
import type { CommandContext, CommandDefinition, Invocation } from '../command.ts'
import { CliError } from '../error.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { readSignatureFile, SIGNATURE_SUFFIX, type SignatureFile } from '../signature-file.ts'
import { hashPath } from '../tree.ts'

/** Paths that are listed of each kind when a directory is not what was signed. */
const SHOWN_PATHS_LIMIT = 20
const SHOWN_TEXT_LIMIT_CHARS = 200

export const verify: CommandDefinition = {
  name: 'verify',
  summary:
    'An agent: it proves its key now. A FILE.aipsig, or the AgentCard in a FILE.json: who signed it',
  arguments: [
    {
      name: '<what>',
      description:
        'DID, its beginning or petname; or a file that ends in .aipsig or .json; "-": an AgentCard on standard input',
    },
  ],
  options: [
    { flags: '--content <path>', description: 'what was signed, if not beside the signature' },
    { flags: '--text <text>', description: 'the text that should have been signed' },
    { flags: '--offline', description: 'check a signature with what is in it, without a node' },
  ],
  examples: [
    'aip-node verify did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2',
    'aip-node verify report.pdf.aipsig',
    'aip-node verify release.aipsig --content build/ --offline',
    'aip-node verify agent-card.json',
    'curl -s https://bob.example/.well-known/agent-card.json | aip-node verify -',
  ],

  async run(invocation, context) {
    const what = invocation.needed(0)
    if (what === '-' || what.endsWith('.json')) {
      // The key log is what an AgentCard does not carry.
      if (invocation.has('offline')) {
        throw new CliError({ code: 'cli/usage', problem: 'an AgentCard is checked by a node' })
      }
      await verifyCardFile(what, context)
      return EXIT.ok
    }
    return what.endsWith(SIGNATURE_SUFFIX)
      ? verifySignature(what, invocation, context)
      : verifyAgent(what, context)
  },
}

async function verifyAgent(what: string, { connect, output }: CommandContext): Promise<ExitCode> {
  // A file is never taken for an agent that has its name, nor the other way round.
  if (what.includes('/') || existsSync(`${what}${SIGNATURE_SUFFIX}`)) {
    const problem = `"${what}" looks like a file: name its signature, ${what}${SIGNATURE_SUFFIX}`
    throw new CliError({ code: 'cli/usage', problem })
  }
  const client = await connect()
  const did = await findAgent(what, client)
  const proof = await client.provePeer({ did })
  output.answer(proof, () => [
    `proved    ${did} holds its current key ${proof.keyId.slice(did.length)}`,
    `how       the handshake (noise) of a connection to the peer ${proof.peerId} at ${proof.address}`,
    `when      handshake ${proof.handshakeAt}, answered over it ${proof.answeredAt} in ${proof.latencyMs} ms`,
    `key log   from ${proof.source}, verified`,
  ])
  return EXIT.ok
}

async function verifySignature(
  path: string,
  invocation: Invocation,
  context: CommandContext,
): Promise<ExitCode> {
  const { output } = context
  const file = await readSignatureFile(path)
  const content = await contentOf(path, file, invocation, context)
  const checked = await check(file, content, invocation.has('offline'), context)
  const { signed, text } = file
  output.answer(checked, () => [
    `signed by ${signed.did} with its key ${signed.keyId.slice(signed.did.length)}`,
    `key       ${STANDING[checked.standing]}`,
    `at        ${checked.signedAt}, as the signer says`,
    `what      ${signed.kind}, SHA-256 ${checked.sha256}${checked.content === 'same' ? ': the same' : ': not compared with anything'}`,
    ...(text === undefined ? [] : [`text      ${cut(text)}`]),
    `checked   ${checked.source === 'bundle' ? 'with the key log in the signature alone: what happened to the key since is not known' : `with the key log from ${checked.source}`}`,
  ])
  return checked.standing === 'compromised' || checked.standing === 'disputed'
    ? EXIT.policy
    : EXIT.ok
}

const STANDING: Readonly<Record<KeyStanding, string>> = {
  current: 'current',
  retired: 'retired: replaced since; that it signed before then is only what the date says',
  compromised: 'COMPROMISED: its owner says that others have it, so nothing by it counts',
  disputed: 'DISPUTED: two key logs claim this name, and which one is right is not settled',
}

/** What is there to compare with, where there is anything. */
async function contentOf(
  path: string,
  { signed, text, manifest }: SignatureFile,
  invocation: Invocation,
  { output, signal }: CommandContext,
): Promise<ContentHash | undefined> {
  const given = invocation.text('text')
  if (given !== undefined) return textContent(given)
  const place = invocation.text('content')
  if (signed.kind === 'text' && place === undefined) {
    return text === undefined ? undefined : textContent(text)
  }
  const found = await hashPath(place ?? path.slice(0, -SIGNATURE_SUFFIX.length), signal)
  // Text may lie in a file: what was signed is its bytes all the same.
  if (signed.kind === 'text') return { ...found.content, kind: 'text' }
  if (manifest !== undefined && found.manifest !== undefined) {
    if (!equalBytes(found.content.hash, signed.hash)) {
      for (const line of differences(manifest, found.manifest)) output.note(line)
    }
  }
  return found.content
}

function differences(signed: string, found: string): readonly string[] {
  const { changed, missing, added } = compareManifests(parseManifest(signed), parseManifest(found))
  return [...listed('changed', changed), ...listed('missing', missing), ...listed('added', added)]
}

function listed(word: string, paths: readonly string[]): readonly string[] {
  const lines = paths.slice(0, SHOWN_PATHS_LIMIT).map((path) => `${word.padEnd(8)}  ${path}`)
  const more = paths.length - SHOWN_PATHS_LIMIT
  return more > 0 ? [...lines, `${word.padEnd(8)}  … and ${more} more`] : lines
}

/** By the node's resolver; where no node runs, by the key log in the signature. */
async function check(
  { signed }: SignatureFile,
  content: ContentHash | undefined,
  isOffline: boolean,
  { connect, clock }: CommandContext,
): Promise<Answer<'verifyContent'>> {
  // The node compares hashes of one kind: that the kinds agree is seen here.
  if (content !== undefined && content.kind !== signed.kind) {
    throw new SignatureError({ code: 'signature/other-content' })
  }
  const byNode = isOffline
    ? undefined
    : await unlessNoNode(async () =>
        (await connect()).verifyContent({
          signature: signatureFields(signed),
          ...(content === undefined ? {} : { sha256: toHex(content.hash) }),
        }),
      )
  if (byNode !== undefined) return byNode
  const { nativeVerifier } = await import('../../node/native-crypto.ts')
  const standing = verifyContent(signed, {
    state: IdentityState.of(bundledLog(signed, nativeVerifier)),
    verifier: nativeVerifier,
    nowMs: clock(),
    ...(content === undefined ? {} : { content }),
  })
  const { did, keyId, kind, sha256, signedAt } = signatureFields(signed)
  const compared = content === undefined ? 'not-compared' : 'same'
  return { did, keyId, kind, sha256, signedAt, standing, content: compared, source: 'bundle' }
}

/** What the node answers, where one runs. */
async function unlessNoNode<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof ClientError && error.fault.code === 'client/not-running') return undefined
    throw error
  }
}

/** The first line, and a sign when there is more. */
function cut(text: string): string {
  const [line = '', ...more] = text.replace(/\n$/, '').split('\n')
  const isWhole = more.length === 0 && line.length <= SHOWN_TEXT_LIMIT_CHARS
  return isWhole ? line : `${line.slice(0, SHOWN_TEXT_LIMIT_CHARS)}…`
}
