/**
 * `.aipsig` files: a signature in JSON, with the text or the list of files that it is about beside
 * it. What stands beside it is believed only where its hash is the one that was signed.
 * Specification: docs/spec/text-signatures.md.
 */
import { open } from 'node:fs/promises'
import { equalBytes } from '../base/bytes.ts'
import { asError } from '../base/error.ts'
import { MIB_BYTES } from '../base/units.ts'
import { manifestContent, parseManifest } from '../identity/manifest.ts'
import { SignatureError } from '../identity/signature-error.ts'
import {
  parseSignature,
  signatureFields,
  textContent,
  type ContentSignature,
} from '../identity/text-signature.ts'
import { CliError } from './error.ts'

export const SIGNATURE_SUFFIX = '.aipsig'
export const SIGNATURE_FILE_LIMIT_BYTES = 8 * MIB_BYTES
/** Text that goes into the signature's own file. */
export const CARRIED_TEXT_LIMIT_BYTES = 65_536

export interface SignatureFile {
  readonly signed: ContentSignature
  readonly text?: string
  readonly manifest?: string
}

export function signatureJson({ signed, text, manifest }: SignatureFile): object {
  return {
    ...signatureFields(signed),
    ...(text === undefined ? {} : { text }),
    ...(manifest === undefined ? {} : { manifest }),
  }
}

/**
 * @throws {CliError} `cli/file-unreadable`; {SignatureError} `signature/malformed`, or
 *   `signature/other-content` when the text or the manifest is not what was signed.
 */
export async function readSignatureFile(path: string): Promise<SignatureFile> {
  const fields = parseObject(await bytesOf(path))
  const { text, manifest, ...rest } = fields
  const known = Object.keys(signatureFields(parseSignature(rest)))
  const unknown = Object.keys(rest).find((name) => !known.includes(name))
  if (unknown !== undefined) throw malformed(unknown)
  const signed = parseSignature(rest)
  return {
    signed,
    ...(text === undefined ? {} : { text: carriedText(text, signed) }),
    ...(manifest === undefined ? {} : { manifest: carriedManifest(manifest, signed) }),
  }
}

function carriedText(text: unknown, signed: ContentSignature): string {
  if (typeof text !== 'string' || signed.kind !== 'text') throw malformed('text')
  assertSigned(signed, textContent(text).hash)
  return text
}

function carriedManifest(manifest: unknown, signed: ContentSignature): string {
  if (typeof manifest !== 'string' || signed.kind !== 'directory') throw malformed('manifest')
  parseManifest(manifest)
  assertSigned(signed, manifestContent(manifest).hash)
  return manifest
}

/** At most as many bytes as a signature may have. */
async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    if (size > SIGNATURE_FILE_LIMIT_BYTES) throw new RangeError('it is too large for a signature')
    return await file.readFile()
  } catch (cause) {
    const { message } = asError(cause)
    const reason = message.startsWith('ENOENT') ? 'there is no such file or directory' : message
    throw new CliError({ code: 'cli/file-unreadable', path, reason }, { cause })
  }
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new SignatureError({ code: 'signature/malformed', field: '' }, { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('')
  return Object.fromEntries(Object.entries(value))
}

function assertSigned(signed: ContentSignature, hash: Uint8Array): void {
  if (!equalBytes(signed.hash, hash)) throw new SignatureError({ code: 'signature/other-content' })
}

function malformed(field: string): SignatureError {
  return new SignatureError({ code: 'signature/malformed', field })
}
