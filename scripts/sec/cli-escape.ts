/** Words of strangers, and of whoever made somebody type them, on the way to a terminal. */
import { MINUTE_MS } from '../../src/base/units.ts'
import { BOB } from '../../test/api/memory-node.ts'
import { run } from '../../test/cli/run.ts'
import type { Attack } from './parts/attack.ts'
import { HARMFUL_TEXTS, harmIn } from './parts/harmful-text.ts'

export const attack: Attack = {
  does: 'Over 100 texts as names and arguments to commands: no control reaches the terminal.',
  flags: {},
  gate: {},
  limitMs: 2 * MINUTE_MS,
  run: async () => {
    const misses: string[] = []
    let [runs, bytes, harm] = [0, 0, 0]
    for (const text of HARMFUL_TEXTS) {
      const commands = [
        ['agents'],
        ['agents', '--json'],
        ['explain', BOB],
        ['path', BOB],
        ['score', text],
        ['vouch', text, '--level', '1', '--yes', '--json'],
        ['record', 'show', text],
        [text],
        ['score', BOB, `--${text}`],
      ]
      for (const words of commands) {
        const { out, err } = await run(words, { memory: { names: new Map([[BOB, text]]) } })
        const printed = out + err
        runs++
        bytes += printed.length
        // Every line that is printed ends with a line break of ours.
        const found = harmIn(printed, Number.POSITIVE_INFINITY) + forged(printed, text)
        harm += found
        if (found > 0 && misses.length < 5) {
          misses.push(`${JSON.stringify(words)} printed ${JSON.stringify(printed.slice(0, 200))}`)
        }
      }
    }
    if (HARMFUL_TEXTS.length < 100) misses.push('too few texts')
    return {
      figures: { texts: HARMFUL_TEXTS.length, runs, bytes, 'harmful characters': harm },
      misses,
    }
  },
}

/** A line break of the text that came through would put what follows it on a line of its own. */
function forged(printed: string, text: string): number {
  const [, after = ''] = text.split(/\r?\n/)
  return after !== '' && printed.split('\n').some((line) => line.startsWith(after)) ? 1 : 0
}
