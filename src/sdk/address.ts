/**
 * Where the running node is: the file that it writes to its runtime directory, so that clients need
 * no settings. An explicit socket or URL goes first.
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { pathsOf, type Environment } from '../base/paths.ts'
import { ClientError } from './error.ts'

/** `address.json`, as the node writes it. */
export const AddressFile = z.object({
  v: z.literal(1),
  socket: z.string().nullable(),
  url: z.string().nullable(),
  pid: z.int(),
  version: z.string(),
})
export type AddressFile = z.infer<typeof AddressFile>

/** A socket, or a URL with the token to show there. */
export type Address =
  { readonly socketPath: string } | { readonly url: string; readonly token: string | undefined }

/** @throws {ClientError} `client/not-running` when no node has left its address. */
export async function findAddress(env: Environment, platform: string): Promise<Address> {
  const url = env['AIP_NODE_URL']
  if (url !== undefined && url !== '') return { url, token: env['AIP_NODE_TOKEN'] }
  const { addressFile } = pathsOf(env, platform)
  let text: string
  try {
    text = await readFile(addressFile, 'utf8')
  } catch (error) {
    const isDenied = error instanceof Error && 'code' in error && error.code === 'EACCES'
    const code = isDenied ? 'client/no-permission' : 'client/not-running'
    throw new ClientError({ code, where: addressFile }, { cause: error })
  }
  const address = parseAddress(text)
  if (address?.socket == null) {
    throw new ClientError({ code: 'client/not-running', where: addressFile })
  }
  return { socketPath: address.socket }
}

function parseAddress(text: string): AddressFile | undefined {
  try {
    return AddressFile.parse(JSON.parse(text))
  } catch {
    return undefined // half written, or of another version: as good as absent
  }
}
