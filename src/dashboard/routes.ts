/** Where the pages are, and how they link to each other. */
export const BASE = '/ui'

export const toAgent = (did: string): string => `/agents/${did}`
export const toRecord = (id: string): string => `/records?id=${encodeURIComponent(id)}`
export const toCompare = (did: string): string => `/path?to=${encodeURIComponent(did)}`

export interface PageLink {
  readonly path: string
  readonly title: string
}

export const PAGES: readonly PageLink[] = [
  { path: '/', title: 'Overview' },
  { path: '/agents', title: 'Agents' },
  { path: '/graph', title: 'Graph' },
  { path: '/path', title: 'Compare' },
  { path: '/records', title: 'Records' },
  { path: '/network', title: 'Network' },
  { path: '/events', title: 'Events' },
  { path: '/health', title: 'Health' },
]

/** Shown where the node offers it. */
export const LAB: PageLink = { path: '/lab', title: 'Attack lab' }
