/** What a page reads from the node: kept level with its events, and honest about how old it is. */
import { useEffect, useState } from 'preact/hooks'
import { CallError } from './api.ts'
import { line, onEvent } from './live.ts'

/** At most one reading of a resource in this time, however many events ask for one. */
const REFRESH_LEAST_MS = 1_000

export interface Resource<T> {
  /** What was read last; it stays while a newer one is asked for, and when that fails. */
  readonly data: T | undefined
  readonly error: CallError | undefined
  readonly loading: boolean
  readonly reload: () => void
}

/**
 * @param key   what is read: another key is another resource, and starts empty.
 * @param kinds  beginnings of the kinds of events after which it is read again.
 */
export function useResource<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  kinds: readonly string[] = [],
): Resource<T> {
  const [held, setHeld] = useState<{
    key: string
    data: T | undefined
    error: CallError | undefined
    loading: boolean
  }>({
    key,
    data: undefined,
    error: undefined,
    loading: true,
  })
  const [turn, setTurn] = useState(0)
  const reload = () => {
    setTurn((one) => one + 1)
  }
  const online = line.value !== 'offline'

  useEffect(() => {
    const abort = new AbortController()
    setHeld((before) => ({
      key,
      data: before.key === key ? before.data : undefined,
      error: before.key === key ? before.error : undefined,
      loading: true,
    }))
    void load(abort.signal).then(
      (data) => {
        if (!abort.signal.aborted) setHeld({ key, data, error: undefined, loading: false })
      },
      (error: unknown) => {
        if (abort.signal.aborted) return
        const fault =
          error instanceof CallError ? error : new CallError('page', 'This page has a fault.')
        setHeld((before) => ({ ...before, key, error: fault, loading: false }))
      },
    )
    return () => {
      abort.abort()
    }
  }, [key, turn, online])

  useEffect(() => {
    if (kinds.length === 0) return undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onEvent((event) => {
      if (!kinds.some((kind) => event.kind.startsWith(kind))) return
      timer ??= setTimeout(() => {
        timer = undefined
        reload()
      }, REFRESH_LEAST_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [key, kinds.join()])

  const current = held.key === key
  return {
    data: current ? held.data : undefined,
    error: current ? held.error : undefined,
    loading: current ? held.loading : true,
    reload,
  }
}
