/** Words of strangers in messages, fields, names of fields and errors of the log: one line an event. */
import { MINUTE_MS } from '../../src/base/units.ts'
import { createLogger } from '../../src/cli/logger.ts'
import { asError } from '../../src/base/error.ts'
import { NodeError } from '../../src/node/error.ts'
import type { Attack } from './parts/attack.ts'
import { HARMFUL_TEXTS, harmIn } from './parts/harmful-text.ts'

export const attack: Attack = {
  does: 'Over 100 texts in every place of a log line: one line an event, no control in it.',
  flags: {},
  gate: {},
  limitMs: MINUTE_MS,
  run: async () => {
    const misses: string[] = []
    let [events, lineCount, harm] = [0, 0, 0]
    for (const format of ['text', 'json'] as const) {
      let written = ''
      const write = (text: string): void => {
        written += text
      }
      const log = createLogger({ format, level: 'debug', write })
      for (const text of HARMFUL_TEXTS) {
        const error = new NodeError({ code: 'node/port-taken', port: 1, flag: text })
        log.child(text).info('a peer said something', { from: text })
        log.warn(text)
        log.error('it failed', { error: error.message, reason: asError(text).message })
        log.debug('nested', { list: [text, { deep: text }], [text]: 1 })
        events += 4
      }
      const lines = written.split('\n')
      if (lines.pop() !== '') misses.push(`${format}: the last line does not end`)
      lineCount += lines.length
      for (const line of lines) {
        const found = harmIn(line)
        harm += found
        if (found > 0 && misses.length < 5) misses.push(`${format}: ${JSON.stringify(line)}`)
        if (format === 'json') JSON.parse(line)
      }
    }
    if (lineCount !== events) misses.push(`${lineCount} lines for ${events} events`)
    const figures = {
      texts: HARMFUL_TEXTS.length,
      events,
      lines: lineCount,
      'harmful characters': harm,
    }
    return { figures, misses }
  },
}
