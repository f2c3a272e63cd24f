import { writeFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { Client } from '../../api/contract.ts'
import { asError } from '../../base/error.ts'
import { concatBytes, textBytes, toHex } from '../../base/bytes.ts'
import { MIB_BYTES } from '../../base/units.ts'
import {
  parseSignature,
  textContent,
  type ContentHash,
  type ContentSignature,
} from '../../identity/text-signature.ts'
import type { CommandContext, CommandDefinition } from '../command.ts'
import { CliError } from '../error.ts'
import {
  CARRIED_TEXT_LIMIT_BYTES,
  signatureJson,
  SIGNATURE_SUFFIX,
  type SignatureFile,
} from '../signature-file.ts'
import { counted, shortDid } from '../text.ts'
import { hashPath } from '../tree.ts'

const TEXT_LIMIT_BYTES = 16 * MIB_BYTES

export const sign: CommandDefinition = {
  name: 'sign',
  summary: 'Sign text, a file or a directory; anybody can check it, offline too',
  arguments: [{ name: '[path]', description: 'a file or directory; "-": text on standard input' }],
  options: [
    { flags: '--text <text>', description: 'sign this text' },
    {
      flags: '--out <file>',
      description: 'where the signature goes; of a path beside it, of text to standard output',
    },
    { flags: '--force', description: 'replace a signature that is there' },
  ],
  examples: [
    'aip-node sign report.pdf',
    'aip-node sign build/ --out release.aipsig',
    'aip-node sign --text "I was here" --out note.aipsig',
    'git log -1 | aip-node sign - --out commit.aipsig',
  ],

  async run(invocation, context) {
    const path = invocation.argument(0)
    const text = await textToSign(path, invocation.text('text'), context)
    const force = invocation.has('force')
    const { output, signal } = context
    if (text !== undefined) {
      const signed = await signedBy(await context.connect(), textContent(text))
      const isCarried = textBytes(text).length <= CARRIED_TEXT_LIMIT_BYTES
      const file: SignatureFile = { signed, ...(isCarried ? { text } : {}) }
      const out = invocation.text('out')
      if (out !== undefined) await write(out, file, force)
      else if (!output.isJson) return output.json(signatureJson(file))
      return output.answer(signatureJson(file), () => [
        `Signed by ${shortDid(signed.did)}: ${out ?? ''}`,
      ])
    }
    if (path === undefined) throw usage('name a file or directory, or give --text')
    const hashed = await hashPath(path, signal)
    const signed = await signedBy(await context.connect(), hashed.content)
    const { manifest } = hashed
    const file: SignatureFile = { signed, ...(manifest === undefined ? {} : { manifest }) }
    const out = invocation.text('out') ?? beside(path)
    await write(out, file, force)
    return output.answer({ file: out, signature: signatureJson(file) }, () => [
      `Signed ${path} (${signed.kind === 'directory' ? counted(hashed.files, 'file') : 'file'}) by ${shortDid(signed.did)}: ${out}`,
    ])
  },
}

async function textToSign(
  path: string | undefined,
  text: string | undefined,
  { stdin }: CommandContext,
): Promise<string | undefined> {
  if (text !== undefined && path !== undefined) throw usage('give a path or --text, not both')
  if (text !== undefined) {
    if (!text.isWellFormed()) throw usage('the text is not Unicode')
    return text
  }
  if (path !== '-') return undefined
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stdin) {
    bytes += chunk.length
    if (bytes > TEXT_LIMIT_BYTES) {
      throw usage(`text is at most ${TEXT_LIMIT_BYTES} bytes: sign it as a file`)
    }
    chunks.push(chunk)
  }
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    return decoder.decode(concatBytes(...chunks))
  } catch {
    throw usage('what came on standard input is not UTF-8: sign it as a file')
  }
}

async function signedBy(client: Client, { kind, hash }: ContentHash): Promise<ContentSignature> {
  return parseSignature(await client.signContent({ kind, sha256: toHex(hash) }))
}

/** `report.pdf.aipsig`; of `.` and `..`, named after the directory that they are. */
function beside(path: string): string {
  const plain = path.replace(/\/+$/, '')
  const isDots = ['', '.', '..'].includes(basename(plain))
  return `${isDots ? resolve(path) : plain}${SIGNATURE_SUFFIX}`
}

async function write(path: string, file: SignatureFile, force: boolean): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(signatureJson(file))}\n`, { flag: force ? 'w' : 'wx' })
  } catch (cause) {
    const { message } = asError(cause)
    const reason = message.startsWith('EEXIST') ? 'it exists already; --force replaces it' : message
    throw new CliError({ code: 'cli/file-unwritable', path, reason }, { cause })
  }
}

function usage(problem: string): CliError {
  return new CliError({ code: 'cli/usage', problem })
}
