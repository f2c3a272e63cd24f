/** Petnames, for pages that name many agents. */
import { get } from './api.ts'
import { useResource } from './resource.ts'
import type { PinView } from './types.ts'

/** From a DID to my name for it. Empty until it is read. */
export function useNames(): ReadonlyMap<string, string> {
  const pins = useResource(
    'pins',
    (signal) => get<{ items: readonly PinView[] }>('/v1/pins', {}, signal),
    ['score.'],
  )
  return new Map(
    (pins.data?.items ?? []).flatMap(({ did, name }) => (name === null ? [] : [[did, name]])),
  )
}
