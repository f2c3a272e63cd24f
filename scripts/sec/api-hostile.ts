/**
 * What a web page, a proxy or a stranger's program may send to the port: nothing changes, no byte of
 * data comes back, and what is refused is refused in words that a program can read.
 */
import { MINUTE_MS } from '../../src/base/units.ts'
import { HOSTILE_REQUESTS, head } from '../../test/support/hostile-requests.ts'
import type { Attack } from './parts/attack.ts'
import { memoryApi, sentRaw } from './parts/memory-api.ts'

const CASES_LEAST_COUNT = 60

export const attack: Attack = {
  does: 'Over 60 hostile requests to the local port: no state changes, no byte of data.',
  flags: {},
  gate: {},
  limitMs: 2 * MINUTE_MS,
  run: async () => {
    await using stack = new AsyncDisposableStack()
    const { memory, port, token } = await memoryApi(stack)
    const [host, bearer] = [`Host: 127.0.0.1:${port}`, `Authorization: Bearer ${token}`]
    const misses: string[] = []
    let [refused, dataBytes] = [0, 0]
    for (const { status, what, text } of HOSTILE_REQUESTS) {
      const answer = await sentRaw(port, text(host, bearer))
      const found = Number(answer.split(' ')[1] ?? 0)
      const body = answer.split('\r\n\r\n').slice(1).join('\r\n\r\n')
      // Requests that are not HTTP at all may also be dropped without a word.
      if (found === status || found === 400 || found === 431) refused++
      else misses.push(`${what}: ${found} instead of ${status}`)
      if (body !== '' && !body.startsWith('{"type":"about:blank"')) {
        dataBytes += body.length
        misses.push(`${what}: answered ${JSON.stringify(body.slice(0, 80))}`)
      }
      if (/access-control|set-cookie/i.test(answer)) misses.push(`${what}: lets a page read it`)
      if (answer.includes(token)) misses.push(`${what}: the token came back`)
    }
    const control = await sentRaw(port, head('GET /v1/status', host, bearer))
    if (!control.startsWith('HTTP/1.1 200')) misses.push('control: an honest request is refused')
    if (memory.calls.length > 0) misses.push(`${memory.calls.length} calls reached the node`)
    if (HOSTILE_REQUESTS.length < CASES_LEAST_COUNT) misses.push('too few cases')
    const figures = {
      cases: HOSTILE_REQUESTS.length,
      refused,
      'state changes': memory.calls.length,
      'bytes of data': dataBytes,
    }
    return { figures, misses }
  },
}
