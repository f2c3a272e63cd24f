/**
 * The node's event stream, read with `fetch` since only that can send the token. It takes itself up
 * again after the last event it saw.
 */
import { signal } from '@preact/signals'
import { authorization } from './session.ts'
import type { EventView } from './types.ts'

export type LineState = 'connecting' | 'live' | 'offline'

export const line = signal<LineState>('connecting')

const RETRY_LEAST_MS = 500
const RETRY_MOST_MS = 10_000
/** Two heartbeats and a little: a line that is silent for longer is dead. */
const SILENCE_LIMIT_MS = 35_000
const BLOCK_LIMIT_CHARS = 262_144

type Listener = (event: EventView) => void
const listeners = new Set<Listener>()

/** @returns what ends it. */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Reads until `signal` aborts, whatever happens to the node meanwhile. */
export async function follow(ended: AbortSignal): Promise<void> {
  let cursor: string | undefined
  let waitMs = RETRY_LEAST_MS
  while (!ended.aborted) {
    try {
      for await (const event of events(cursor, ended)) {
        line.value = 'live'
        waitMs = RETRY_LEAST_MS
        if (event === undefined) continue
        cursor = String(event.cursor)
        for (const listener of listeners) listener(event)
      }
    } catch {
      // Whatever broke the line: it is tried again.
    }
    if (ended.aborted) return
    line.value = 'offline'
    await pause(waitMs, ended)
    waitMs = Math.min(RETRY_MOST_MS, waitMs * 2)
  }
}

/** Each event; `undefined` for what only shows that the line is alive. */
async function* events(
  cursor: string | undefined,
  ended: AbortSignal,
): AsyncGenerator<EventView | undefined> {
  const silence = new AbortController()
  let timer = setTimeout(() => {
    silence.abort()
  }, SILENCE_LIMIT_MS)
  try {
    const response = await fetch('/v1/events', {
      headers: {
        ...authorization(),
        ...(cursor === undefined ? {} : { 'last-event-id': cursor }),
      },
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.any([ended, silence.signal]),
    })
    if (!response.ok || response.body === null) return
    yield undefined
    let text = ''
    const decoder = new TextDecoderStream()
    for await (const piece of read(response.body.pipeThrough(decoder))) {
      clearTimeout(timer)
      timer = setTimeout(() => {
        silence.abort()
      }, SILENCE_LIMIT_MS)
      text += piece
      if (text.length > BLOCK_LIMIT_CHARS) return
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) yield parseBlock(block)
    }
  } finally {
    clearTimeout(timer)
  }
}

async function* read(stream: ReadableStream<string>): AsyncGenerator<string> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    reader.releaseLock()
  }
}

function parseBlock(block: string): EventView | undefined {
  const data = block
    .split('\n')
    .filter((part) => part.startsWith('data: '))
    .map((part) => part.slice('data: '.length))
    .join('\n')
  if (data === '') return undefined
  const event: unknown = JSON.parse(data)
  return isEvent(event) ? event : undefined
}

function isEvent(value: unknown): value is EventView {
  return typeof value === 'object' && value !== null && 'cursor' in value && 'kind' in value
}

function pause(ms: number, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    ended.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
