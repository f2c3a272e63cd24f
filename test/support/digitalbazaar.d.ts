/** What the tests use of packages that bring no types. */
interface Loaded {
  readonly contextUrl: null
  readonly documentUrl: string
  readonly document: unknown
}
type DocumentLoader = (url: string) => Promise<Loaded>

declare module '@digitalbazaar/vc' {
  export interface Judged {
    readonly verified: boolean
    readonly error?: Error & { readonly errors?: readonly Error[] }
  }
  export function verifyCredential(options: {
    readonly credential: unknown
    readonly suite: unknown
    readonly documentLoader: DocumentLoader
    readonly now: Date
  }): Promise<Judged>
  export function issue(options: {
    readonly credential: unknown
    readonly suite: unknown
    readonly documentLoader: DocumentLoader
    readonly now: Date
  }): Promise<Record<string, unknown>>
}

declare module '@digitalbazaar/data-integrity' {
  export const DataIntegrityProof: new (options: {
    readonly signer?: unknown
    readonly date?: Date
    readonly cryptosuite: unknown
  }) => object
}

declare module '@digitalbazaar/eddsa-jcs-2022-cryptosuite' {
  export function createSignCryptosuite(): unknown
  export function createVerifyCryptosuite(): unknown
}

declare module '@digitalbazaar/ed25519-multikey' {
  export function generate(options: {
    readonly id: string
    readonly controller: string
    readonly seed: Uint8Array
  }): Promise<{ readonly publicKeyMultibase: string; signer(): unknown }>
}

declare module '@digitalbazaar/credentials-context' {
  export const named: ReadonlyMap<string, { readonly id: string; readonly context: unknown }>
}

declare module 'jsonld' {
  interface JsonLd {
    expand(
      document: unknown,
      options: { readonly documentLoader: DocumentLoader; readonly safe: boolean },
    ): Promise<readonly Record<string, unknown>[]>
  }
  const jsonld: JsonLd
  export default jsonld
}
