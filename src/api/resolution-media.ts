/**
 * In which form a resolution is answered. Each media type is answered as the specification that
 * defines it says: the newer `application/did-resolution` with an error object, the older profile of
 * JSON-LD and plain JSON with a keyword. Why: docs/adr/0015-resolution-by-media-type.md.
 */
import { mediaRanges, type MediaRange } from './accept.ts'

/** `result`: document and metadata; `content`: what a DID URL names, and metadata; `bare`: it alone. */
export type Form = 'result' | 'content' | 'bare'

export interface Representation {
  readonly form: Form
  /** The media type of the answer. */
  readonly mediaType: string
  /** The media type of the DID document in it. */
  readonly documentType: DocumentType
  /** How an error is told: one word, or an object as RFC 9457 has it. */
  readonly errors: 'keyword' | 'object'
}

interface Offer extends Representation {
  readonly type: string
  readonly profile?: string
}

export const DOCUMENT_TYPES = [
  'application/did+json',
  'application/did+ld+json',
  'application/did',
] as const
export type DocumentType = (typeof DOCUMENT_TYPES)[number]

const PROFILE = 'https://w3id.org/did-resolution'
const JSON_TYPE = 'application/json'

function offer(
  form: Form,
  type: string,
  documentType: DocumentType,
  changes: Partial<Offer> = {},
): Offer {
  return { form, type, mediaType: type, documentType, errors: 'keyword', ...changes }
}

const BARE: readonly Offer[] = DOCUMENT_TYPES.map((type) => offer('bare', type, type))

/** For a DID, the preferred one first. */
const OF_DID: readonly Offer[] = [
  offer('result', JSON_TYPE, 'application/did+json'),
  offer('result', 'application/did-resolution', 'application/did', { errors: 'object' }),
  ...BARE,
  ...['application/ld+json', 'application/did+ld+json'].map((type) =>
    offer('result', type, 'application/did+ld+json', {
      mediaType: `${type};profile="${PROFILE}"`,
      profile: PROFILE,
    }),
  ),
  offer('content', 'application/did-url-dereferencing', 'application/did', { errors: 'object' }),
]

/** For a DID URL that goes on after the DID. */
const OF_DID_URL: readonly Offer[] = [
  offer('content', JSON_TYPE, 'application/did+json'),
  offer('content', 'application/did-url-dereferencing', 'application/did', { errors: 'object' }),
  ...BARE,
]

/** What a caller gets who does not say, or whose wish cannot be met and who must be told so. */
export const DEFAULT_OF_DID: Representation = offer('result', JSON_TYPE, 'application/did+json')

/**
 * The best form that a caller takes; `undefined`: none (406).
 *
 * @param accept  The Accept header; without one, everything is taken.
 */
export function chooseRepresentation(
  accept: string | undefined,
  isDidUrl: boolean,
): Representation | undefined {
  const offers = isDidUrl ? OF_DID_URL : OF_DID
  const ranges = mediaRanges(accept ?? '*/*')
  const unwanted = new Set(ranges.filter(({ quality }) => quality === 0).map(({ type }) => type))
  for (const range of ranges) {
    if (range.quality === 0) continue
    const found = offers.find((one) => !unwanted.has(one.type) && fits(one, range))
    if (found !== undefined) return found
  }
  return undefined
}

function fits({ type, profile }: Offer, range: MediaRange): boolean {
  const isSameType =
    range.type === '*/*' || range.type === type || range.type === `${type.split('/')[0]}/*`
  if (!isSameType) return false
  // Plain JSON has no profiles: whoever asks for the result in JSON gets it.
  return range.profile === undefined || range.profile === profile || isResultInJson(type, range)
}

function isResultInJson(type: string, { profile }: MediaRange): boolean {
  return type === JSON_TYPE && profile === PROFILE
}
